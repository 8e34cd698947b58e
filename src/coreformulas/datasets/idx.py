"""The idx format of the MNIST files.

Two zero bytes, a type code (8: unsigned byte), the number of axes, the length of each axis as a
big-endian 32-bit integer, then the values in row-major order.
"""

import gzip
import math
import struct
import zlib

import numpy as np
from jaxtyping import UInt8

from .storage import DatasetError

UNSIGNED_BYTE = 8


def parse_idx(data: bytes, source: str) -> UInt8[np.ndarray, "..."]:
    """Parse an idx file of unsigned bytes into an array of the shape that its header gives.

    Args:
        data: the whole file.
        source: the name of the file, for the error message.

    Raises:
        DatasetError: the header is cut off or is not that of unsigned bytes, or the number of
            values differs from what it announces.
    """
    if len(data) < 4 or data[:3] != bytes([0, 0, UNSIGNED_BYTE]):
        raise DatasetError(
            f"{source} is no idx file of unsigned bytes: starts with {data[:4].hex(' ')!r}, "
            "expected '00 00 08' and the number of axes"
        )
    axes = data[3]
    start = 4 + 4 * axes
    if len(data) < start:
        raise DatasetError(
            f"{source} ends in its idx header: got {len(data)} bytes, expected {start} or more"
        )
    shape = struct.unpack(f">{axes}I", data[4:start])
    if len(data) != start + math.prod(shape):
        raise DatasetError(
            f"{source} does not hold the array that its idx header announces: got "
            f"{len(data) - start} values, expected {math.prod(shape)} for shape {shape}"
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def parse_idx_gz(data: bytes, source: str) -> UInt8[np.ndarray, "..."]:
    """Parse a gzip-compressed idx file; see ``parse_idx``.

    Raises:
        DatasetError: the bytes are no complete gzip file, or no idx file inside.
    """
    try:
        raw = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{source} is no complete gzip file: {error}") from error
    return parse_idx(raw, source)
