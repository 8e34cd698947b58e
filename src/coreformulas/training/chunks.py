"""A chunk of training steps: one compiled loop with donated state."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Int, Key, UInt32

from coreformulas.training.checks import check_update
from coreformulas.training.order import Order

__all__ = ["Chunk", "Chunks"]


class Chunk(NamedTuple):
    """What a chunk of steps comes to.

    Attributes:
        state: after the last step.
        metrics: for each metric an array of shape (steps, ...), on the host.
        is_finite: whether the state still is finite wherever it was at the start of the run.
    """

    state: Any
    metrics: dict[str, np.ndarray]
    is_finite: bool


class Chunks:
    """The steps of one run, to be had in pieces from anywhere: all are functions of the key.

    Args:
        update: ``(state, batch, key) -> (state, metrics)``.
        state: the state at the start of the run.
        data: arrays with one leading axis of examples.
        key: of the run.
        examples: length of that axis.
        batch_size: rows of each batch.
        chunk_size: steps that one call takes at most.
        start: the step that will come first, whose batches are drawn here already.

    Raises:
        TypeError: if ``update`` breaks its contract.
    """

    def __init__(
        self,
        update: Callable,
        state: Any,
        data: Any,
        key: Key[Array, ""],
        *,
        examples: int,
        batch_size: int,
        chunk_size: int,
        start: int,
    ):
        """Trace and compile everything that a run needs."""
        order_key, self._key = jax.random.split(key)
        self._data = data
        self.size = chunk_size
        self._order = Order(
            order_key, examples=examples, batch_size=batch_size, chunk_size=chunk_size
        )
        batch = jax.tree.map(lambda leaf: _shape((batch_size, *leaf.shape[1:]), leaf.dtype), data)
        check_update(jax.jit(update, inline=True), state, batch, self._key)
        self._watched = np.asarray(_finite_leaves(state))
        self._compiled = _take_steps.lower(
            update, state, data, self._order.batches(start), self._key, *_place(start, 1)
        ).compile()

    def run(self, state: Any, first: int, count: int) -> Chunk:
        """Take the ``count`` steps from step ``first`` on; ``state`` itself is left as it is."""
        rows = self._order.batches(first)
        # The copy is what is given away: the caller's arrays live on, and so does the state from
        # which steps can be taken again when the end turns out not to be finite.
        state, metrics, finite = self._compiled(
            _copy(state), self._data, rows, self._key, *_place(first, count)
        )
        metrics = {name: np.asarray(values)[:count] for name, values in metrics.items()}
        return Chunk(state, metrics, bool(np.all(np.asarray(finite) | ~self._watched)))

    def advance(self, state: Any, first: int, last: int) -> tuple[Any, bool]:
        """Take steps ``first`` to ``last - 1``; the state after them, and whether it is finite."""
        is_finite = True
        while first < last:
            count = min(self.size, last - first)
            state, _, is_finite = self.run(state, first, count)
            first += count
        return state, is_finite


_shape = jax.ShapeDtypeStruct


def _place(first: int, count: int) -> tuple[np.uint32, np.int32]:
    """Bounds of a chunk as arguments, so that every chunk is one and the same program."""
    return np.uint32(first), np.int32(count)


@jax.jit
def _copy(tree: Any) -> Any:
    return jax.tree.map(jnp.copy, tree)


@jax.jit
def _finite_leaves(tree: Any) -> Bool[Array, " leaves"]:
    """For each leaf of floating-point numbers, whether all of them are finite."""
    leaves = [leaf for leaf in jax.tree.leaves(tree) if jnp.issubdtype(leaf.dtype, jnp.inexact)]
    return jnp.array([jnp.all(jnp.isfinite(leaf)) for leaf in leaves], bool)


@partial(jax.jit, static_argnames="update", donate_argnames="state")
def _take_steps(
    update: Callable,
    state: Any,
    data: Any,
    rows: Int[Array, "chunk batch"],
    key: Key[Array, ""],
    first: UInt32[Array, ""],
    count: Int[Array, ""],
) -> tuple[Any, dict[str, Array], Bool[Array, " leaves"]]:
    """Take ``count`` steps, at most as many as there are rows, and stack their metrics.

    This is a ``lax.scan``, but for one thing: a scan's length is fixed when it is compiled, and a
    run's last chunk may be shorter than the others. Here the number of steps is an argument, so
    that one program serves every chunk. To pass the steps left over by inside a scan, with
    ``lax.cond``, would copy weights in each step.
    """
    update = jax.jit(update, inline=True)
    indices = jnp.arange(len(rows), dtype=jnp.uint32)
    keys = jax.vmap(partial(jax.random.fold_in, key))(first + indices)

    def batch_at(index: int | Int[Array, ""]) -> Any:
        # Row numbers come out of a permutation, so there is nothing to clip or to wrap around.
        return jax.tree.map(lambda leaf: leaf.at[rows[index]].get(mode="promise_in_bounds"), data)

    def step(index: Int[Array, ""], carry: tuple[Any, dict[str, Array]]) -> tuple[Any, Any]:
        state, history = carry
        new_state, metrics = update(state, batch_at(index), keys[index])
        # A weak type on the way out would not match the type on the way in.
        new_state = jax.tree.map(lambda new, old: new.astype(old.dtype), new_state, state)
        history = jax.tree.map(lambda past, value: past.at[index].set(value), history, metrics)
        return new_state, history

    _, metrics = jax.eval_shape(lambda: update(state, batch_at(0), keys[0]))
    history = jax.tree.map(lambda value: jnp.zeros((len(rows), *value.shape), value.dtype), metrics)
    state, history = lax.fori_loop(0, count, step, (state, history))
    return state, history, _finite_leaves(state)
