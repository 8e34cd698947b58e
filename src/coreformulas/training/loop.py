"""The one training loop: chunks of compiled steps, with the host in between."""

import time
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import numpy as np
from jaxtyping import Array

from coreformulas.training.checks import as_arrays, check_key, check_whole, count_examples
from coreformulas.training.chunks import Chunks
from coreformulas.training.history import History, NonFiniteMetric
from coreformulas.training.progress import Progress, choose_progress

__all__ = ["fit"]

State = TypeVar("State")


def fit(
    update: Callable[[State, Any, Array], tuple[State, dict[str, Array]]],
    state: State,
    data: Any,
    key: Array,
    *,
    steps: int,
    batch_size: int,
    chunk_size: int = 100,
    start: int = 0,
    progress: bool | Literal["auto"] | Progress = "auto",
) -> tuple[State, History]:
    """Train: call ``update`` once for each batch of shuffled data, compiled, a chunk at a time.

    The examples are shuffled anew for each epoch, and each is used once in an epoch. Where the
    batch size does not divide their number, a batch takes its last examples from the next epoch,
    so that none is left out and every batch has the same size.

    Everything random follows from ``key`` and the number of the step: not from ``chunk_size``, and
    not from where a run starts. So a run can be cut: ``steps=100``, then, with the same key, data
    and batch size and the state that came back (or its checkpoint), ``start=100``, and the result
    is that of a run that was not cut.

    To train several seeds at once, give ``update`` and ``state`` a leading axis of seeds with
    ``jax.vmap``, and split the key inside; all then see the same batches, and metrics have the
    shape (seeds,)::

        def update_all(states, batch, key):
            keys = jax.random.split(key, seeds)
            return jax.vmap(update, in_axes=(0, None, 0))(states, batch, keys)

    Args:
        update: one training step, ``(state, batch, key) -> (state, metrics)``. It must be pure,
            because it is traced once and then runs compiled; a later run with the same function
            and the same shapes uses what was compiled. Metrics is a dict of arrays, of any fixed
            shape; all must be finite.
        state: what training changes: any pytree of arrays, random keys among them. It is not
            changed and not used up; memory holds it, a copy that is being trained, and the last
            finite state.
        data: an array, or a pytree of arrays, with one leading axis of examples. It is put on the
            device whole, and a batch has the same structure.
        key: from ``jax.random.key``.
        steps: number of steps to take, at least 1.
        batch_size: examples of a batch, at most as many as there are.
        chunk_size: steps between two looks by the host, when the progress moves and a metric that
            is not finite is noticed.
        start: number of steps that ``state`` has seen.
        progress: True for a bar, False for none, "auto" for a bar where somebody can see it (not
            where ``COREFORMULAS_PROGRESS`` is set to 0), or an object like :class:`Progress`.

    Returns:
        The state after the last step, and the :class:`History`.

    Raises:
        NonFiniteMetric: at the end of a chunk in which a metric became infinite or not a number;
            it holds the last finite state and the history up to there.
        TypeError: if ``key`` is not a typed key, or ``update`` changes structure, shape or type of
            the state or returns anything but arrays as metrics. Nothing has run then.
        ValueError: if a number is out of range, or the data's leading axes differ.
    """
    check_key(key)
    steps = check_whole("steps", steps, low=1)
    start = check_whole("start", start, low=0, high=2**32 - 1 - steps)
    chunk_size = check_whole("chunk_size", chunk_size, low=1)
    state, data = as_arrays("state", state), as_arrays("data", data)
    examples = count_examples(data)
    batch_size = check_whole("batch_size", batch_size, low=1, high=examples)
    progress = choose_progress(progress)

    began = time.perf_counter()
    chunks = Chunks(
        update,
        state,
        data,
        key,
        examples=examples,
        batch_size=batch_size,
        chunk_size=chunk_size,
        start=start,
    )
    log = _Log(start, compile_seconds=time.perf_counter() - began)
    progress.start(steps)
    try:
        state = _run(chunks, state, start, start + steps, log, progress)
    finally:
        progress.close()
    return state, log.history()


class _Log:
    """Metrics of the chunks so far, and the clock."""

    def __init__(self, start: int, compile_seconds: float):
        self._start = start
        self._compile_seconds = compile_seconds
        self._began = time.perf_counter()
        self._chunks: list[dict[str, np.ndarray]] = []

    def add(self, metrics: dict[str, np.ndarray]) -> None:
        self._chunks.append(metrics)

    def history(self) -> History:
        return History(
            metrics={
                name: np.concatenate([chunk[name] for chunk in self._chunks])
                for name in self._chunks[0]
            },
            start=self._start,
            compile_seconds=self._compile_seconds,
            run_seconds=time.perf_counter() - self._began,
        )


def _run(
    chunks: Chunks, state: State, start: int, stop: int, log: _Log, progress: Progress
) -> State:
    """Take the steps from ``start`` to ``stop - 1``, watching every chunk."""
    finite_state, finite_step = state, start
    for first in range(start, stop, chunks.size):
        count = min(chunks.size, stop - first)
        chunk = chunks.run(state, first, count)
        spoiled = _first_not_finite(chunk.metrics)
        if spoiled is not None:
            log.add({name: values[:spoiled] for name, values in chunk.metrics.items()})
            step = first + spoiled
            finite_state, finite_step = _last_finite(chunks, finite_state, finite_step, step)
            raise NonFiniteMetric(
                step=step,
                values={
                    name: np.asarray(values[spoiled])
                    for name, values in chunk.metrics.items()
                    if not np.isfinite(values[spoiled]).all()
                },
                state=finite_state,
                state_step=finite_step,
                history=log.history(),
            )
        log.add(chunk.metrics)
        state = chunk.state
        if chunk.is_finite:
            finite_state, finite_step = state, first + count
        progress.advance(count, chunk.metrics)
    return state


def _first_not_finite(metrics: dict[str, np.ndarray]) -> int | None:
    """Place in the chunk of the first step with a metric that is not finite."""
    places = [
        np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1))
        for values in metrics.values()
    ]
    return min((int(found[0]) for found in places if len(found)), default=None)


def _last_finite(chunks: Chunks, state: State, first: int, last: int) -> tuple[State, int]:
    """The latest finite state before step ``last``, given a finite one before step ``first``.

    Mostly that is the state before step ``last``. But a gradient can be infinite where the loss
    is not, and then the step before has spoiled the weights. Once spoiled they stay so, hence the
    search by halves; steps taken again come out as they did.
    """
    candidate, is_finite = chunks.advance(state, first, last)
    if is_finite:
        return candidate, last
    while last - first > 1:
        middle = (first + last) // 2
        candidate, is_finite = chunks.advance(state, first, middle)
        if is_finite:
            state, first = candidate, middle
        else:
            last = middle
    return state, first
