"""Checks of what is given to `fit`, made before anything runs."""

import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["as_arrays", "check_key", "check_update", "check_whole", "count_examples"]


def check_key(key: Any) -> None:
    """Raise unless ``key`` is one typed random key."""
    if not _is_key(key):
        raise TypeError(
            "key must be a typed random key, as jax.random.key(...) makes it, got "
            f"{_describe(key)}; wrap raw bits with jax.random.wrap_key_data(...)"
        )
    if key.shape != ():
        raise ValueError(f"key must be a single key, got an array of keys of shape {key.shape}")


def check_whole(name: str, value: Any, *, low: int, high: int | None = None) -> int:
    """The whole number ``value`` as an int; raise unless it lies in ``low`` to ``high``."""
    wanted = f"a whole number >= {low}" if high is None else f"a whole number from {low} to {high}"
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be {wanted}, got {value!r}") from None
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be {wanted}, got {value!r}")
    if number < low or (high is not None and number > high):
        raise ValueError(f"{name} must be {wanted}, got {number}")
    return number


def as_arrays(name: str, tree: Any) -> Any:
    """``tree`` with every leaf as an array on the device, of a definite type.

    Weakly typed leaves, such as Python numbers, would change their type in the first step, and
    the loop would be traced twice.
    """

    def convert(path: Any, leaf: Any) -> jax.Array:
        if _is_key(leaf):
            return leaf
        if not isinstance(leaf, jax.Array | np.ndarray | np.generic | bool | int | float | complex):
            raise TypeError(f"{name}{_at(path)} must be an array, got {_describe(leaf)}")
        array = jnp.asarray(leaf)
        return jnp.asarray(array, array.dtype)

    return jax.tree_util.tree_map_with_path(convert, tree)


def count_examples(data: Any) -> int:
    """Length of the leading axis that all arrays of ``data`` share; raise where they do not."""
    leaves = jax.tree_util.tree_leaves_with_path(data)
    if not leaves:
        raise ValueError("data must hold at least one array, got none")
    lengths = {}
    for path, leaf in leaves:
        if leaf.ndim == 0:
            raise ValueError(f"data{_at(path)} must have a leading axis of examples, got a number")
        lengths[f"data{_at(path)}"] = len(leaf)
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{place} has {length}" for place, length in lengths.items())
        raise ValueError(f"data must have the same number of examples in every array: {found}")
    examples = next(iter(lengths.values()))
    if examples == 0:
        raise ValueError("data must hold at least one example, got none")
    return examples


def check_update(update: Callable, state: Any, batch: Any, key: Any) -> dict[str, Any]:
    """Shapes of the metrics of ``update``; raise unless it keeps its contract.

    Args:
        update: the step, already under ``jax.jit``, so that the loop reuses this trace.
        state: a state.
        batch: shapes of a batch.
        key: a key.

    Raises:
        TypeError: if ``update`` does not return ``(state, metrics)``, with a state of the same
            structure, shapes and types and a dict of arrays by name.
    """
    result = jax.eval_shape(update, state, batch, key)
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(f"update must return (state, metrics), got {type(result).__name__}")
    new_state, metrics = result
    _check_metrics(metrics)
    _check_same(state, new_state)
    return metrics


def _check_metrics(metrics: Any) -> None:
    if not isinstance(metrics, dict):
        raise TypeError(
            "update must return (state, metrics) with a dict of metrics, got "
            f"{type(metrics).__name__} in place of the dict"
        )
    for name, value in metrics.items():
        if not isinstance(name, str):
            raise TypeError(f"names of metrics must be strings, got {name!r}")
        if not isinstance(value, jax.ShapeDtypeStruct) or _is_key(value):
            raise TypeError(f"metric {name!r} must be an array of numbers, got {_describe(value)}")


def _check_same(state: Any, new_state: Any) -> None:
    before, after = jax.tree.structure(state), jax.tree.structure(new_state)
    if before != after:
        raise TypeError(
            "update must return a state of the structure that it was given.\n"
            f"given:    {before}\nreturned: {after}"
        )
    pairs = zip(jax.tree_util.tree_leaves_with_path(state), jax.tree.leaves(new_state), strict=True)
    for (path, old), new in pairs:
        if (old.shape, old.dtype) != (new.shape, new.dtype):
            raise TypeError(
                f"update must keep shape and type of the state: state{_at(path)} was "
                f"{_describe(old)} and became {_describe(new)}"
            )


def _is_key(value: Any) -> bool:
    return hasattr(value, "dtype") and jnp.issubdtype(value.dtype, jax.dtypes.prng_key)


def _at(path: Any) -> str:
    return jax.tree_util.keystr(path)


def _describe(value: Any) -> str:
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{value.dtype}{list(value.shape)}"
    return f"{type(value).__name__} {value!r}"
