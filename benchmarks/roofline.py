"""The matrix products of one training step of a perceptron chain, and nothing else."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

Matrix = Float[Array, "rows columns"]


def layers_of(*chains: Sequence[int]) -> list[tuple[int, int]]:
    """Fan-in and fan-out of each layer of chains of widths, in order."""
    return [layer for chain in chains for layer in pairwise(chain)]


def flops_of(layers: Sequence[tuple[int, int]], batch: int) -> int:
    """Multiplications and additions of :func:`products`.

    Each layer has three products of 2 * batch * fan-in * fan-out operations, but for the first,
    which has two: nothing needs the gradient in the data.
    """
    products = [3 * fan_in * fan_out for fan_in, fan_out in layers]
    fan_in, fan_out = layers[0]
    return 2 * batch * (sum(products) - fan_in * fan_out)


def products(inputs: list[Matrix], weights: list[Matrix], gradients: list[Matrix]) -> list[Matrix]:
    """Forward product, weight gradient and input gradient of each layer (not of the first)."""
    forward = [x @ w for x, w in zip(inputs, weights, strict=True)]
    of_weights = [x.T @ g for x, g in zip(inputs, gradients, strict=True)]
    of_inputs = [g @ w.T for g, w in zip(gradients[1:], weights[1:], strict=True)]
    return forward + of_weights + of_inputs


def make_roofline(
    layers: Sequence[tuple[int, int]], batch: int, *, steps: int, key: Array
) -> Callable[[], None]:
    """A program that does the products of ``steps`` steps in one compiled loop.

    The products of a step are independent here, so that they can overlap as they cannot in a
    real step. The barrier ties them to the counter of the loop, so that the compiler cannot take
    them out of it; the results of each step are carried to the next and returned, so that it cannot
    leave them out.
    """
    keys = iter(jax.random.split(key, 3 * len(layers)))
    inputs = [jax.random.normal(next(keys), (batch, fan_in)) for fan_in, _ in layers]
    weights = [jax.random.normal(next(keys), layer) for layer in layers]
    gradients = [jax.random.normal(next(keys), (batch, fan_out)) for _, fan_out in layers]
    operands = (inputs, weights, gradients)

    @jax.jit
    def loop(operands: tuple[list[Matrix], ...]) -> tuple[Array, list[Matrix]]:
        def step(carry: tuple[Array, list[Matrix]], _: None):
            tied, count = lax.optimization_barrier((operands, carry[0]))
            return (count + 1, products(*tied)), None

        shapes = jax.eval_shape(products, *operands)
        start = [jnp.zeros(shape.shape, shape.dtype) for shape in shapes]
        return lax.scan(step, (jnp.int32(0), start), length=steps)[0]

    return lambda: jax.block_until_ready(loop(operands)) and None
