"""What is kept of a race: budgets, costs and first losses of each contender."""

import hashlib
import json
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Key

from coreformulas.comparison.contenders import Contender
from coreformulas.comparison.costs import costs, parameter_counts, sampling_seconds
from coreformulas.comparison.race import Trained
from coreformulas.comparison.scores import Score

__all__ = ["EARLY_STEPS", "budgets", "contender_record", "digest", "score_record"]

EARLY_STEPS = 20
"""The mean losses of so many first steps are kept: a short run can be held against them."""
ALLOWED = 1.1  # largest over smallest


def digest(contenders: dict[str, Contender]) -> str:
    """The first 16 digits of the SHA-256 of all settings of all contenders."""
    settings = {name: contender.settings() for name, contender in contenders.items()}
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def contender_record(
    contender: Contender, trained: Trained, *, key: Key[Array, ""]
) -> dict[str, Any]:
    """Settings, time, and costs of one contender; measures the seconds of drawing."""
    trained_numbers, drawing_numbers = parameter_counts(contender)
    counted = costs(contender)
    many_key, one_key = jax.random.split(key)
    first = jax.tree.map(lambda leaf: leaf[0], trained.states)
    seeds = len(next(iter(trained.metrics.values()))[0])
    kept = trained.kept_after
    return {
        **contender.settings(),
        "parameters": trained_numbers,
        "parameters_to_sample": drawing_numbers,
        "steps": trained.steps,
        "wall_seconds": round(trained.wall_seconds, 2),
        "processor_seconds": round(trained.processor_seconds, 2),
        "compile_seconds": round(trained.compile_seconds, 2),
        "seconds_per_step": trained.wall_seconds / (trained.steps * seeds),
        **counted._asdict(),
        "seconds_per_thousand_samples": sampling_seconds(contender, first, 1000, key=many_key),
        "seconds_for_one_sample": sampling_seconds(contender, first, 1, key=one_key),
        "early_losses": {
            name: np.round(values[:EARLY_STEPS].mean(axis=0), 5).tolist()
            for name, values in trained.metrics.items()
        },
        "kept_after": None if kept is None else kept.tolist(),
    }


def score_record(scores: list[Score]) -> dict[str, Any]:
    """Nats of every seed, each list None where there is no score."""
    if not scores:
        names = (
            "negative_log_likelihood",
            "negative_log_likelihood_standard_error",
            "negative_elbo",
        )
        return dict.fromkeys(names) | {"negative_log_likelihood_kind": "none"}
    elbos = [score.negative_elbo for score in scores if score.negative_elbo is not None]
    return {
        "negative_log_likelihood": [round(s.negative_log_likelihood, 5) for s in scores],
        "negative_log_likelihood_standard_error": [round(s.standard_error, 5) for s in scores],
        "negative_log_likelihood_kind": scores[0].kind,
        "negative_elbo": [round(nats, 5) for nats in elbos] or None,
    }


def budgets(families: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Largest over smallest of what was to be equal, and of the processors' time.

    Raises:
        ValueError: if the parameters or the seconds on the clock differ by more than 10 %.
    """
    found = {}
    for name in ("parameters", "wall_seconds", "processor_seconds"):
        values = [record[name] for record in families.values()]
        ratio = max(values) / min(values)
        if ratio > ALLOWED and name != "processor_seconds":
            raise ValueError(f"{name} must agree within 10 %, got {values}")
        found[f"{name.removesuffix('_seconds')}_ratio"] = round(ratio, 4)
    return found
