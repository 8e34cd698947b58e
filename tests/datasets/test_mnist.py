import numpy as np
import pytest

from coreformulas.datasets import load, mnist
from coreformulas.datasets.storage import DATA_VARIABLE

# Published class counts of the 60,000 training and the 10,000 test images.
TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def class_counts(split):
    return np.bincount(split.labels, minlength=10)


@pytest.mark.usefixtures("local")
def test_real_files():
    dataset = load("mnist")
    assert (dataset.name, dataset.trials, dataset.maximum) == ("mnist", None, 255)
    sizes = [len(split.images) for split in (dataset.train, dataset.validation, dataset.test)]
    assert sizes == [50_000, 10_000, 10_000]
    published = class_counts(dataset.train) + class_counts(dataset.validation)
    assert published.tolist() == TRAIN_COUNTS
    assert class_counts(dataset.test).tolist() == TEST_COUNTS
    pixels = np.concatenate([dataset.train.images, dataset.validation.images])
    assert (pixels.shape, pixels.dtype) == ((60_000, 28, 28), np.uint8)
    # The mean and deviation by which MNIST is customarily normalized.
    histogram = np.bincount(pixels.reshape(-1), minlength=256) / pixels.size
    mean = np.arange(256) @ histogram
    deviation = np.sqrt((np.arange(256) - mean) ** 2 @ histogram)
    assert round(float(mean) / 255, 4) == 0.1307
    assert round(float(deviation) / 255, 4) == 0.3081
    with pytest.raises(ValueError, match="read-only"):
        dataset.validation.images[0] = 0


@pytest.mark.usefixtures("local")
def test_validation_is_the_end_of_the_training_file():
    raw = mnist.read_array("train-labels-idx1-ubyte.gz")
    np.testing.assert_array_equal(load("mnist").validation.labels, raw[50_000:])
    assert raw.shape == (60_000,)


def test_downloaded_from_the_second_mirror(published, server, cache, monkeypatch):
    for name in mnist.SHA256:
        server.serve(f"/second/{name}", (published / "mnist" / name).read_bytes())
    monkeypatch.setattr(mnist, "MIRRORS", (server.address("/first/"), server.address("/second/")))
    dataset = load("mnist")
    monkeypatch.setenv(DATA_VARIABLE, str(published))
    expected = load("mnist")
    np.testing.assert_array_equal(dataset.test.images, expected.test.images)
    np.testing.assert_array_equal(dataset.train.labels, expected.train.labels)
    assert {path.name for path in (cache / "mnist").iterdir()} == set(mnist.SHA256)
    assert server.requests.count("/first/t10k-images-idx3-ubyte.gz") == 1
