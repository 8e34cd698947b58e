"""``python -m coreformulas compare growth``: costs against width and against the size of images."""

import argparse
from typing import Any

import jax
from jaxtyping import Array, Key

from coreformulas.comparison.digits_run import digits_contenders
from coreformulas.comparison.growth import exponents, measure_costs
from coreformulas.comparison.record import digest

__all__ = ["SIDES", "WIDTHS", "add_options", "compare"]

WIDTHS = (1, 2, 4, 8)
SIDES = (8, 16, 24)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this measurement to a parser."""
    parser.add_argument("--seed", type=int, required=True, help="of the key of the first weights")
    parser.add_argument("--widths", type=int, nargs="+", default=list(WIDTHS))
    parser.add_argument("--sides", type=int, nargs="+", default=list(SIDES), help="in pixels")


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """Measure every family at every width and size, and return the record.

    Raises:
        ValueError: if an option is out of range.
    """
    for name, sizes in (("--widths", options.widths), ("--sides", options.sides)):
        if len(sizes) < 2 or sorted(set(sizes)) != sizes:
            raise ValueError(f"{name} must be at least two rising numbers, got {sizes}")
    width_key, side_key = jax.random.split(jax.random.key(options.seed))
    by_width = _grow("width", options.widths, options.widths, key=width_key)
    pixels = [side**2 for side in options.sides]
    by_pixels = _grow("side", options.sides, pixels, key=side_key)
    return {
        "seed": options.seed,
        "digest": digest(digits_contenders()),
        "by_width": by_width,
        "by_pixels": by_pixels,
    }


def _grow(argument: str, values: list[int], sizes: list[int], *, key: Key[Array, ""]):
    """Costs of each family at each size, and the exponents between them."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for place, value in enumerate(values):
        size_key = jax.random.fold_in(key, place)
        contenders = digits_contenders(**{argument: value})
        keys = jax.random.split(size_key, len(contenders))
        for own_key, (family, contender) in zip(keys, contenders.items(), strict=True):
            found = measure_costs(contender, key=own_key)
            rows.setdefault(family, []).append(found)
            print(f"{family} {argument} {value}: {found['seconds_per_step']:.5f} s", flush=True)
    return {
        "sizes": sizes,
        "families": {
            family: {"costs": costs, "exponents": exponents(sizes, costs)}
            for family, costs in rows.items()
        },
    }
