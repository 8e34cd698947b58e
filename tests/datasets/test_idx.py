import gzip
import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from coreformulas.datasets import DatasetError
from coreformulas.datasets.idx import parse_idx, parse_idx_gz

images = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=4, max_side=5))


def write_idx(array: np.ndarray) -> bytes:
    return (
        bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + bytes(array)
    )


@given(images)
def test_round_trip(array):
    parsed = parse_idx(write_idx(array), "x")
    assert (parsed.shape, parsed.dtype) == (array.shape, np.uint8)
    np.testing.assert_array_equal(parsed, array)
    np.testing.assert_array_equal(parse_idx_gz(gzip.compress(write_idx(array)), "x"), array)


@given(images, st.data())
def test_no_part_and_no_extension_of_a_file_is_accepted(array, data):
    whole = write_idx(array)
    cut = data.draw(st.integers(0, len(whole) - 1))
    for wrong in (whole[:cut], whole + b"\0"):
        with pytest.raises(DatasetError, match="digits-idx"):
            parse_idx(wrong, "digits-idx")


@given(st.binary(max_size=64))
def test_any_bytes_parse_in_full_or_are_refused(data):
    try:
        array = parse_idx(data, "x")
    except DatasetError:
        return
    assert write_idx(array) == data


@pytest.mark.parametrize("type_code", [0x09, 0x0B, 0x0D])
def test_other_types_are_refused(type_code):
    data = bytes([0, 0, type_code, 1]) + struct.pack(">I", 2) + bytes(2)
    with pytest.raises(DatasetError, match="no idx file of unsigned bytes"):
        parse_idx(data, "x")


def test_a_size_beyond_memory_is_refused_before_it_is_reserved():
    sides = (2**32 - 1, 2**32 - 1)
    with pytest.raises(DatasetError, match=str(math.prod(sides))):
        parse_idx(bytes([0, 0, 8, 2]) + struct.pack(">2I", *sides) + bytes(10), "x")


def test_incomplete_or_foreign_gzip_is_refused():
    whole = gzip.compress(write_idx(np.arange(200, dtype=np.uint8)), mtime=0)
    broken = bytearray(whole)
    broken[20] ^= 0xFF
    reserved_block_type = whole[:10] + b"\x07" + whole[11:]
    foreign = b"<html>404</html>"
    for wrong in (whole[:-9], whole[:5], bytes(broken), reserved_block_type, foreign):
        with pytest.raises(DatasetError, match=r"labels\.gz is no complete gzip file"):
            parse_idx_gz(wrong, "labels.gz")
