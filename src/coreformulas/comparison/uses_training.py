"""Training several seeds for a use, with the first losses kept beside what comes of it."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Key

from coreformulas.training import fit_seeds

__all__ = ["EARLY_STEPS", "train_seeds", "unstacked"]

EARLY_STEPS = 20
"""The mean losses of so many first steps are kept: a short run can be held against them."""


def train_seeds(
    update: Callable,
    begin: Callable[[Key[Array, ""]], Any],
    data: Any,
    key: Key[Array, ""],
    *,
    seeds: int,
    steps: int,
    first_steps: int | None,
    batch_size: int = 64,
) -> tuple[Any, dict[str, list[float]]]:
    """Train, or take the first steps alone, and return the states and the mean first losses.

    Args:
        update: of one seed.
        begin: from a key to the first state of one seed.
        data: what all seeds train on.
        key: from ``jax.random.key``.
        seeds: how many.
        steps: of each.
        first_steps: stop after so many; None for all of ``steps``.
        batch_size: examples in a step.
    """
    states, history = fit_seeds(
        update,
        begin,
        data,
        key,
        seeds=seeds,
        steps=steps if first_steps is None else first_steps,
        batch_size=batch_size,
    )
    early = {
        name: np.round(np.mean(values[:EARLY_STEPS], axis=0, dtype=float), 5).tolist()
        for name, values in history.metrics.items()
    }
    return states, early


def unstacked(states: Any) -> list[Any]:
    """The states of the seeds, one by one."""
    count = len(jax.tree.leaves(states)[0])
    return [jax.tree.map(lambda leaf, seed=seed: leaf[seed], states) for seed in range(count)]
