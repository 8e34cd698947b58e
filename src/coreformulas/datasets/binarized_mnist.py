"""Statically binarized MNIST: the bits on which likelihoods are compared."""

import io

import numpy as np
from jaxtyping import UInt8

from .dataset import Dataset, Split
from .storage import DataFile, DatasetError, local_folder, read_file

SIDE = 28
# The university's page is the first publication; it was reported missing in 2023.
MIRRORS = (
    "https://www.cs.toronto.edu/~larocheh/public/datasets/binarized_mnist/",
    "https://raw.githubusercontent.com/mingzhang-yin/ARM-gradient/"
    "bac893cfcec486bbd00b755b12cf8402053b0e84/",
)
SHA256 = {
    "train": "ad693b29f94c14277b095f5238ddefbbdaaae0939789dd2f4f0205278cee3e4d",
    "valid": "1de3d397c40fe8eeb33dafd4099a1f665ec01e96d9be234aaeeac8a34930e2e2",
    "test": "e6687bfea3f820c174f33b7865140b2a2dd2930ef786f35d45795fc193b5ab2c",
}
# The same bits, eight to a byte; 2 MB in place of 110. Only ever read from a local folder.
PACKED = DataFile(
    "binarized-mnist/binarized_mnist.npz",
    "df14a884cb4aa7ac6692463fb31798a687c4e762c73c23a8ae3114fbec4e6093",
)


def parse_amat(data: bytes, source: str) -> UInt8[np.ndarray, "examples 28 28"]:
    """Parse lines of 784 zeros and ones, each followed by a space or, at last, by a newline.

    Raises:
        DatasetError: a line has another length or another character.
    """
    width = 2 * SIDE * SIDE
    characters = np.frombuffer(data, np.uint8)
    if characters.size % width:
        raise DatasetError(
            f"{source} is cut off: got {characters.size} bytes, expected lines of {width} bytes"
        )
    lines = characters.reshape(-1, width)
    bits = lines[:, ::2] - ord("0")  # what lies below "0" wraps around to a large value
    separators = np.full(width // 2, ord(" "), np.uint8)
    separators[-1] = ord("\n")
    wrong = (bits > 1).any(axis=1) | (lines[:, 1::2] != separators).any(axis=1)
    if wrong.any():
        raise DatasetError(
            f"{source}: line {int(wrong.argmax()) + 1} is not {SIDE * SIDE} zeros and ones with "
            "one space between them"
        )
    return bits.reshape(-1, SIDE, SIDE)


def read_packed() -> dict[str, UInt8[np.ndarray, "examples 28 28"]]:
    """Read the three splits from the packed file."""
    with np.load(io.BytesIO(read_file(PACKED)), allow_pickle=False) as archive:
        return {
            split: np.unpackbits(archive[split], axis=1).reshape(-1, SIDE, SIDE) for split in SHA256
        }


def read_published() -> dict[str, UInt8[np.ndarray, "examples 28 28"]]:
    """Read the three splits from the files as they were published."""
    images = {}
    for split, sha256 in SHA256.items():
        name = f"binarized_mnist_{split}.amat"
        urls = tuple(mirror + name for mirror in MIRRORS)
        file = DataFile(f"binarized-mnist/{name}", sha256, urls)
        images[split] = parse_amat(read_file(file), file.name)
    return images


def load_binarized_mnist() -> Dataset:
    """Load binarized MNIST, 28 x 28 bits: 50,000 train, 10,000 validation, 10,000 test.

    Each bit was drawn once, with the gray level of MNIST as its probability, and published; so
    results on it compare, and do not compare with results on bits drawn anew in each epoch. There
    are no labels. The test split is sorted by digit: shuffle before taking a part of it.

    Raises:
        DatasetError: a file is missing, damaged, or cannot be downloaded.

    References:
        R. Salakhutdinov and I. Murray (2008), On the quantitative analysis of deep belief networks,
        ICML. H. Larochelle and I. Murray (2011), The neural autoregressive distribution estimator,
        AISTATS, PMLR 15, 29-37: the published bits.
    """
    folder = local_folder()
    packed = folder is not None and (folder / PACKED.name).is_file()
    images = read_packed() if packed else read_published()
    return Dataset(
        name="binarized-mnist",
        trials=1,
        maximum=1,
        train=Split(images["train"], None),
        validation=Split(images["valid"], None),
        test=Split(images["test"], None),
    )
