"""``python -m coreformulas train transformer``: train on one data set and measure the result.

Each data set has a file of its own with what it takes by default (``RECIPE``) and a function
``train(seed, recipe) -> record``.
"""

import argparse
from dataclasses import asdict, fields, replace
from typing import Any

from coreformulas.transformer import (
    command_morse,
    command_multi30k,
    command_number_names,
    command_spoken_digits,
    command_tiny_shakespeare,
)
from coreformulas.transformer.recipe import Recipe

__all__ = ["DATA", "add_options", "train"]

DATA = {
    "number-names": command_number_names,
    "multi30k": command_multi30k,
    "tiny-shakespeare": command_tiny_shakespeare,
    "morse": command_morse,
    "fsdd": command_spoken_digits,
}
"""The data sets by name, each with a recipe and a function that trains and measures."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``train transformer`` to a parser."""
    parser.add_argument("--data", choices=tuple(DATA), required=True, help="the data set")
    parser.add_argument("--seed", type=int, required=True, help="of weights, order and draws")
    example = next(iter(DATA.values())).RECIPE
    for field in fields(Recipe):
        defaults = ", ".join(f"{getattr(m.RECIPE, field.name)} for {n}" for n, m in DATA.items())
        name = "--" + field.name.replace("_", "-")
        parser.add_argument(
            name, type=type(getattr(example, field.name)), help=f"by default {defaults}"
        )


def train(options: argparse.Namespace) -> dict[str, Any]:
    """Train, measure, and return the record: recipe, model, seconds, results.

    Raises:
        ValueError: if an option is out of range.
        DatasetError: if the data cannot be read.
    """
    chosen = DATA[options.data]
    given = {field.name: getattr(options, field.name) for field in fields(Recipe)}
    changes = {name: value for name, value in given.items() if value is not None}
    recipe = replace(chosen.RECIPE, **changes)
    return {"data": options.data, "recipe": asdict(recipe)} | chosen.train(options.seed, recipe)
