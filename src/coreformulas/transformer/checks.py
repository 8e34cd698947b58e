"""Checks of tokens, made where they are known: outside compiled code."""

import jax
import jax.core
import numpy as np
from jax import Array

__all__ = ["require_filled", "require_tokens"]


def require_filled(name: str, array: Array | np.ndarray) -> None:
    """Raise if an array has no entries."""
    if 0 in array.shape:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}")


def require_tokens(
    name: str, tokens: Array | np.ndarray, vocabulary: int, longest: int | None = None
) -> None:
    """Raise unless the tokens belong to the vocabulary and no sequence is too long.

    Shapes are checked always, values only where they are known: not while a function is traced.
    """
    require_filled(name, tokens)
    if longest is not None and tokens.shape[-1] > longest:
        raise ValueError(f"{name} must have at most {longest} tokens, got {tokens.shape[-1]}")
    if isinstance(tokens, jax.core.Tracer):
        return
    values = np.asarray(tokens)
    for value in (values.min(), values.max()):
        if not 0 <= value < vocabulary:
            raise ValueError(
                f"{name} must hold tokens from 0 to {vocabulary - 1}, got {int(value)}"
            )
