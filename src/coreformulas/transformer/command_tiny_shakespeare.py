"""``train transformer --data tiny-shakespeare``: plays, one character after the other."""

from typing import Any

import jax
import numpy as np

from coreformulas.datasets import Text, load_text, windows
from coreformulas.transformer.continuation import text_loss
from coreformulas.transformer.model import LanguageModel
from coreformulas.transformer.recipe import Recipe
from coreformulas.transformer.run import train_by
from coreformulas.transformer.sampling import sample

__all__ = ["RECIPE", "train"]

RECIPE = Recipe(
    width=128,
    heads=4,
    layers=4,
    hidden=512,
    dropout=0.0,
    smoothing=0.0,
    steps=2000,
    batch_size=12,
    learning_rate=3e-3,
    warm_up=100,
)
"""Sizes, steps and batch of the run for a small computer in the README of nanoGPT."""
CONTEXT = 64
STRIDE = 5
"""Between the windows that are trained on: no divisor of the context, so they begin anywhere."""
PROMPT = "ROMEO:\n"
SAMPLES = {
    "temperature 1": {},
    "temperature 0.6": {"temperature": 0.6},
    "nucleus 0.9": {"nucleus": 0.9},
}


def train(seed: int, recipe: Recipe) -> dict[str, Any]:
    """Train on plays, and return the record: loss of the validation split, and what is written.

    Raises:
        DatasetError: if the text cannot be read.
        ValueError: if the recipe is out of range.
    """
    text = load_text("tiny-shakespeare")
    weights_key, key, draw_key = jax.random.split(jax.random.key(seed), 3)
    config = recipe.language_model(length=CONTEXT, vocabulary=len(text.characters))
    data = windows(text.train, CONTEXT + 1, stride=STRIDE)
    model, record = train_by(recipe, config, data, weights_key=weights_key, key=key)
    validation = text_loss(model, text.validation)
    return {
        **record,
        "examples": {"training": len(text.train), "validation": len(text.validation)},
        "results": {
            "validation": {"nats_per_character": round(validation, 6)},
            "samples": _samples(model, text, draw_key),
        },
    }


def _samples(model: LanguageModel, text: Text, key: jax.Array) -> dict[str, list[str]]:
    """Three texts of the model's length for each way of drawing."""
    prompt = np.tile(text.encode(PROMPT), (3, 1))
    count = model.config.length - prompt.shape[1]
    found = {}
    for place, (name, settings) in enumerate(SAMPLES.items()):
        drawn = sample(model, prompt, count, key=jax.random.fold_in(key, place), **settings)
        found[name] = [text.decode(row) for row in np.asarray(drawn)]
    return found
