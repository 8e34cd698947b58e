"""The matrix products of one training step, and nothing else."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

Matrix = Float[Array, "*stack rows columns"]


class Product(NamedTuple):
    """A product that a forward pass takes; the backward pass takes one or two of the same size.

    Attributes:
        rows: of the left factor, the inputs; in a linear map, the examples.
        inner: columns of the left factor and rows of the right one.
        columns: of the right factor.
        stack: independent products of this shape.
        from_data: whether the left factor is data, so that nothing needs its gradient.
    """

    rows: int
    inner: int
    columns: int
    stack: int = 1
    from_data: bool = False


def layers_of(batch: int, *chains: Sequence[int]) -> list[Product]:
    """The products of chains of linear maps of these widths, of which the first one gets data."""
    layers = [Product(batch, *layer) for chain in chains for layer in pairwise(chain)]
    return [layers[0]._replace(from_data=True), *layers[1:]]


def flops_of(layers: Sequence[Product]) -> int:
    """Multiplications and additions of :func:`products`."""
    return sum(
        2 * layer.stack * layer.rows * layer.inner * layer.columns * (2 if layer.from_data else 3)
        for layer in layers
    )


def operands_of(layers: Sequence[Product], key: Array) -> tuple[list[Matrix], ...]:
    """Left factors, right factors and gradients of the results, filled with normal numbers."""
    shapes = [
        [(layer.rows, layer.inner) for layer in layers],
        [(layer.inner, layer.columns) for layer in layers],
        [(layer.rows, layer.columns) for layer in layers],
    ]
    keys = iter(jax.random.split(key, 3 * len(layers)))
    return tuple(
        [
            jax.random.normal(next(keys), shape if layer.stack == 1 else (layer.stack, *shape))
            for layer, shape in zip(layers, group, strict=True)
        ]
        for group in shapes
    )


def products(
    layers: Sequence[Product], left: list[Matrix], right: list[Matrix], gradients: list[Matrix]
) -> list[Matrix]:
    """The forward product and the gradients of both factors; of the right one alone for data."""
    forward = [a @ b for a, b in zip(left, right, strict=True)]
    of_right = [a.mT @ g for a, g in zip(left, gradients, strict=True)]
    of_left = [
        g @ b.mT
        for layer, b, g in zip(layers, right, gradients, strict=True)
        if not layer.from_data
    ]
    return forward + of_right + of_left


def make_roofline(layers: Sequence[Product], *, steps: int, key: Array) -> Callable[[], None]:
    """A program that does the products of ``steps`` steps in one compiled loop.

    The products of a step are independent here, so that they can overlap as they cannot in a
    real step. The barrier ties them to the counter of the loop, so that the compiler cannot take
    them out of it; the results of each step are carried to the next and returned, so that it cannot
    leave them out.
    """
    operands = operands_of(layers, key)

    def all_products(*operands: list[Matrix]) -> list[Matrix]:
        return products(layers, *operands)

    @jax.jit
    def loop(operands: tuple[list[Matrix], ...]) -> tuple[Array, list[Matrix]]:
        def step(carry: tuple[Array, list[Matrix]], _: None):
            tied, count = lax.optimization_barrier((operands, carry[0]))
            return (count + 1, all_products(*tied)), None

        shapes = jax.eval_shape(all_products, *operands)
        start = [jnp.zeros(shape.shape, shape.dtype) for shape in shapes]
        return lax.scan(step, (jnp.int32(0), start), length=steps)[0]

    return lambda: jax.block_until_ready(loop(operands)) and None
