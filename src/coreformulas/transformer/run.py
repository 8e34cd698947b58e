"""One training run by a recipe: the model, and what every command keeps of it."""

from dataclasses import asdict
from typing import Any

import jax
from jaxtyping import Array, Key

from coreformulas.training import Stopwatch, fit
from coreformulas.transformer.recipe import Recipe
from coreformulas.transformer.update import (
    Batch,
    Config,
    initial_state,
    make_update,
    to_model,
)

__all__ = ["size_of", "train_by"]

LAST = 100
"""Steps at the end over which the loss is averaged."""


def train_by(
    recipe: Recipe,
    config: Config,
    data: Batch,
    *,
    weights_key: Key[Array, ""],
    key: Key[Array, ""],
) -> tuple[Any, dict[str, Any]]:
    """Train a model of this configuration from fresh weights.

    Args:
        recipe: optimizer, smoothing, steps and batch size.
        config: of the model.
        data: all examples, as ``make_update`` takes a batch of them.
        weights_key: draws the weights.
        key: shuffles the data, and is for dropout.

    Returns:
        The model, and the record: its configuration and size, the seconds, the mean of the last
        losses.

    Raises:
        ValueError: if the recipe is out of range.
    """
    optimizer, watch = recipe.optimizer(), Stopwatch()
    state, history = fit(
        make_update(config, optimizer, smoothing=recipe.smoothing),
        jax.jit(lambda key: initial_state(config, optimizer, key=key))(weights_key),
        data,
        key,
        steps=recipe.steps,
        batch_size=recipe.batch_size,
    )
    jax.block_until_ready(state)
    record = {
        "model": asdict(config) | {"parameters": size_of(state.parameters)},
        "seconds": watch.read(compile_seconds=history.compile_seconds),
        "loss": round(float(history["loss"][-LAST:].mean()), 6),
    }
    return to_model(config, state), record


def size_of(parameters: Any) -> int:
    """How many numbers a tree of arrays holds."""
    return sum(leaf.size for leaf in jax.tree.leaves(parameters))
