# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy>=2.1", "scikit-learn>=1.5"]
# ///
"""Make ``digits.npz`` from the UCI optical digits that scikit-learn ships.

Run ``uv run data/make_digits.py``, which fetches scikit-learn for the run alone, or
``python data/make_digits.py`` where scikit-learn is installed. The same bytes come out on every
machine: members are stored without compression, because compressed bytes depend on the zlib at
hand, and the archive carries no clock.
"""

import argparse
import hashlib
import io
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

TRAIN, VALIDATION, TEST = 0, 1, 2
TRIALS = 16
# Of each eighteen images thirteen train, two validate and three test: 1297, 200 and 300 of 1797.
# The marks are spread over the cycle so that each class, ten cycles long, is dealt out evenly.
CYCLE = np.full(18, TRAIN, dtype=np.uint8)
CYCLE[[0, 9]] = VALIDATION
CYCLE[[2, 8, 14]] = TEST


def read_counts() -> tuple[np.ndarray, np.ndarray]:
    """Read the images ``(1797, 8, 8)`` and labels ``(1797,)`` as uint8, in scikit-learn's order.

    Raises ``ValueError`` where a pixel is no whole number from 0 to 16.
    """
    flat, labels = load_digits(return_X_y=True)
    images = np.asarray(flat).reshape(-1, 8, 8)
    counts = images.astype(np.uint8)
    if not np.array_equal(counts, images) or counts.max() > TRIALS:
        raise ValueError(
            f"pixels of load_digits(): got values from {images.min()} to {images.max()}, "
            f"expected whole numbers from 0 to {TRIALS}"
        )
    return counts, np.asarray(labels).astype(np.uint8)


def assign_splits(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Assign each image to train (0), validation (1) or test (2).

    Within each class the images are put in the order of the SHA-256 of their pixels, which is as
    good as a shuffle and needs no generator and no seed; then they are dealt out in a fixed cycle.
    """
    digests = [hashlib.sha256(image.tobytes()).digest() for image in images]
    order = sorted(range(len(images)), key=lambda index: (labels[index], digests[index]))
    splits = np.empty(len(images), dtype=np.uint8)
    splits[order] = np.resize(CYCLE, len(images))
    return splits


def npz_bytes(arrays: dict[str, np.ndarray]) -> bytes:
    """Write arrays as an npz archive whose bytes depend on the arrays alone."""
    archive_bytes = io.BytesIO()
    with zipfile.ZipFile(archive_bytes, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # zipfile would record the operating system
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, member.getvalue())
    return archive_bytes.getvalue()


def write_atomically(path: Path, data: bytes) -> None:
    """Write the whole file or none of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def main() -> None:
    """Write the file and print its size and its SHA-256."""
    parser = argparse.ArgumentParser(description="Make digits.npz from scikit-learn's digits.")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("digits.npz"))
    output: Path = parser.parse_args().output
    images, labels = read_counts()
    data = npz_bytes({"images": images, "labels": labels, "split": assign_splits(images, labels)})
    write_atomically(output, data)
    print(f"{output}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
