"""Budgets of steps and of seconds, and which state is kept."""

import jax
import numpy as np
import pytest

from coreformulas.comparison import draw_all, race, train, train_for


def test_the_last_state_is_kept_without_data_kept_back(halving):
    found = train(halving(), steps=5, seeds=2, key=jax.random.key(0))
    assert found.kept_after is None
    assert found.metrics["loss"].shape == (5, 2)
    assert found.steps == 5
    first = 8 - np.sqrt(found.metrics["loss"][0])
    np.testing.assert_allclose(found.states, 8 - (8 - first) / 2**5, rtol=1e-5)
    assert found.wall_seconds > 0
    assert found.compile_seconds > 0


def test_the_best_state_on_data_kept_back_is_kept(halving):
    # Nearest to 4 is the state at the first look, after two of 16 steps on the way to 8.
    contender = halving(lambda state, key: (state - 4) ** 2)  # noqa: ARG005
    found = train(contender, steps=16, seeds=3, key=jax.random.key(0))
    np.testing.assert_array_equal(found.kept_after, [2, 2, 2])
    first = 8 - np.sqrt(found.metrics["loss"][0])
    np.testing.assert_allclose(found.states, 8 - (8 - first) / 4, rtol=1e-5)
    assert found.metrics["loss"].shape == (16, 3)


def test_first_steps_are_the_same_run(halving):
    whole = train(halving(), steps=6, seeds=2, key=jax.random.key(3))
    some = train(halving(), steps=6, seeds=2, key=jax.random.key(3), first_steps=2)
    np.testing.assert_array_equal(some.metrics["loss"], whole.metrics["loss"][:2])


@pytest.mark.parametrize(("steps", "first"), [(0, None), (3, 4)])
def test_steps_out_of_range_are_refused(halving, steps, first):
    with pytest.raises(ValueError, match="steps must be at least 1 and first_steps from 1"):
        train(halving(), steps=steps, seeds=1, key=jax.random.key(0), first_steps=first)


class Clock:
    """Training that takes so many seconds a step, the slower the later it comes."""

    def __init__(self, factors):
        self.factors = iter(factors)
        self.asked = []

    def __call__(self, contender, *, steps, seeds, key, workers):
        del contender, seeds, key, workers
        self.asked.append(steps)
        seconds = 2 + 0.01 * steps * next(self.factors)
        return race.Trained(None, {}, steps, None, seconds, seconds, 0.0)


def test_a_budget_that_is_missed_is_tried_again(halving, monkeypatch, capsys):
    clock = Clock([1, 1, 1, 1.5, 1.5])
    monkeypatch.setattr(race, "train", clock)
    found = train_for(halving(), 100, seeds=1, key=jax.random.key(0))
    assert clock.asked == [100, 400, 1600, 9800, 6533]
    assert abs(found.wall_seconds - 100) < 0.1
    assert "gan: 149.0 s instead of 100 s" in capsys.readouterr().out


def test_a_short_run_that_was_held_up_tells_nothing(halving, monkeypatch):
    # 100 steps in 12 s and 400 in 6 tell nothing, 400 in 6 and 1600 in 18 do.
    clock = Clock([10, 1, 1, 1])
    monkeypatch.setattr(race, "train", clock)
    found = train_for(halving(), 100, seeds=1, key=jax.random.key(0))
    assert clock.asked == [100, 400, 1600, 9800]
    assert abs(found.wall_seconds / 100 - 1) < 0.045


def test_without_a_tolerance_the_first_run_counts(halving, monkeypatch):
    clock = Clock([1, 1, 1, 1.5])
    monkeypatch.setattr(race, "train", clock)
    found = train_for(halving(), 100, seeds=1, key=jax.random.key(0), tolerance=None)
    assert found.wall_seconds == 149
    assert len(clock.asked) == 4


def test_nothing_is_compiled_on_the_clock(halving, monkeypatch, caplog):
    run, compiled = race._run, []

    def counting(*arguments):
        before = len(caplog.records)
        result = run(*arguments)
        found = [record.getMessage() for record in caplog.records[before:]]
        compiled.append([text for text in found if "Finished XLA compilation" in text])
        return result

    monkeypatch.setattr(race, "_run", counting)
    contender = halving(lambda state, key: (state - 4) ** 2)  # noqa: ARG005
    with jax.log_compiles():
        train(contender, steps=16, seeds=2, key=jax.random.key(0))
    before_the_clock, on_the_clock = compiled
    assert before_the_clock
    assert on_the_clock == []


def test_a_busy_machine_is_named(halving, monkeypatch):
    monkeypatch.setattr(race, "train", Clock([1, 1, 1, 2, 4, 8]))
    with pytest.raises(RuntimeError, match="is the machine busy"):
        train_for(halving(), 100, seeds=1, key=jax.random.key(0))


def test_no_time_is_refused(halving):
    with pytest.raises(ValueError, match="seconds must be positive, got 0"):
        train_for(halving(), 0, seeds=1, key=jax.random.key(0))


def test_each_seed_draws_with_noise_of_its_own(halving):
    states = np.array([0.0, 100.0], np.float32)
    drawn = draw_all(halving(), states, 500, key=jax.random.key(1))
    assert drawn.shape == (2, 500, 1)
    np.testing.assert_allclose(drawn.mean(axis=(1, 2)), states, atol=0.2)
    assert np.abs(np.corrcoef(drawn[..., 0])[0, 1]) < 0.2
