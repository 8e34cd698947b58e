"""Readings of stability: learning rates, seeds and modes."""

import numpy as np

from coreformulas.comparison.readings import Quantity, Reading, Records, over_seeds

__all__ = [
    "gan_stability",
    "modes_over_seeds",
    "ring_covered",
    "transformer_stability",
    "vae_stability",
]


def _failures(records: Records, name: str) -> dict[str, Quantity]:
    """Failed runs of one contender: at the usual rate, and at all rates."""
    kept = records("comparison-stability")
    runs, usual = kept["families"][name]["runs"], kept["factors"].index(1.0)
    return {
        "failed_usual": Quantity(runs[usual]["failed"]),
        "failed": Quantity(sum(run["failed"] for run in runs)),
        "runs": Quantity(kept["seeds"] * len(runs)),
        "good_rates": Quantity(sum(run["failed"] == 0 for run in runs)),
        "rates": Quantity(len(runs)),
        "score_usual": over_seeds(runs[usual]["score"]),
    }


def _stable(records: Records, name: str) -> Reading:
    found = _failures(records, name)
    runs = records("comparison-stability")["families"][name]["runs"]
    supports = all(run["failed"] == 0 for run in runs[1:-1]) and len(runs) >= 5
    words = "no seed fails but at the lowest and the highest of five learning rates"
    return Reading(found, words, supports)


def vae_stability(records: Records) -> Reading:
    """Failed runs of the VAE at five learning rates, from a quarter to 64 times the usual."""
    return _stable(records, "vae")


def transformer_stability(records: Records) -> Reading:
    """Failed runs of the Transformer at the same five learning rates."""
    return _stable(records, "transformer")


def gan_stability(records: Records) -> Reading:
    """Failed runs of the GAN with and without R1 at the same five learning rates."""
    plain, helped = _failures(records, "gan"), _failures(records, "gan-r1")
    found = {f"{name}_plain": value for name, value in plain.items()}
    found |= {f"{name}_r1": value for name, value in helped.items()}
    supports = plain["failed"].value > plain["runs"].value / 2
    supports &= plain["good_rates"].value == 0 and helped["failed_usual"].value == 0
    words = "without R1 there is no rate at which all seeds succeed; with it there is"
    return Reading(found, words, supports)


def _runs(records: Records, data: str) -> dict[str, dict]:
    runs = records("gan-mixtures")["runs"]
    return {run["settings"]["method"]: run for run in runs if run["settings"]["data"] == data}


def modes_over_seeds(records: Records) -> Reading:
    """Modes found of the 25 of the grid: the article's losses, and the same with R1."""
    runs = _runs(records, "grid")
    plain, helped = runs["gan"]["covered"], runs["r1"]["covered"]
    found = {
        "modes": over_seeds(plain),
        "fewest": Quantity(min(plain)),
        "most": Quantity(max(plain)),
        "fewest_r1": Quantity(min(helped)),
    }
    supports = min(plain) < max(plain) == 25 == min(helped)
    words = "the seed decides how many modes the article's losses find; with R1 all find all"
    return Reading(found, words, bool(supports))


def ring_covered(records: Records) -> Reading:
    """Modes found of the eight of the ring by the article's losses."""
    run = _runs(records, "ring")["gan"]
    found = {
        "ring_modes": Quantity(min(run["covered"])),
        "ring_seeds": Quantity(len(run["covered"])),
        "ring_quality": over_seeds(run["high_quality"], "%", scale=100),
    }
    supports = bool(np.all(np.asarray(run["covered"]) == 8)) and found["ring_quality"].value > 90
    words = "every seed covers all eight modes, with nine good samples of ten"
    return Reading(found, words, supports)
