"""What depth does to the gradient of a Transformer before training, by how layers are wired."""

from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Key

from coreformulas import transformer
from coreformulas.transformer import StackConfig

__all__ = ["depth"]

LAYERS, WIDTH, LENGTH, CLASSES = 24, 64, 16, 50
WIRINGS = ("bare", "residual", "post", "pre")


def depth(*, seeds: int, key: Key[Array, ""]) -> dict[str, Any]:
    """Powers of ten by which the gradient's norm changes from the output of 24 layers to the input.

    Layers have fresh weights and causal attention; the loss is the cross-entropy of random labels.
    """
    config = StackConfig(width=WIDTH, hidden=WIDTH, heads=4, layers=LAYERS)
    branches = transformer.layer_branches(config)
    readout_key, label_key, stack_key = jax.random.split(key, 3)
    keys = [jax.random.fold_in(stack_key, seed) for seed in range(seeds)]
    readout = jax.random.normal(readout_key, (WIDTH, CLASSES)) / np.sqrt(WIDTH)
    labels = jax.random.randint(label_key, (4, LENGTH), 0, CLASSES)

    def loss(last: Array) -> Array:
        return transformer.sequence_cross_entropy(last @ readout, labels)

    powers: dict[str, list[float]] = {wiring: [] for wiring in WIRINGS}
    for one in keys:
        weights_key, inputs_key = jax.random.split(one)
        weights = transformer.fresh_weights(config, key=weights_key)
        inputs = jax.random.normal(inputs_key, (4, LENGTH, WIDTH))
        for wiring in WIRINGS:
            found = transformer.depth_profile(branches, weights, inputs, loss, wiring=wiring)
            ratio = float(found.gradient[0] / found.gradient[-1])
            powers[wiring].append(round(float(np.log10(ratio)), 4))
    return {"layers": LAYERS, "powers_of_ten": powers}
