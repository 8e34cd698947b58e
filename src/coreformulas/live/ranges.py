"""Numbers of one range as text that a page can hold, a byte for each."""

import base64
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["pack_range", "unpack_range"]

LEVELS = 255


def pack_range(values: ArrayLike, *, low: float, high: float) -> dict[str, Any]:
    """Round numbers to 256 levels from ``low`` to ``high``.

    What lies outside is put at the nearer end, as at the edge of a drawing.

    Args:
        values: array of any shape, finite.
        low: of the range.
        high: of the range, above ``low``.

    Returns:
        ``{"low", "high", "bytes"}`` for JSON; the bytes row by row, in base64.

    Raises:
        ValueError: if the range is empty, or a value is not finite.
    """
    if not low < high:
        raise ValueError(f"high must be above low, got low {low} and high {high}")
    values = np.asarray(values, float)
    if not np.isfinite(values).all():
        raise ValueError(f"values must be finite, got {values[~np.isfinite(values)][0]}")
    levels = np.rint(LEVELS * (np.clip(values, low, high) - low) / (high - low))
    text = base64.b64encode(levels.astype(np.uint8).tobytes()).decode()
    return {"low": low, "high": high, "bytes": text}


def unpack_range(packed: dict[str, Any]) -> np.ndarray:
    """The rounded numbers in one row, as the page reads them."""
    levels = np.frombuffer(base64.b64decode(packed["bytes"]), np.uint8)
    return packed["low"] + (packed["high"] - packed["low"]) * levels / LEVELS
