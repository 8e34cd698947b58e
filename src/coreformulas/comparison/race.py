"""Training a contender from several seeds within a budget of time."""

import time
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key, Num

from coreformulas.comparison.contenders import Contender
from coreformulas.training import fit_seeds

__all__ = ["Trained", "draw_all", "train", "train_for"]

PARTS = 8  # between which a contender is looked at, where it has data kept back
OFF = 0.045  # a share; two budgets that are each met so closely lie within 10 % of each other
TRIES = 3
TRIAL = 100  # steps
ENOUGH = 0.05  # of the time, by which two trials must differ: starting a run takes time too


class Trained(NamedTuple):
    """What came of a run of several seeds.

    Attributes:
        states: those after the last step, or those that were best on the data kept back; with a
            leading axis of seeds.
        metrics: of each step and seed.
        steps: of each seed.
        kept_after: the step after which each seed's state was kept; None without data kept back.
        wall_seconds: of all seeds together, on the clock.
        processor_seconds: the same, of all processors.
        compile_seconds: on the clock, before the others began.
    """

    states: Any
    metrics: dict[str, Float[np.ndarray, "steps seeds"]]
    steps: int
    kept_after: Int[np.ndarray, " seeds"] | None
    wall_seconds: float
    processor_seconds: float
    compile_seconds: float


def train(
    contender: Contender,
    *,
    steps: int,
    seeds: int,
    key: Key[Array, ""],
    first_steps: int | None = None,
    workers: int | None = None,
) -> Trained:
    """Train from several seeds, everything compiled before the clock starts.

    A contender with data kept back is measured on them eight times on the way, which counts as
    training time, and of each seed the best state is kept.

    Args:
        contender: what is trained.
        steps: of each seed, at least 1; the learning rate falls to zero in that many.
        seeds: how many, at least 1. Seed i comes out the same however many there are.
        key: from ``jax.random.key``.
        first_steps: stop after so many of ``steps``.
        workers: as for :func:`coreformulas.training.fit_seeds`.

    Raises:
        ValueError: if a number is out of range.
    """
    if steps < 1 or not 1 <= (first_steps or steps) <= steps:
        raise ValueError(
            f"steps must be at least 1 and first_steps from 1 to steps, got {steps} and "
            f"{first_steps}"
        )
    fit_key, validate_key = jax.random.split(key)
    together = partial(
        fit_seeds,
        contender.step,
        partial(contender.begin, contender.optimizer(steps)),
        contender.data,
        fit_key,
        seeds=seeds,
        batch_size=contender.batch_size,
        workers=workers,
    )
    judge, parts = _judge(contender, validate_key), 1 if contender.validate is None else PARTS
    began = time.perf_counter()
    _run(together, judge, 2, min(parts, 2))  # in two parts: to go on from states is compiled too
    compiled, busy = time.perf_counter(), time.process_time()
    states, metrics, kept_after = _run(together, judge, first_steps or steps, parts)
    jax.block_until_ready(states)
    return Trained(
        states=states,
        metrics=metrics,
        steps=steps,
        kept_after=kept_after,
        wall_seconds=time.perf_counter() - compiled,
        processor_seconds=time.process_time() - busy,
        compile_seconds=compiled - began,
    )


def train_for(
    contender: Contender,
    seconds: float | int,
    *,
    seeds: int,
    key: Key[Array, ""],
    workers: int | None = None,
    tolerance: float | None = OFF,
) -> Trained:
    """Train for so many seconds on the clock, compilation not counted.

    The learning rate must know beforehand how many steps there will be. So short runs, which are
    thrown away, tell the seconds of a step. Where the time taken is off by more than 4.5 %,
    training starts again, with the number of steps corrected.

    Args:
        contender: what is trained.
        seconds: for all seeds together.
        seeds: how many, at least 1.
        key: from ``jax.random.key``.
        workers: as for :func:`coreformulas.training.fit_seeds`.
        tolerance: by what share the time may be off; None takes the first run as it comes.

    Raises:
        ValueError: if ``seconds`` is not positive, and as :func:`train`.
        RuntimeError: if the third try is off too: the machine is busy with something else.
    """
    if not seconds > 0:
        raise ValueError(f"seconds must be positive, got {seconds}")
    run = partial(train, contender, seeds=seeds, key=key, workers=workers)
    shorter, trial = run(steps=TRIAL), run(steps=4 * TRIAL)
    while trial.wall_seconds - shorter.wall_seconds < ENOUGH * seconds:
        shorter, trial = trial, run(steps=4 * trial.steps)
    each = (trial.wall_seconds - shorter.wall_seconds) / (trial.steps - shorter.steps)
    before = max(0.0, trial.wall_seconds - trial.steps * each)  # what it takes besides its steps
    for _ in range(TRIES):
        trial = run(steps=max(1, round((seconds - before) / each)))
        if tolerance is None or abs(trial.wall_seconds / seconds - 1) < tolerance:
            return trial
        print(f"{contender.family}: {trial.wall_seconds:.1f} s instead of {seconds:g} s")
        each = (trial.wall_seconds - before) / trial.steps
    raise RuntimeError(
        f"{contender.family} took {trial.wall_seconds:.1f} s instead of {seconds:g} s in the last "
        f"of {TRIES} tries; is the machine busy with something else?"
    )


def draw_all(
    contender: Contender, states: Any, count: int, *, key: Key[Array, ""]
) -> Num[np.ndarray, "seeds count data"]:
    """Samples of every seed, compiled."""
    seeds = len(jax.tree.leaves(states)[0])
    return np.asarray(_drawing(contender, count)(states, jax.random.split(key, seeds)))


@lru_cache(maxsize=16)  # so that nothing is compiled twice
def _drawing(contender: Contender, count: int):
    return jax.jit(jax.vmap(lambda state, key: contender.draw(state, count, key)))


def _judge(contender: Contender, key: Key[Array, ""]):
    """The loss of each seed on the data kept back, with the same noise each time; None without."""
    if contender.validate is None:
        return lambda states: None  # noqa: ARG005
    judge = jax.jit(jax.vmap(contender.validate, in_axes=(0, None)))
    return lambda states: np.asarray(judge(states, key))


def _run(together, judge, steps: int, parts: int):
    """Train in parts, and keep of each seed the state that is judged best."""
    stops = np.unique(np.linspace(0, steps, parts + 1).round().astype(int))
    states = best = best_losses = None
    kept_after: Any = None
    histories = []
    for start, stop in pairwise(stops):
        states, history = together(steps=int(stop - start), states=states, start=int(start))
        histories.append(history)
        losses = judge(states)
        if losses is None:
            best = states
        elif best_losses is None:
            best, best_losses, kept_after = states, losses, np.full(len(losses), stop)
        else:
            better = losses < best_losses
            best = jax.tree.map(partial(_choose, better), states, best)
            best_losses = np.where(better, losses, best_losses)
            kept_after = np.where(better, stop, kept_after)
    metrics = {
        name: np.concatenate([history[name] for history in histories])
        for name in histories[0].metrics
    }
    return best, metrics, kept_after


def _choose(better: np.ndarray, new: Array, old: Array) -> Array:
    return jnp.where(better.reshape(-1, *[1] * (new.ndim - 1)), new, old)
