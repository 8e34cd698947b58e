"""Modules with drawn weights, zeros and ones and all, so that none hides; nothing is compiled."""

from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

__all__ = ["random_module"]

Module = TypeVar("Module", bound=nnx.Module)


def random_module(make: Callable[[nnx.Rngs], Module], seed: int = 0, scale: float = 0.7) -> Module:
    """The module that ``make`` builds, its weights drawn from N(0, scale²)."""
    graph, state = nnx.split(nnx.eval_shape(lambda: make(nnx.Rngs(0))))
    draw = np.random.default_rng(seed)
    return nnx.merge(
        graph,
        jax.tree.map(
            lambda leaf: jnp.asarray(scale * draw.normal(size=leaf.shape), leaf.dtype), state
        ),
    )
