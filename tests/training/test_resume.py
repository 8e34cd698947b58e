"""A run that is cut goes on as if it had not been."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coreformulas.training import fit, restore, save


def data_of(tree):
    """Every leaf as numbers, keys as their bits."""
    return [
        np.asarray(jax.random.key_data(leaf))
        if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
        else np.asarray(leaf)
        for leaf in jax.tree.leaves(tree)
    ]


@pytest.mark.parametrize("cut", [1, 8, 13])
def test_run_from_a_checkpoint_equals_the_run_without_a_cut(
    counter, state, rows, key, cut, tmp_path
):
    settings: dict[str, Any] = {"batch_size": 3, "chunk_size": 4}
    whole, history = fit(counter, state, rows, key, steps=17, **settings)
    half, first = fit(counter, state, rows, key, steps=cut, **settings)
    save(tmp_path / "half", half)
    again = restore(tmp_path / "half", like=state)
    ended, second = fit(counter, again, rows, key, steps=17 - cut, start=cut, **settings)
    for left, right in zip(data_of(whole), data_of(ended), strict=True):
        np.testing.assert_array_equal(left, right)
    for name, values in history.metrics.items():
        joined = np.concatenate([first[name], second[name]])
        np.testing.assert_array_equal(joined, values)


def test_without_start_the_run_begins_anew(counter, state, rows, key):
    settings: dict[str, Any] = {"steps": 4, "batch_size": 3, "chunk_size": 4}
    half, first = fit(counter, state, rows, key, **settings)
    _, second = fit(counter, half, rows, key, **settings)
    np.testing.assert_array_equal(first["rows"], second["rows"])
    assert (first["loss"] != second["loss"]).any()
