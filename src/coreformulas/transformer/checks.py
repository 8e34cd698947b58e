"""Checks of tokens, made where they are known, and of the shapes that attention takes."""

import jax
import jax.core
import numpy as np
from jax import Array

__all__ = ["require_filled", "require_heads", "require_mask", "require_tokens", "require_values"]


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


def require_heads(query: Array, key: Array) -> None:
    """Raise unless the queries can be compared with the keys."""
    for name, array in (("query", query), ("key", key)):
        if array.ndim < 3:
            raise ValueError(
                f"{name} must have the axes (..., length, heads, size), got shape {array.shape}"
            )
        require_filled(name, array)
    if query.shape[-1] != key.shape[-1]:
        raise ValueError(
            f"key must have the head size of query, {query.shape[-1]}, got {key.shape[-1]}"
        )
    if query.shape[-2] != key.shape[-2]:
        raise ValueError(
            f"key must have as many heads as query, {query.shape[-2]}, got {key.shape[-2]}"
        )
    if query.shape[:-3] != key.shape[:-3]:
        raise ValueError(
            f"key must have the batch axes of query, {query.shape[:-3]}, got {key.shape[:-3]}"
        )


def require_values(key: Array, value: Array) -> None:
    """Raise unless there is one value for each key."""
    if value.shape[:-1] != key.shape[:-1]:
        raise ValueError(
            f"value must have shape {(*key.shape[:-1], 'value_size')}, as key has, "
            f"got {value.shape}"
        )
    require_filled("value", value)


def require_mask(mask: Array | np.ndarray, shape: tuple[int, ...]) -> None:
    """Raise unless the mask is boolean and fits scores of this shape."""
    if mask.dtype != bool:
        raise ValueError(f"mask must be boolean, True where it may attend, got {mask.dtype}")
    # No leading axes are added: (batch, key_length) would pass for (query_length, key_length).
    fits = mask.ndim == len(shape) and all(
        found in (1, wanted) for found, wanted in zip(mask.shape, shape, strict=True)
    )
    if not fits:
        raise ValueError(
            "mask must have the shape (..., heads, query_length, key_length) of the scores, "
            f"{shape}, or 1 in its place on any axis, got {mask.shape}"
        )
