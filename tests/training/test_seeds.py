"""Many seeds at once, each as if it were alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coreformulas.training import fit_seeds


def noisy_mean(state, batch, key):
    state = state + batch.mean() + jax.random.normal(key)
    return state, {"value": state}


def run(seeds, *, steps=7, **options):
    return fit_seeds(
        noisy_mean,
        jax.random.normal,
        jnp.arange(10.0),
        jax.random.key(0),
        seeds=seeds,
        steps=steps,
        batch_size=3,
        **options,
    )


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_seed_comes_out_the_same_however_many_train_beside_it(workers):
    states, history = run(5, workers=workers)
    few, _ = run(2, workers=1)
    np.testing.assert_allclose(states[:2], few, rtol=1e-5)
    assert history["value"].shape == (7, 5)
    np.testing.assert_allclose(history["value"][-1], states)
    assert len(np.unique(states)) == 5


def test_a_run_that_was_cut_goes_on_where_it_stopped():
    whole, history = run(3, workers=2)
    states, first = run(3, steps=4, workers=2)
    states, second = run(3, steps=3, states=states, start=4, workers=2)
    np.testing.assert_array_equal(states, whole)
    values = np.concatenate([first["value"], second["value"]])
    np.testing.assert_array_equal(values, history["value"])
    assert second.start == 4


def test_states_of_another_number_of_seeds_are_refused():
    states, _ = run(2, steps=1)
    with pytest.raises(ValueError, match=r"states must hold 3 seeds, got \[2\]"):
        run(3, states=states, start=1)


@pytest.mark.parametrize(("name", "value"), [("seeds", 0), ("workers", 0)])
def test_no_seeds_are_refused(name, value):
    arguments = {"seeds": 1, "steps": 1, "batch_size": 1} | {name: value}
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        fit_seeds(noisy_mean, jax.random.normal, jnp.ones(1), jax.random.key(0), **arguments)
