"""``python -m coreformulas compare stability``: which runs fail, at which learning rates."""

import argparse
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Key

from coreformulas.comparison.contenders import Contender
from coreformulas.comparison.digits_run import counts_of, digits_contenders
from coreformulas.comparison.record import digest
from coreformulas.comparison.stability import Outcomes, failures, stress
from coreformulas.datasets import load

__all__ = ["FACTORS", "add_options", "compare", "keys_of", "stability_contenders"]

FACTORS = (0.25, 1.0, 4.0, 16.0, 64.0)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this measurement to a parser."""
    parser.add_argument("--seeds", type=int, default=5, help="of each family and learning rate")
    parser.add_argument("--seed", type=int, required=True, help="of the key that all come from")
    parser.add_argument("--steps", type=int, default=1000, help="of each run")
    parser.add_argument("--looks", type=int, default=4, help="how often samples are looked at")


def stability_contenders() -> dict[str, Contender]:
    """The contenders on digits, and the GAN without its penalty beside the one that has it."""
    contenders = digits_contenders()
    return {
        "vae": contenders["vae"],
        "gan": digits_contenders(r1=0)["gan"],
        "gan-r1": contenders["gan"],
        "transformer": contenders["transformer"],
    }


def keys_of(seed: int) -> dict[str, Key[Array, ""]]:
    """The key of each contender; the same at all learning rates, so that only these differ."""
    names = ("vae", "gan", "gan-r1", "transformer")
    return dict(zip(names, jax.random.split(jax.random.key(seed), len(names)), strict=True))


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """Train every contender at every learning rate, and return the record.

    A run has failed when its score is below half of the best that its family reaches: the highest
    median over the seeds at any learning rate, for a GAN with or without the penalty.

    Raises:
        ValueError: if an option is out of range.
    """
    if options.seeds < 2:
        raise ValueError(f"--seeds must be at least 2 for a standard error, got {options.seeds}")
    contenders, keys = stability_contenders(), keys_of(options.seed)
    found = {name: _at_all_rates(contenders[name], options, keys[name]) for name in contenders}
    best: dict[str, float] = {}
    for name, outcomes in found.items():
        family = contenders[name].family
        medians = [float(np.median(of_rate.score[-1])) for of_rate in outcomes]
        best[family] = max(best.get(family, 0.0), *medians)
    families = {
        name: contender.settings()
        | {
            "reference": round(best[contender.family], 4),
            "runs": [_record(of_rate, best[contender.family]) for of_rate in found[name]],
        }
        for name, contender in contenders.items()
    }
    return {
        "seed": options.seed,
        "seeds": options.seeds,
        "steps": options.steps,
        "factors": list(FACTORS),
        "digest": digest(contenders),
        "families": families,
    }


def _at_all_rates(
    contender: Contender, options: argparse.Namespace, key: Key[Array, ""]
) -> list[Outcomes]:
    real = counts_of(load("digits").test)
    found = []
    for factor in FACTORS:
        outcomes = stress(
            contender,
            real,
            factor=factor,
            steps=options.steps,
            looks=options.looks,
            seeds=options.seeds,
            key=key,
        )
        print(contender.family, factor, outcomes.score[-1].round(2), flush=True)
        found.append(outcomes)
    return found


def _record(outcomes: Outcomes, reference: float) -> dict[str, Any]:
    """Shares of each look and seed, and what they come to at the end."""
    return {
        "precision": np.round(outcomes.precision, 4).tolist(),
        "recall": np.round(outcomes.recall, 4).tolist(),
        "score": np.round(outcomes.score[-1], 4).tolist(),
        "drop": np.round(outcomes.score.max(axis=0) - outcomes.score[-1], 4).tolist(),
        "steps_finite": outcomes.steps_finite.tolist(),
        "failed": failures(outcomes, reference=reference),
    }
