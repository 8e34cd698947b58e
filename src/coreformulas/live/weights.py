r"""Weights of a network as text that a page can hold, and the weights that the page reads from it.

An affine map, a kernel with its bias, is cut into one row for each output, a table of vectors into
the vectors. Each row :math:`w` is rounded to whole numbers :math:`k_i` with a scale of its own,

.. math::
    w_i \approx s \, k_i, \qquad s = \max_i |w_i| / L, \qquad |k_i| \le L = 2^{b-1} - 1,

so that no weight is off by more than :math:`s / 2`. With b = 6 bits a whole number is a letter,
with 8 bits a byte, in base64. Biases and the scales of layer normalization go to float16.
"""

import base64
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

__all__ = ["pack_weights", "unpack_weights"]

LETTERS = np.frombuffer(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", np.uint8
)
MATRICES, VECTORS = ("kernel", "embedding"), ("bias", "scale")


def pack_weights(weights: Mapping[Any, Any], *, bits: int = 8) -> dict[str, Any]:
    """Round weights to a few bits each, and write them as text.

    Args:
        weights: nested mappings, such as the parameters of a trained state, whose leaves are
            arrays with the names that Flax gives them: ``kernel``, ``embedding``, ``bias``,
            ``scale``.
        bits: of each weight, 6 or 8.

    Returns:
        The same nested mappings, for JSON. A leaf is ``{"shape", "scales", "letters"}`` with 6
        bits, the letter at place :math:`k + 32` of base64's, ``{"shape", "scales", "bytes"}`` with
        8, and ``{"shape", "halves"}`` for biases and scales. All but the letters is base64, of
        bytes and of float16, little-endian.

    Raises:
        ValueError: if ``bits`` is another number, a leaf is empty, not finite, or too large for
            float16, or has another name or no row.
    """
    if bits not in (6, 8):
        raise ValueError(f"bits must be 6 or 8, got {bits}")
    return {str(name): _pack(str(name), value, weights, bits) for name, value in weights.items()}


def unpack_weights(packed: Mapping[str, Any]) -> dict[Any, Any]:
    """The weights that a page reads from what :func:`pack_weights` wrote, in float32."""
    found: dict[Any, Any] = {}
    for name, value in packed.items():
        key = int(name) if name.isdigit() else name  # the place in a list of layers
        found[key] = _array(name, value) if "shape" in value else unpack_weights(value)
    return found


def _pack(name: str, value: Any, beside: Mapping[Any, Any], bits: int) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return pack_weights(value, bits=bits)
    array = np.asarray(value, np.float32)
    # A scale that is no finite number in float16 would spoil its whole row, silently.
    if not array.size or not np.abs(array).max() <= np.finfo(np.float16).max:
        raise ValueError(f"{name} must hold finite numbers that fit float16, got {array}")
    if name in VECTORS:
        return {"shape": list(array.shape), "halves": _text(array.astype("<f2"))}
    if name not in MATRICES or array.ndim < 2:
        known = ", ".join((*MATRICES, *VECTORS))
        raise ValueError(f"weights must have the names {known}, got {name} of shape {array.shape}")
    outputs = np.size(beside["bias"]) if "bias" in beside else array.shape[-1]
    rows = array.reshape(-1, outputs).T if name == "kernel" else array.reshape(len(array), -1)
    largest = 2 ** (bits - 1) - 1
    # Rounded up: the largest weight of a row must not need one more step.
    exact = np.abs(rows).max(axis=1, keepdims=True) / largest
    scales = exact.astype("<f2")
    scales = np.where(scales < exact, np.nextafter(scales, np.float16(np.inf)), scales)
    steps = np.where(scales > 0, scales.astype(np.float32), 1.0)
    whole = np.rint(rows / steps).astype("i1")
    packed = {"shape": list(array.shape), "scales": _text(scales.astype("<f2"))}
    if bits == 8:
        return packed | {"bytes": _text(whole)}
    return packed | {"letters": LETTERS[whole + 32].tobytes().decode("ascii")}


def _array(name: str, leaf: Mapping[str, Any]) -> np.ndarray:
    shape = tuple(leaf["shape"])
    if "halves" in leaf:
        return _numbers(leaf["halves"], "<f2").astype(np.float32).reshape(shape)
    scales = _numbers(leaf["scales"], "<f2").astype(np.float32)
    if "bytes" in leaf:
        whole = _numbers(leaf["bytes"], "i1")
    else:
        places = np.zeros(128, np.int8)
        places[LETTERS] = np.arange(-32, 32)
        whole = places[np.frombuffer(leaf["letters"].encode("ascii"), np.uint8)]
    rows = whole.reshape(len(scales), -1) * scales[:, None]
    assert rows.size == prod(shape)
    return (rows.T if name == "kernel" else rows).reshape(shape)


def _text(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def _numbers(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)
