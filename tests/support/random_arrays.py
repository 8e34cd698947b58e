"""Random arrays, and whether two trees of arrays agree."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def draw(*shape: int, seed: int, dtype: Any = jnp.float32) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), dtype)


def random_mask(*shape: int) -> jax.Array:
    """Half of the keys are hidden, never all: JAX and Flax attend to all keys there instead."""
    mask = np.random.default_rng(9).random(shape) < 0.5
    mask[..., 0] = True
    return jnp.asarray(mask)


def assert_close(ours: Any, theirs: Any, tolerance: float) -> None:
    for one, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(
            np.asarray(one, np.float64),
            np.asarray(other, np.float64),
            rtol=tolerance,
            atol=tolerance,
        )
