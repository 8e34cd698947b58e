"""Readings of cost: operations, memory and time, and how they grow."""

import numpy as np

from coreformulas.comparison.readings import Quantity, Reading, Records

__all__ = [
    "attention_memory",
    "gan_growth",
    "operations",
    "transformer_growth",
    "vae_growth",
    "width_growth",
]

MILLION = 1e6


def _exponents(records: Records, by: str, family: str) -> dict[str, list[float]]:
    return records("comparison-growth")[by]["families"][family]["exponents"]


def _growth(records: Records, family: str) -> dict[str, Quantity]:
    """Exponents in the number of pixels, between the two largest sizes."""
    found = _exponents(records, "by_pixels", family)
    return {
        "in_operations": Quantity(found["flops_per_example"][-1]),
        "in_memory": Quantity(found["bytes_per_step"][-1]),
        "in_time": Quantity(found["seconds_per_step"][-1]),
    }


def operations(records: Records) -> Reading:
    """Millions of operations of a training step for each example, digits, at equal weights."""
    kept = records("comparison-digits")
    per_example = {
        name: record["flops_per_example"] / MILLION for name, record in kept["families"].items()
    }
    found = {f"operations_{name}": Quantity(value) for name, value in per_example.items()}
    found["gan_over_vae"] = Quantity(per_example["gan"] / per_example["vae"])
    found["transformer_over_vae"] = Quantity(per_example["transformer"] / per_example["vae"])
    supports = kept["budgets"]["parameters_ratio"] < 1.1
    supports &= per_example["vae"] < per_example["gan"] < per_example["transformer"]
    words = "with as many weights, operations rise from VAE to GAN to Transformer"
    return Reading(found, words, supports)


def vae_growth(records: Records) -> Reading:
    """How the VAE's costs grow with the pixels: the exponents between the largest images."""
    found = _growth(records, "vae")
    supports = found["in_operations"].value < 0.95 and found["in_memory"].value < 0.95
    return Reading(found, "operations and memory grow slower than the pixels", supports)


def gan_growth(records: Records) -> Reading:
    """How the GAN's costs grow with the pixels: the exponents between the largest images."""
    found = _growth(records, "gan")
    supports = abs(found["in_operations"].value - 1) < 0.05
    return Reading(found, "operations grow like the pixels", supports)


def transformer_growth(records: Records) -> Reading:
    """How the Transformer's costs grow with the length: the exponents between the longest."""
    found = _growth(records, "transformer")
    exponents = _exponents(records, "by_pixels", "transformer")["flops_per_example"]
    found["first_in_operations"] = Quantity(exponents[0])
    supports = 1.1 < exponents[0] < exponents[-1] < 2 and found["in_memory"].value > 1.5
    words = "operations grow faster than the length, and ever more so, memory too"
    return Reading(found, words, supports)


def width_growth(records: Records) -> Reading:
    """How weights grow with the width of a network: the exponents between the widest."""
    found = {
        f"width_{name}": Quantity(_exponents(records, "by_width", name)["parameters"][-1])
        for name in ("vae", "gan", "transformer")
    }
    supports = all(1.7 < quantity.value <= 2 for quantity in found.values())
    return Reading(found, "the weights of all three grow nearly like the square", supports)


def attention_memory(records: Records) -> Reading:
    """Exponents in the length of the memory of attention: the formula as it stands, and in
    chunks.
    """
    rows = [row for row in records("attention")["lengths"] if row["length"] >= 1024]
    lengths = np.log([row["length"] for row in rows])
    found = {}
    for name in ("plain", "chunked"):
        extra = np.log([row["extra_bytes"][name]["forward"] for row in rows])
        found[name] = Quantity(float((extra[-1] - extra[0]) / (lengths[-1] - lengths[0])))
    supports = abs(found["plain"].value - 2) < 0.05 and found["chunked"].value < 1.1
    return Reading(found, "quadratic as it stands, at most linear in chunks", supports)
