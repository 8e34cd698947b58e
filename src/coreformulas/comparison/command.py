"""``python -m coreformulas compare grid`` or ``digits``: race the three families on one target."""

import argparse
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Key

from coreformulas import vae
from coreformulas.comparison.contenders import Contender
from coreformulas.comparison.digits_run import (
    DigitsJudge,
    digits_contenders,
    digits_reference,
    digits_score,
)
from coreformulas.comparison.grid_run import (
    GRID_SAMPLES,
    grid_contenders,
    grid_measures,
    grid_reference,
    grid_score,
)
from coreformulas.comparison.race import Trained, draw_all, train_for
from coreformulas.comparison.record import budgets, contender_record, digest, score_record
from coreformulas.comparison.scores import Score

__all__ = ["TARGETS", "Keys", "add_options", "compare", "keys_of"]

TARGETS = ("grid", "digits")
FAMILIES = ("vae", "gan", "transformer")
DIGITS_SAMPLES = 1000
KEPT_POINTS, KEPT_IMAGES = 400, 40


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a race to a parser."""
    parser.add_argument("--seeds", type=int, default=5, help="how many of each family")
    parser.add_argument("--seed", type=int, required=True, help="of the key that all come from")
    parser.add_argument(
        "--seconds", type=float, required=True, help="for each family, all seeds together"
    )
    parser.add_argument(
        "--samples", type=int, default=500, help="draws of z for each example, to score the VAE"
    )
    parser.add_argument("--workers", type=int, help="threads; one a processor by default")


class Keys(NamedTuple):
    """Every key of a run: one for each use."""

    data: Key[Array, ""]
    reference: Key[Array, ""]
    families: dict[str, dict[str, Key[Array, ""]]]


def keys_of(seed: int) -> Keys:
    """All keys that follow from the option ``--seed``."""
    data, reference, *families = jax.random.split(jax.random.key(seed), 2 + len(FAMILIES))
    uses = ("train", "cost", "score", "draw", "mean")
    return Keys(
        data,
        reference,
        {
            name: dict(zip(uses, jax.random.split(key, len(uses)), strict=True))
            for name, key in zip(FAMILIES, families, strict=True)
        },
    )


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """Train and measure the three families on ``options.subject``, and return the record.

    Raises:
        ValueError: if an option is out of range, or a budget was not kept.
    """
    if options.seeds < 2:
        raise ValueError(f"--seeds must be at least 2 for a standard error, got {options.seeds}")
    run = _grid if options.subject == "grid" else _digits
    contenders, families, reference = run(options, keys_of(options.seed))
    return {
        "target": options.subject,
        "seed": options.seed,
        "seeds": options.seeds,
        "seconds": options.seconds,
        "digest": digest(contenders),
        "budgets": budgets(families),
        "families": families,
        "reference": reference,
    }


def _grid(options: argparse.Namespace, keys: Keys):
    contenders, families = grid_contenders(key=keys.data), {}
    for name, uses in keys.families.items():
        contender = contenders[name]
        trained, families[name] = _train(contender, options, grid_score, uses)
        samples = draw_all(contender, trained.states, GRID_SAMPLES, key=uses["draw"])
        families[name] |= grid_measures(samples)
        kept = np.asarray(samples[0, :KEPT_POINTS], float).round(3)
        families[name]["samples"] = kept.tolist()
    return contenders, families, grid_reference(seeds=options.seeds, key=keys.reference)


def _digits(options: argparse.Namespace, keys: Keys):
    contenders, families, judge = digits_contenders(), {}, DigitsJudge()
    for name, uses in keys.families.items():
        contender = contenders[name]
        trained, families[name] = _train(contender, options, digits_score, uses)
        samples = draw_all(contender, trained.states, DIGITS_SAMPLES, key=uses["draw"])
        found = [judge.measure(drawn) for drawn in samples]
        families[name] |= {measure: [row[measure] for row in found] for measure in found[0]}
        families[name]["sharpness_of_expected"] = _sharpness_of_expected(
            contender, trained, judge, uses["mean"]
        )
        families[name]["samples"] = samples[0, :KEPT_IMAGES].tolist()
    reference = digits_reference() | {"test": judge.real(key=keys.reference)}
    return contenders, families, reference


def _train(
    contender: Contender,
    options: argparse.Namespace,
    score: Callable[..., Score | None],
    keys: dict[str, Key[Array, ""]],
) -> tuple[Trained, dict[str, Any]]:
    """Train one contender, and record all that both targets have in common."""
    trained = train_for(
        contender, options.seconds, seeds=options.seeds, key=keys["train"], workers=options.workers
    )
    print(
        f"{contender.family}: {trained.steps} steps of {options.seeds} seeds in "
        f"{trained.wall_seconds:.1f} s, compiled in {trained.compile_seconds:.1f} s"
    )
    scores = []
    for seed in range(options.seeds):
        state = jax.tree.map(lambda leaf, seed=seed: leaf[seed], trained.states)
        key = jax.random.fold_in(keys["score"], seed)
        scores.append(score(contender, state, samples=options.samples, key=key))
    record = contender_record(contender, trained, key=keys["cost"])
    return trained, record | score_record([found for found in scores if found is not None])


def _sharpness_of_expected(
    contender: Contender, trained: Trained, judge: DigitsJudge, key: Key[Array, ""]
) -> list[float] | None:
    """Of the mean images E[x | z] of a VAE, which are often shown as its samples."""
    config = contender.config
    if not isinstance(config, vae.VAEConfig):
        return None

    @jax.jit
    @jax.vmap
    def means(state, key):
        model = vae.to_model(config, state)
        return vae.sample(model, DIGITS_SAMPLES, key=key).expected

    seeds = len(jax.tree.leaves(trained.states)[0])
    images = np.asarray(means(trained.states, jax.random.split(key, seeds)))
    return [judge.sharpness(of_seed) for of_seed in images]
