"""The order in which examples are seen: shuffled epochs, drawn on the device."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Int, Key

__all__ = ["Order"]


class Order:
    """The endless row of shuffled epochs, cut into batches, one chunk of steps at a time.

    Step i takes the examples at places ``i * batch_size`` to ``(i + 1) * batch_size - 1`` of
    epoch 0, epoch 1, epoch 2, ... laid end to end, where epoch e is the permutation drawn from
    ``jax.random.fold_in(key, e)``. So an example comes once in each epoch, a batch that an epoch
    does not fill is filled from the next, and the order hangs on ``key`` alone: neither on where a
    run starts nor on how it is cut into chunks.

    Args:
        key: for the permutations.
        examples: number of examples, n.
        batch_size: rows of each batch, at most n.
        chunk_size: number of batches that :meth:`batches` returns.
    """

    def __init__(self, key: Key[Array, ""], *, examples: int, batch_size: int, chunk_size: int):
        """Draw nothing yet."""
        self._key = key
        self._examples = examples
        self._shape = (chunk_size, batch_size)
        # A chunk that begins on the last place of an epoch reaches furthest.
        ahead = -(-(examples - 1 + chunk_size * batch_size) // examples)
        self._epochs = jnp.zeros((ahead, examples), jnp.int32)
        self._first = 0
        self._drawn = 0  # how many of them are filled

    def batches(self, first_step: int) -> Int[Array, "chunk batch"]:
        """Row numbers of the batches of steps ``first_step`` to ``first_step + chunk_size - 1``.

        Epochs are drawn when a chunk first reaches them and kept as long as they are ahead, so that
        a run that goes forward sorts each of them once.
        """
        epoch, place = divmod(first_step * self._shape[1], self._examples)
        needed = -(-(place + self._shape[0] * self._shape[1]) // self._examples)
        passed = epoch - self._first
        kept = max(0, self._drawn - passed) if passed >= 0 else 0
        self._epochs, rows = _draw(
            self._key, self._epochs, passed, kept, needed, epoch, place, shape=self._shape
        )
        self._first, self._drawn = epoch, max(kept, needed)
        return rows


@partial(jax.jit, static_argnames="shape")
def _draw(
    key: Key[Array, ""],
    epochs: Int[Array, "ahead examples"],
    passed: Int[Array, ""],
    kept: Int[Array, ""],
    needed: Int[Array, ""],
    first: Int[Array, ""],
    place: Int[Array, ""],
    *,
    shape: tuple[int, int],
) -> tuple[Int[Array, "ahead examples"], Int[Array, "chunk batch"]]:
    """Drop the epochs that have passed, draw those that are missing, and cut the batches out."""
    ahead, examples = epochs.shape

    def epoch(index: Int[Array, ""]) -> Int[Array, " examples"]:
        return lax.cond(
            (kept <= index) & (index < needed),
            lambda: jax.random.permutation(jax.random.fold_in(key, first + index), examples),
            lambda: epochs[(index + passed) % ahead],
        )

    epochs = lax.map(epoch, jnp.arange(ahead))
    rows = lax.dynamic_slice(epochs.reshape(-1), (place,), (shape[0] * shape[1],))
    return epochs, rows.reshape(shape)
