"""The UCI optical digits, which ship with the package."""

import io

import numpy as np

from .dataset import Dataset, Split
from .storage import read_shipped, shipped_locations

SHA256 = "9ef2bd6c2a6afa1e750c4fc606ccf825d47b0be3277149c569a8575929ab18e4"
LOCATIONS = shipped_locations("digits.npz")
SPLITS = ("train", "validation", "test")  # the codes 0, 1, 2 of the array "split"


def load_digits() -> Dataset:
    """Load 1797 handwritten digits of 8 x 8 pixels: 1297 train, 200 validation, 300 test.

    Each pixel counts the dark cells in a block of 4 x 4 cells of a 32 x 32 bitmap, so it is a whole
    number from 0 to 16, and its likelihood is Binomial(16, p). The splits keep the share of each
    class. Thirteen people wrote all the images, and each split may hold images by any of them.

    Raises:
        DatasetError: the file is missing or damaged.

    References:
        E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
        Learning Repository, https://doi.org/10.24432/C50P49. CC BY 4.0.
    """
    remedy = "Reinstall coreformulas; in a checkout, run data/make_digits.py."
    data = read_shipped(LOCATIONS, SHA256, remedy)
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        images, labels, split = archive["images"], archive["labels"], archive["split"]
    parts = {
        name: Split(images[split == code], labels[split == code])
        for code, name in enumerate(SPLITS)
    }
    return Dataset(name="digits", trials=16, maximum=16, **parts)
