"""Data sets by name."""

from .binarized_mnist import load_binarized_mnist
from .dataset import Dataset
from .digits import load_digits
from .mnist import load_mnist

LOADERS = {
    "digits": load_digits,
    "mnist": load_mnist,
    "binarized-mnist": load_binarized_mnist,
}
NAMES = tuple(LOADERS)


def load(name: str) -> Dataset:
    """Load a data set as read-only numpy arrays, split into train, validation and test.

    ====================  ============  ==================  ======================================
    name                  images        values              source
    ====================  ============  ==================  ======================================
    ``digits``            8 x 8         counts, 0 to 16     ships with the package
    ``mnist``             28 x 28       gray, 0 to 255      local folder, or a download of 12 MB
    ``binarized-mnist``   28 x 28       bits                local folder, or a download of 110 MB
    ====================  ============  ==================  ======================================

    The local folder is the one that the environment variable ``COREFORMULAS_DATA`` names; where it
    is set, nothing is downloaded. Downloads go to the user's cache, which ``COREFORMULAS_CACHE``
    moves, and happen once.

    Raises:
        ValueError: no data set has this name.
        DatasetError: a file is missing, damaged, or cannot be downloaded.
    """
    if name not in NAMES:
        raise ValueError(f"name: got {name!r}, expected one of {', '.join(map(repr, NAMES))}")
    return LOADERS[name]()
