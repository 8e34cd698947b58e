"""MNIST: gray handwritten digits."""

import numpy as np
from jaxtyping import UInt8

from .dataset import Dataset, Split
from .idx import parse_idx_gz
from .storage import DataFile, read_file

# The address of the first publication refuses downloads; these two hold its bytes.
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
SHA256 = {
    "train-images-idx3-ubyte.gz": (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
    ),
    "train-labels-idx1-ubyte.gz": (
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
    ),
    "t10k-images-idx3-ubyte.gz": (
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
    ),
    "t10k-labels-idx1-ubyte.gz": (
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
    ),
}
VALIDATION_SIZE = 10_000


def read_array(name: str) -> UInt8[np.ndarray, "examples ..."]:
    """Read one of the four published files."""
    urls = tuple(mirror + name for mirror in MIRRORS)
    file = DataFile(f"mnist/{name}", SHA256[name], urls)
    return parse_idx_gz(read_file(file), file.name)


def load_mnist() -> Dataset:
    """Load MNIST, 28 x 28 gray levels from 0 to 255: 50,000 train, 10,000 validation, 10,000 test.

    MNIST is published in two parts. The last 10,000 of its 60,000 training images are held out here
    as validation; the order is the published one, in which the classes are mixed.

    Raises:
        DatasetError: a file is missing, damaged, or cannot be downloaded.

    References:
        Y. LeCun, L. Bottou, Y. Bengio and P. Haffner (1998), Gradient-based learning applied to
        document recognition, Proceedings of the IEEE 86(11), 2278-2324.
    """
    images = read_array("train-images-idx3-ubyte.gz")
    labels = read_array("train-labels-idx1-ubyte.gz")
    held_out = len(images) - VALIDATION_SIZE
    return Dataset(
        name="mnist",
        trials=None,
        maximum=255,
        train=Split(images[:held_out], labels[:held_out]),
        validation=Split(images[held_out:], labels[held_out:]),
        test=Split(
            read_array("t10k-images-idx3-ubyte.gz"), read_array("t10k-labels-idx1-ubyte.gz")
        ),
    )
