import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from coreformulas.datasets import DatasetError, binarized_mnist, load
from coreformulas.datasets.binarized_mnist import parse_amat
from coreformulas.datasets.storage import DATA_VARIABLE

# The md5 of the published files, as other loaders of them record them.
PUBLISHED_MD5 = {
    "train": "db28b1a6ae0fe70cbd3da91acf46e477",
    "valid": "bf37822a04e94123630de6a7dfd9c9ef",
    "test": "14e41ae11040adba6ab8cb291eda0dd8",
}
bits = arrays.arrays(
    np.uint8, st.tuples(st.integers(0, 2), st.just(784)), elements=st.integers(0, 1)
)


def write_amat(rows: np.ndarray) -> bytes:
    text = np.full((len(rows), 2 * 784), ord(" "), np.uint8)
    text[:, ::2] = rows + ord("0")
    text[:, -1] = ord("\n")
    return text.tobytes()


@given(bits)
def test_round_trip(rows):
    parsed = parse_amat(write_amat(rows), "x")
    assert parsed.shape == (len(rows), 28, 28)
    np.testing.assert_array_equal(parsed.reshape(-1, 784), rows)


@given(st.integers(0, 2 * 1568 - 1), st.integers(0, 255))
def test_one_changed_byte_is_another_bit_or_an_error(position, value):
    data = bytearray(write_amat(np.tile(np.array([0, 1], np.uint8), (2, 392))))
    allowed = b"01" if position % 2 == 0 else data[position : position + 1]
    data[position] = value
    if value in allowed:
        assert write_amat(parse_amat(bytes(data), "x.amat").reshape(-1, 784)) == data
    else:
        with pytest.raises(DatasetError, match=f"x.amat: line {position // 1568 + 1} is not"):
            parse_amat(bytes(data), "x.amat")


def test_cut_off_file_is_refused():
    with pytest.raises(DatasetError, match=r"x\.amat is cut off: got 1567 bytes"):
        parse_amat(write_amat(np.zeros((1, 784), np.uint8))[:-1], "x.amat")


@pytest.mark.usefixtures("local")
def test_real_file():
    dataset = load("binarized-mnist")
    assert (dataset.name, dataset.trials, dataset.maximum) == ("binarized-mnist", 1, 1)
    splits = (dataset.train, dataset.validation, dataset.test)
    assert [split.images.shape for split in splits] == [
        (50_000, 28, 28),
        (10_000, 28, 28),
        (10_000, 28, 28),
    ]
    assert all(split.labels is None for split in splits)
    assert all(split.images.max() == 1 for split in splits)


@pytest.mark.usefixtures("local")
def test_bits_were_drawn_with_the_gray_levels_as_probabilities():
    """The number of ones lies within five standard deviations of what the gray levels give."""
    gray, binary = load("mnist"), load("binarized-mnist")
    parts = [
        ((gray.train, gray.validation), (binary.train, binary.validation)),
        ((gray.test,), (binary.test,)),
    ]
    for levels, drawn in parts:
        counts = sum(np.bincount(part.images.reshape(-1), minlength=256) for part in levels)
        probabilities = np.arange(256) / 255
        variance = counts @ (probabilities * (1 - probabilities))
        ones = sum(int(part.images.sum(dtype=np.int64)) for part in drawn)
        assert abs(ones - counts @ probabilities) < 5 * np.sqrt(variance)


@pytest.mark.usefixtures("cache")
def test_published_text_is_downloaded_and_is_the_packed_file(published, server, monkeypatch):
    with monkeypatch.context() as local:
        local.setenv(DATA_VARIABLE, str(published))
        packed = load("binarized-mnist")
    by_name = {"train": packed.train, "valid": packed.validation, "test": packed.test}
    for name, split in by_name.items():
        text = write_amat(split.images.reshape(-1, 784))
        assert hashlib.md5(text).hexdigest() == PUBLISHED_MD5[name]
        assert hashlib.sha256(text).hexdigest() == binarized_mnist.SHA256[name]
        server.serve(f"/binarized_mnist_{name}.amat", text)
    monkeypatch.setattr(binarized_mnist, "MIRRORS", (server.address("/"),))
    dataset = load("binarized-mnist")
    np.testing.assert_array_equal(dataset.train.images, packed.train.images)
    np.testing.assert_array_equal(dataset.test.images, packed.test.images)
    assert len(server.requests) == 3
