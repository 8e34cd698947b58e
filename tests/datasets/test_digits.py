import hashlib
import io
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from coreformulas.datasets import DatasetError, digits, load

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "data" / "digits.npz"
# The class distribution of the test portion in the UCI description.
CLASS_COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the file, made the only place where the loader looks."""
    path = tmp_path / "digits.npz"
    shutil.copy(SHIPPED, path)
    monkeypatch.setattr(digits, "LOCATIONS", (path,))
    return path


def test_shapes_types_and_ranges():
    dataset = load("digits")
    assert (dataset.name, dataset.trials, dataset.maximum) == ("digits", 16, 16)
    for split, size in ((dataset.train, 1297), (dataset.validation, 200), (dataset.test, 300)):
        assert split.images.shape == (size, 8, 8)
        assert split.labels is not None
        assert split.labels.shape == (size,)
        assert (split.images.dtype, split.labels.dtype) == (np.uint8, np.uint8)
        assert (split.images.min(), split.images.max()) == (0, 16)


def test_splits_are_disjoint_cover_all_and_keep_class_shares():
    dataset = load("digits")
    splits = (dataset.train, dataset.validation, dataset.test)
    sets = [{image.tobytes() for image in split.images} for split in splits]
    assert len(set.union(*sets)) == sum(len(images) for images in sets) == 1797
    counts = np.array([np.bincount(np.asarray(split.labels), minlength=10) for split in splits])
    assert counts.sum(axis=0).tolist() == CLASS_COUNTS
    shares = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / 1797
    assert np.abs(counts - shares).max() < 1.5


def test_arrays_are_read_only_and_loading_is_deterministic():
    first, second = load("digits"), load("digits")
    np.testing.assert_array_equal(first.test.images, second.test.images)
    for array in (first.train.images, first.train.labels):
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_recorded_checksum_is_that_of_the_file():
    assert hashlib.sha256(SHIPPED.read_bytes()).hexdigest() == digits.SHA256


@pytest.mark.parametrize("damage", ["flipped bit", "truncated", "empty"])
def test_damaged_file_is_refused(copy, damage):
    data = bytearray(copy.read_bytes())
    if damage == "flipped bit":
        data[5000] ^= 1
    copy.write_bytes({"truncated": data[:-1], "empty": b""}.get(damage, data))
    with pytest.raises(DatasetError) as error:
        load("digits")
    got = hashlib.sha256(copy.read_bytes()).hexdigest()
    for part in (str(copy), got, digits.SHA256, "Reinstall"):
        assert part in str(error.value)


def test_missing_file_names_the_places_and_the_way_out(copy):
    copy.unlink()
    with pytest.raises(DatasetError, match=r"missing.*Reinstall") as error:
        load("digits")
    assert str(copy) in str(error.value)


def test_nothing_is_unpickled(copy, monkeypatch):
    archive = io.BytesIO()
    np.savez(archive, images=np.array([{}], dtype=object), labels=np.zeros(1), split=np.zeros(1))
    copy.write_bytes(archive.getvalue())
    monkeypatch.setattr(digits, "SHA256", hashlib.sha256(archive.getvalue()).hexdigest())
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load("digits")


def test_found_where_the_wheel_puts_it(tmp_path):
    """Lay the package out as pyproject.toml tells hatch to, away from the checkout's data."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    package = tmp_path / "coreformulas"
    shutil.copytree(ROOT / "src" / "coreformulas" / "datasets", package / "datasets")
    shutil.copy(ROOT / "src" / "coreformulas" / "__init__.py", package)
    target = tmp_path / included["data/digits.npz"]
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(SHIPPED, target)
    code = (
        "from coreformulas.datasets import digits, load; print(len(load('digits').test.images)); "
        "print([path for path in digits.LOCATIONS if path.is_file()][0])"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(
        [sys.executable, "-c", code], check=False, env=environment, capture_output=True, text=True
    )
    assert result.stderr == ""
    assert result.stdout.split() == ["300", str(target.resolve())]
