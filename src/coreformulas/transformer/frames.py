"""Sounds of several lengths in one array, which is what a recognizer reads."""

from typing import NamedTuple

import jax.core
import numpy as np
from jaxtyping import Array, Float, Integer

from coreformulas.transformer.checks import require_filled

__all__ = ["Frames", "require_frames"]


class Frames(NamedTuple):
    """Sounds as frames, one vector for each moment.

    Attributes:
        values: anything behind the last frame of a sound; nothing looks at it.
        lengths: frames of each sound.
    """

    values: Float[Array | np.ndarray, "batch frames bands"]
    lengths: Integer[Array | np.ndarray, " batch"]


def require_frames(frames: Frames, bands: int, longest: int) -> None:
    """Raise unless there are sounds, of so many bands, and none is empty or too long.

    Shapes are checked always, values only where they are known: not while a function is traced.
    """
    values, lengths = frames
    require_filled("source", values)
    if values.ndim != 3 or values.shape[2] != bands:
        raise ValueError(f"source must have the shape (batch, frames, {bands}), got {values.shape}")
    if lengths.shape != values.shape[:1]:
        raise ValueError(
            f"lengths must be {values.shape[0]} numbers, one for each sound, got {lengths.shape}"
        )
    if values.shape[1] > longest:
        raise ValueError(f"source must have at most {longest} frames, got {values.shape[1]}")
    if isinstance(lengths, jax.core.Tracer):
        return
    for length in (int(np.min(lengths)), int(np.max(lengths))):
        if not 1 <= length <= values.shape[1]:
            raise ValueError(f"lengths must be from 1 to {values.shape[1]}, got {length}")
