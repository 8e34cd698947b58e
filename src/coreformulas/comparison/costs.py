"""What a contender costs: numbers to learn, operations, memory, and seconds a sample."""

import statistics
import time
from functools import partial
from typing import Any, NamedTuple

import jax
from jaxtyping import Key

from coreformulas.comparison.contenders import Contender
from coreformulas.gan import GANState

__all__ = ["Costs", "costs", "parameter_counts", "sampling_seconds"]

REPEATS = 7
KEY = jax.eval_shape(jax.random.key, 0)  # the shape of one


class Costs(NamedTuple):
    """Operations and memory, as XLA counts them.

    Attributes:
        flops_per_step: multiplications and additions of one training step of one seed, before XLA
            optimizes.
        flops_per_example: the same for each example of the batch.
        bytes_per_step: arguments, results and intermediate values of the compiled step.
        flops_per_sample: of one sample.
    """

    flops_per_step: float
    flops_per_example: float
    bytes_per_step: int
    flops_per_sample: float


def parameter_counts(contender: Contender) -> tuple[int, int]:
    """How many numbers are trained, in all networks together, and how many drawing needs."""
    state = _shapes(contender)
    players = tuple(state) if isinstance(state, GANState) else (state,)
    return (
        sum(_size(player.parameters) for player in players),
        _size(contender.sampler(state)),
    )


def costs(contender: Contender) -> Costs:
    """Count the operations and the memory of a step, and the operations of a sample."""
    state, key = _shapes(contender), KEY
    batch = jax.ShapeDtypeStruct(
        (contender.batch_size, *contender.data.shape[1:]), contender.data.dtype
    )
    step = jax.jit(contender.step).lower(state, batch, key)
    memory: Any = step.compile().memory_analysis()
    flops = contender.flops_per_sample
    if flops is None:
        one = jax.jit(lambda state, key: contender.draw(state, 1, key)).lower(state, key)
        flops = _flops(one)
    per_step = _flops(step)
    return Costs(
        flops_per_step=per_step,
        flops_per_example=per_step / contender.batch_size,
        bytes_per_step=memory.argument_size_in_bytes
        + memory.output_size_in_bytes
        + memory.temp_size_in_bytes,
        flops_per_sample=flops,
    )


def sampling_seconds(
    contender: Contender, state: Any, count: int, *, key: Key[jax.Array, ""]
) -> float:
    """Seconds on the clock to draw ``count`` samples at once, the median of seven, compiled."""
    draw = jax.jit(lambda state, key: contender.draw(state, count, key))
    first, *rest = jax.random.split(key, REPEATS + 1)
    jax.block_until_ready(draw(state, first))
    found = []
    for one in rest:
        began = time.perf_counter()
        jax.block_until_ready(draw(state, one))
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def _shapes(contender: Contender) -> Any:
    """A state without numbers: abstract evaluation computes none."""
    return jax.eval_shape(partial(contender.begin, contender.optimizer(1)), KEY)


def _flops(lowered: Any) -> float:
    return lowered.cost_analysis()["flops"]


def _size(tree: Any) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(tree))
