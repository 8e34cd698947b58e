"""How easily training goes wrong: one contender at many learning rates, from many seeds."""

from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from coreformulas.comparison.contenders import Contender
from coreformulas.comparison.race import draw_all
from coreformulas.evaluation import precision_recall
from coreformulas.training import fit_seeds

__all__ = ["Outcomes", "failures", "stress"]


class Outcomes(NamedTuple):
    """What became of each seed at one learning rate, at equally spaced looks.

    Attributes:
        precision: of the samples, against real examples; with :attr:`recall` the quality of a run.
        recall: of the samples.
        steps_finite: how many steps each seed took before a number was no longer finite.
    """

    precision: Float[np.ndarray, "looks seeds"]
    recall: Float[np.ndarray, "looks seeds"]
    steps_finite: Int[np.ndarray, " seeds"]

    @property
    def score(self) -> Float[np.ndarray, "looks seeds"]:
        r"""The harmonic mean :math:`2PR / (P + R)`: high only where both are."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / np.where(total == 0, 1, total)


class Guarded(NamedTuple):
    """A state that stays as it is once the next one would not be finite."""

    state: Any
    finite: Array
    taken: Array


def stress(
    contender: Contender,
    real: Any,
    *,
    factor: float,
    steps: int,
    looks: int,
    seeds: int,
    key: Key[Array, ""],
) -> Outcomes:
    """Train from several seeds at a multiple of the usual learning rate, whatever comes of it.

    Nothing is kept back to choose the best state from: the question is what training leads to. A
    seed whose loss or weights are no longer finite stays at its last finite state.

    Args:
        contender: what is trained.
        real: examples that took no part in training; as many samples are compared with them.
        factor: of the learning rate.
        steps: of each seed.
        looks: how often the samples are looked at; they divide the steps.
        seeds: how many.
        key: from ``jax.random.key``; the same one gives the same first weights and batches.

    Raises:
        ValueError: if ``factor`` is not positive, or ``looks`` do not divide ``steps``.
    """
    if not factor > 0:
        raise ValueError(f"factor must be positive, got {factor}")
    if looks < 1 or steps < looks or steps % looks:
        raise ValueError(f"looks must divide steps, got {looks} and {steps}")
    fit_key, draw_key = jax.random.split(key)
    optimizer = replace(contender, learning_rate=factor * contender.learning_rate).optimizer(steps)

    def begin(key: Key[Array, ""]) -> Guarded:
        return Guarded(contender.begin(optimizer, key), jnp.array(True), jnp.array(0))

    states: Any = None
    shares, stride = np.empty((2, looks, seeds)), steps // looks
    for look in range(looks):
        states, _ = fit_seeds(
            _guarded_step(contender),
            begin,
            contender.data,
            fit_key,
            seeds=seeds,
            steps=stride,
            batch_size=contender.batch_size,
            states=states,
            start=look * stride,
        )
        drawn = draw_all(contender, states.state, len(real), key=jax.random.fold_in(draw_key, look))
        shares[:, look] = np.transpose([precision_recall(real, of_seed) for of_seed in drawn])
    return Outcomes(*shares, steps_finite=np.asarray(states.taken))


def failures(outcomes: Outcomes, *, reference: float) -> int:
    """How many seeds end with a score below half of the reference.

    Args:
        outcomes: of one learning rate.
        reference: a score that the family can reach.
    """
    return int(np.sum(outcomes.score[-1] < reference / 2))


@lru_cache(maxsize=8)  # the same function for every learning rate: compiled once
def _guarded_step(contender: Contender):
    def step(guarded: Guarded, batch: Array, key: Key[Array, ""]):
        state, metrics = contender.step(guarded.state, batch, key)
        finite = guarded.finite & _all_finite((state, metrics))
        state = jax.tree.map(lambda new, old: jnp.where(finite, new, old), state, guarded.state)
        metrics = {name: jnp.where(finite, value, 0) for name, value in metrics.items()}
        return Guarded(state, finite, guarded.taken + finite), metrics

    return step


def _all_finite(tree: Any) -> Array:
    leaves = [leaf for leaf in jax.tree.leaves(tree) if jnp.issubdtype(leaf.dtype, jnp.inexact)]
    return jnp.all(jnp.array([jnp.isfinite(leaf).all() for leaf in leaves]))
