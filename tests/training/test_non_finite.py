"""A metric that is not finite stops the run and costs nothing that was finite."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coreformulas.training import NonFiniteMetric, fit

DATA = jnp.arange(10.0)
SETTINGS: dict[str, Any] = {"batch_size": 2, "chunk_size": 8}
NEVER = -1


class Plan(NamedTuple):
    """Counts the steps, and says at which of them what goes wrong."""

    count: Any
    step: Any
    value: Any


def plan(step, value: Any = np.nan):
    return Plan(jnp.int32(0), jnp.int32(step), jnp.float32(value))


def by_plan(state, batch, key):
    """A metric is bad at one step, while the state merely counts."""
    del key
    kl = jnp.where(state.count == state.step, state.value, jnp.float32(1))
    return state._replace(count=state.count + 1), {"loss": jnp.sum(batch), "kl": kl}


def stop(update, state, **settings):
    with pytest.raises(NonFiniteMetric) as caught:
        fit(update, state, DATA, jax.random.key(0), steps=40, **(SETTINGS | settings))
    return caught.value


# With +-infinity or NaN kept in the state from the start, `value` also shows that such a leaf,
# as the lowest loss so far before the first step, does not make the state count as spoiled.
@pytest.mark.parametrize("step", [0, 3, 7, 8, 20, 39])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_error_names_the_first_step_and_the_metric(step, value):
    error = stop(by_plan, plan(step, value))
    assert error.step == step
    assert list(error.values) == ["kl"]
    assert str(error).startswith(f"kl = {value} at step {step}.")


@pytest.mark.parametrize("step", [0, 3, 8, 20])
def test_error_holds_the_state_before_that_step_and_the_history_up_to_it(step):
    error = stop(by_plan, plan(step))
    assert int(error.state.count) == error.state_step == step
    whole, history = fit(by_plan, plan(NEVER), DATA, jax.random.key(0), steps=40, **SETTINGS)
    assert int(whole.count) == 40
    np.testing.assert_array_equal(error.history["loss"], history["loss"][:step])
    np.testing.assert_array_equal(error.history["kl"], np.ones(step))


def test_all_metrics_of_that_step_are_named():
    def update(count, batch, key):
        del batch, key
        bad = jnp.where(count == 5, jnp.nan, 0.0)
        return count + 1, {"loss": bad, "kl": bad, "steps": count}

    assert set(stop(update, jnp.int32(0)).values) == {"loss", "kl"}


def test_one_seed_of_several_is_enough():
    def update(counts, batch, key):
        del batch, key
        return counts + 1, {"loss": jnp.where(counts == 7, jnp.inf, 1.0)}

    error = stop(update, jnp.array([0, 3, 1]))
    assert error.step == 4
    np.testing.assert_array_equal(error.values["loss"], [1, np.inf, 1])


def late_by_plan(state, batch, key):
    """One step spoils the state; the loss tells only 12 steps, more than a chunk, later."""
    del batch, key
    count, weight = state["plan"].count, state["weight"]
    spoiled = jnp.where(count == state["plan"].step, jnp.nan, weight + 1)
    late = jnp.where(count >= state["plan"].step + 12, weight, 0.0)
    return {"plan": state["plan"]._replace(count=count + 1), "weight": spoiled}, {"loss": late}


@pytest.mark.parametrize("step", [0, 1, 5, 7, 8, 9, 15, 16, 20])
def test_state_that_was_spoiled_earlier_is_not_handed_back(step):
    error = stop(late_by_plan, {"plan": plan(step), "weight": jnp.float32(0)})
    assert error.step == step + 12
    assert len(error.history["loss"]) == step + 12
    assert error.state_step == int(error.state["plan"].count) == step
    assert float(error.state["weight"]) == step


def test_run_goes_on_from_what_the_error_holds():
    key = jax.random.key(0)
    error = stop(by_plan, plan(5))
    expected, history = fit(by_plan, plan(NEVER), DATA, key, steps=12, **SETTINGS)
    mended = error.state._replace(step=jnp.int32(NEVER))
    state, rest = fit(by_plan, mended, DATA, key, steps=7, start=error.state_step, **SETTINGS)
    assert int(state.count) == int(expected.count)
    joined = np.concatenate([error.history["loss"], rest["loss"]])
    np.testing.assert_array_equal(joined, history["loss"])


def test_whole_numbers_are_finite():
    def update(count, batch, key):
        del batch, key
        return count + 1, {"steps": count, "even": count % 2 == 0}

    _, history = fit(update, jnp.int32(0), DATA, jax.random.key(0), steps=4, **SETTINGS)
    assert history["even"].dtype == bool
