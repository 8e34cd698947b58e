"""What the figures of the minimax game, the online softmax and recorded training are given."""

import jax
import numpy as np
from flax import nnx

from coreformulas.live import pack_range, unpack_weights

MINIMAX = {"width": 0.7, "apart": 3.0, "start": {"mean": 1.5, "width": 0.7}}
ROWS = np.random.default_rng(5).normal(size=(12, 3))
ONLINE = {"scores": (2 * ROWS[:, 0]).tolist(), "values": ROWS.tolist(), "block": 5}


def film(count: int = 40, side: int = 6) -> dict:
    """A recording of nothing, in the shape of one."""
    rng = np.random.default_rng(1)
    stops = [10, 200, 450]
    runs = [
        {
            "name": name,
            "samples": pack_range(rng.normal(size=(3, count, 2)), low=-1.6, high=1.6),
            "field": pack_range(rng.random((3, side, side)), low=0, high=1),
            "found": (rng.random((3, 4)) < 0.6).tolist(),
            "quality": rng.random(3).round(4).tolist(),
        }
        for name in ("plain GAN", "R1")
    ]
    means = [[1, 0], [0, 1], [-1, 0], [0, -1]]
    return {"stops": stops, "means": means, "extent": 1.6, "side": side, "runs": runs}


def rounded(module: nnx.Module, packed: dict) -> nnx.Module:
    """The module with the weights that the page reads."""
    parameters = nnx.state(module, nnx.Param)
    leaves = jax.tree.leaves(unpack_weights(packed))
    nnx.update(module, jax.tree.unflatten(jax.tree.structure(parameters), leaves))
    return module
