"""Training many seeds at once: as one vectorized program on each processor."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key, UInt32

from coreformulas.training.history import History
from coreformulas.training.loop import fit

__all__ = ["fit_seeds"]


def fit_seeds(
    update: Callable[[Any, Any, Array], tuple[Any, dict[str, Array]]],
    begin: Callable[[Array], Any],
    data: Any,
    key: Key[Array, ""],
    *,
    seeds: int,
    steps: int,
    batch_size: int,
    states: Any = None,
    start: int = 0,
    workers: int | None = None,
) -> tuple[Any, History]:
    """Train the same model from several seeds.

    The seeds see the same batches and differ in their first weights and in all noise. What becomes
    of a seed hangs on ``key`` and on its number: not on how many others there are, nor on
    ``workers``, up to rounding.

    The seeds are dealt out evenly to ``workers`` threads, and those of a thread are one program
    under ``jax.vmap``. The products of one seed are too small to be worth sharing among processors;
    whole seeds are not.

    Args:
        update: the step of one seed, ``(state, batch, key) -> (state, metrics)``.
        begin: from a key to the first state of one seed.
        data: as for :func:`coreformulas.training.fit`.
        key: from ``jax.random.key``.
        seeds: how many, at least 1.
        steps: as for ``fit``.
        batch_size: as for ``fit``.
        states: of all seeds, such as an earlier call returned, to go on with them; None to begin.
        start: number of steps that ``states`` have seen.
        workers: number of threads; as many as there are processors by default, at most ``seeds``.

    Returns:
        The states with a leading axis of seeds, and the :class:`History`, whose metrics are of
        shape (steps, seeds) and whose times are those of the thread that took longest.

    Raises:
        ValueError: if ``seeds`` or ``workers`` is below 1, ``states`` do not hold as many seeds,
            and as ``fit``.
        NonFiniteMetric: as ``fit``.
    """
    _check(seeds, workers, states)
    begin_key, fit_key = jax.random.split(key)
    groups = np.array_split(np.arange(seeds, dtype=np.uint32), min(seeds, workers or _processors()))

    def train(group: UInt32[np.ndarray, " group"], steps: int = steps):
        if states is None:
            first = _first_states(begin, begin_key, group)
        else:
            first = jnp.asarray(group), jax.tree.map(lambda leaf: leaf[group], states)
        (_, last), history = fit(
            _vectorized(update),
            first,
            data,
            fit_key,
            steps=steps,
            batch_size=batch_size,
            start=start,
            progress="auto" if group[0] == 0 else False,
        )
        return last, history

    if len(groups) > 1:
        train(groups[0], steps=1)  # compiles once what else each thread would compile for itself
    with ThreadPoolExecutor(len(groups)) as pool:
        parts = list(pool.map(train, groups))
    joined = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *(last for last, _ in parts))
    return joined, _joined_history([history for _, history in parts], start)


def _joined_history(histories: list[History], start: int) -> History:
    """The history of all seeds from those of the threads."""
    return History(
        metrics={
            name: np.concatenate([history[name] for history in histories], axis=1)
            for name in histories[0].metrics
        },
        start=start,
        compile_seconds=max(history.compile_seconds for history in histories),
        run_seconds=max(history.run_seconds for history in histories),
    )


def _check(seeds: int, workers: int | None, states: Any) -> None:
    for name, value in (("seeds", seeds), ("workers", workers)):
        if value is not None and value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    held = {len(leaf) for leaf in jax.tree.leaves(states)}
    if held - {seeds}:
        raise ValueError(f"states must hold {seeds} seeds, got {sorted(held)}")


@lru_cache(maxsize=16)  # the same function for the same update, so that nothing is compiled twice
def _vectorized(update: Callable) -> Callable:
    """The step of many seeds, each numbered."""

    def update_all(states: tuple[Array, Any], batch: Any, key: Key[Array, ""]):
        def update_one(numbered: tuple[Array, Any]):
            seed, state = numbered
            state, metrics = update(state, batch, jax.random.fold_in(key, seed))
            return (seed, state), metrics

        return jax.vmap(update_one)(states)

    return update_all


@partial(jax.jit, static_argnames="begin")
def _first_states(
    begin: Callable, key: Key[Array, ""], seeds: UInt32[Array | np.ndarray, " seeds"]
) -> tuple[Array, Any]:
    """The first state of each seed, with its number."""
    states = jax.vmap(lambda seed: begin(jax.random.fold_in(key, seed)))(seeds)
    return jnp.asarray(seeds), states


def _processors() -> int:
    """Those that this process may use, where the system tells them."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
