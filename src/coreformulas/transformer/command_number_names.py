"""``train transformer --data number-names``: English number names into Chinese numerals."""

from typing import Any

import jax
import numpy as np

from coreformulas.datasets import CHINESE, ENGLISH, sample_numbers
from coreformulas.transformer.numerals import is_translated, number_pairs
from coreformulas.transformer.recipe import Recipe
from coreformulas.transformer.run import train_by

__all__ = ["RECIPE", "train"]

RECIPE = Recipe(
    width=64,
    heads=4,
    layers=1,
    hidden=128,
    dropout=0.0,
    smoothing=0.1,
    steps=700,
    batch_size=128,
    learning_rate=6e-3,
    warm_up=100,
)
EXAMPLES = 100_000
MOST_DIGITS = 8
"""Of the numbers that are trained on."""
TEST_NUMBERS = 1000
"""Of each length, or as many as are held out."""


def train(seed: int, recipe: Recipe) -> dict[str, Any]:
    """Train below 10 to the power of 8, and return the record: share of right numerals by length.

    Raises:
        ValueError: if the recipe is out of range.
    """
    numbers_key, weights_key, key, test_key = jax.random.split(jax.random.key(seed), 4)
    numbers = sample_numbers(EXAMPLES, digits=(1, MOST_DIGITS), held_out=False, key=numbers_key)
    config = recipe.translator(
        length=24, source_vocabulary=len(ENGLISH), target_vocabulary=len(CHINESE)
    )
    model, record = train_by(
        recipe, config, number_pairs(numbers), weights_key=weights_key, key=key
    )
    results = {}
    for digits in range(1, 13):
        length_key = jax.random.fold_in(test_key, digits)
        drawn = sample_numbers(TEST_NUMBERS, digits=(digits, digits), held_out=True, key=length_key)
        right = is_translated(model, np.unique(drawn))
        results[digits] = {"numbers": len(right), "right": int(right.sum())}
    return {
        **record,
        "examples": {"training": EXAMPLES},
        "results": {"by_digits": results},
    }
