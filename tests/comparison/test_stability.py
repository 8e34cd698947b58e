"""What becomes of runs at rates that are too high, and when they count as failed."""

import argparse
import json
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coreformulas.comparison import Outcomes, command_stability, failures, stress

REAL = np.linspace(7, 9, 20)[:, None]


def moving(optimizer):
    """Move by the optimizer's step for a gradient of one, which falls short of no number."""

    def update(state, batch, key):
        del key
        weight, progress = state
        change, progress = optimizer.update(jnp.ones(()), progress)
        return (weight * (1 - 2 * change) ** 2, progress), {"loss": weight * batch.mean()}

    return update


@pytest.fixture
def growing(halving):
    """A contender whose weight grows by a factor that hangs on the learning rate."""
    return replace(
        halving(),
        begin=lambda optimizer, key: (jax.random.uniform(key), optimizer.init(jnp.ones(()))),
        update=moving,
        draw=lambda state, count, key: state[0] + jax.random.normal(key, (count, 1)),
    )


def stressed(contender, factor, **changes):
    options = {"steps": 40, "looks": 2, "seeds": 2, "key": jax.random.key(0)} | changes
    return stress(contender, REAL, factor=factor, **options)


def test_a_run_that_is_good_is_seen_to_be_good(halving):
    found = stressed(halving(), 1.0)
    assert found.precision.shape == found.recall.shape == (2, 2)
    np.testing.assert_array_equal(found.steps_finite, [40, 40])
    assert found.score[-1].min() > 0.5
    total = found.precision + found.recall
    np.testing.assert_allclose(found.score, 2 * found.precision * found.recall / total)


def test_a_run_that_overflows_stops_at_its_last_finite_state(growing):
    usual, wild = stressed(growing, 1.0), stressed(growing, 1000.0)
    np.testing.assert_array_equal(usual.steps_finite, [40, 40])
    assert (wild.steps_finite < 40).all()
    assert (wild.steps_finite > 0).all()
    np.testing.assert_array_equal(wild.score[-1], 0)


def test_equal_keys_begin_with_equal_weights(growing):
    first, second = stressed(growing, 0.5, seeds=2), stressed(growing, 0.5, seeds=2)
    np.testing.assert_array_equal(first.precision, second.precision)


def outcomes(scores):
    shares = np.array([[0.9] * len(scores), scores])
    return Outcomes(shares, shares, np.full(len(scores), 10))


def test_failed_is_below_half_of_the_reference():
    assert failures(outcomes([0.1, 0.39, 0.41, 0.9]), reference=0.8) == 2
    assert failures(outcomes([0.5, 0.5]), reference=0.8) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"factor": 0.0}, "factor must be positive, got 0.0"),
        ({"looks": 3}, "looks must divide steps, got 3 and 40"),
        ({"looks": 0}, "looks must divide steps, got 0 and 40"),
    ],
)
def test_numbers_out_of_range_are_refused(halving, changes, message):
    with pytest.raises(ValueError, match=message):
        stressed(halving(), **({"factor": 1.0} | changes))


def parsed(*words):
    parser = argparse.ArgumentParser()
    command_stability.add_options(parser)
    return parser.parse_args([*words, "--seed", "1", "--steps", "4", "--looks", "2"])


def test_the_command_keeps_every_seed_of_every_rate(growing, halving, monkeypatch):
    both = {"calm": halving(), "gan": growing}
    monkeypatch.setattr(command_stability, "stability_contenders", lambda: both)
    monkeypatch.setattr(
        command_stability, "keys_of", lambda seed: dict.fromkeys(both, jax.random.key(seed))
    )
    monkeypatch.setattr(command_stability, "counts_of", lambda split: REAL)  # noqa: ARG005
    record = json.loads(json.dumps(command_stability.compare(parsed("--seeds", "3"))))
    assert record["factors"] == [0.25, 1.0, 4.0, 16.0, 64.0]
    for found in record["families"].values():
        assert len(found["runs"]) == 5
        for run in found["runs"]:
            assert np.shape(run["precision"]) == np.shape(run["recall"]) == (2, 3)
            assert len(run["score"]) == len(run["drop"]) == len(run["steps_finite"]) == 3
            assert 0 <= run["failed"] <= 3


def test_one_seed_is_refused():
    with pytest.raises(ValueError, match="--seeds must be at least 2"):
        command_stability.compare(parsed("--seeds", "1"))


def test_no_key_is_used_for_two_contenders():
    keys = command_stability.keys_of(3)
    assert list(keys) == list(command_stability.stability_contenders())
    assert len({str(key) for key in keys.values()}) == len(keys)
