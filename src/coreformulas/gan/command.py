"""``python -m coreformulas train gan``: count the modes that each method finds, over many seeds."""

import argparse
from dataclasses import asdict
from typing import Any

import jax
import numpy as np

from coreformulas.gan.experiment import (
    METHODS,
    MIXTURES,
    MixtureRun,
    MixtureSettings,
    train_on_mixture,
)

__all__ = ["EARLY_STEPS", "add_options", "train"]

EARLY_STEPS = 50
"""The mean losses of so many first steps are kept too: a short run can be held against them."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``train gan`` to a parser."""
    parser.add_argument("--data", nargs="+", choices=tuple(MIXTURES), default=list(MIXTURES))
    parser.add_argument("--method", nargs="+", choices=tuple(METHODS), default=list(METHODS))
    parser.add_argument("--seeds", type=int, default=10, help="how many of each")
    parser.add_argument("--seed", type=int, required=True, help="of the key that all come from")
    parser.add_argument("--steps", type=int, default=MixtureSettings.steps, help="of the generator")
    parser.add_argument("--workers", type=int, help="threads; one a processor by default")


def train(options: argparse.Namespace) -> dict[str, Any]:
    """Train every method on every mixture, and return the record, one number for each seed."""
    runs = []
    for data in options.data:
        for method in options.method:
            settings = MixtureSettings(data=data, method=method, steps=options.steps)
            run = train_on_mixture(
                settings,
                seeds=options.seeds,
                key=jax.random.key(options.seed),
                workers=options.workers,
            )
            runs.append(_record(settings, run))
            print(f"{data} {method}: {run.covered.mean():.1f} modes, {run.seconds:.0f} s")
    return {"seed": options.seed, "seeds": options.seeds, "runs": runs}


def _record(settings: MixtureSettings, run: MixtureRun) -> dict[str, Any]:
    return {
        "digest": settings.digest(),
        "settings": asdict(settings),
        "covered": run.covered.tolist(),
        "high_quality": np.round(run.high_quality, 4).tolist(),
        "reverse_kl": np.round(run.reverse_kl, 4).tolist(),
        "early_losses": {
            name: np.round(losses[:EARLY_STEPS].mean(axis=0), 6).tolist()
            for name, losses in run.losses.items()
        },
        "seconds": round(run.seconds, 1),
    }
