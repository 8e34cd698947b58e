"""Files in a local folder: found, checked, and refused with the way out."""

import hashlib

import pytest

from coreformulas.datasets import DatasetError, load
from coreformulas.datasets.storage import DATA_VARIABLE, DataFile, read_file

BODY = bytes(range(256)) * 40
FILE = DataFile("set/numbers.bin", hashlib.sha256(BODY).hexdigest())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "set").mkdir()
    (tmp_path / FILE.name).write_bytes(BODY)
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_file_is_read_and_not_fetched(server):
    url = server.serve("/numbers.bin", BODY)
    assert read_file(DataFile(FILE.name, FILE.sha256, (url,))) == BODY
    assert server.requests == []


def test_home_is_expanded(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv(DATA_VARIABLE, f"~/{folder.name}")
    assert read_file(FILE) == BODY


def test_missing_file_is_not_fetched(folder, server):
    url = server.serve("/numbers.bin", BODY)
    (folder / FILE.name).unlink()
    with pytest.raises(DatasetError, match="does not exist") as error:
        read_file(DataFile(FILE.name, FILE.sha256, (url,)))
    assert str(folder / FILE.name) in str(error.value)
    assert f"unset {DATA_VARIABLE}" in str(error.value)
    assert server.requests == []


@pytest.mark.parametrize("wrong", [BODY[:-1], BODY + b"\0", b"", BODY[:-1] + b"x"])
def test_damaged_file_names_both_digests(folder, wrong):
    path = folder / FILE.name
    path.write_bytes(wrong)
    with pytest.raises(DatasetError) as error:
        read_file(FILE)
    got = hashlib.sha256(wrong).hexdigest()
    for part in (str(path), f"{len(wrong)} bytes", got, FILE.sha256, f"unset {DATA_VARIABLE}"):
        assert part in str(error.value)
    assert path.read_bytes() == wrong


@pytest.mark.parametrize("name", ["mnist", "binarized-mnist"])
def test_variable_that_names_no_folder(tmp_path, monkeypatch, name):
    wrong = str(tmp_path / "absent")
    monkeypatch.setenv(DATA_VARIABLE, wrong)
    with pytest.raises(DatasetError, match="not a folder") as error:
        load(name)
    assert repr(wrong) in str(error.value)
    assert DATA_VARIABLE in str(error.value)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("mnist", "mnist/train-images-idx3-ubyte.gz"),
        ("binarized-mnist", "binarized-mnist/binarized_mnist_train.amat"),
    ],
)
def test_empty_folder_names_the_first_missing_file(tmp_path, monkeypatch, name, first):
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    with pytest.raises(DatasetError, match="does not exist") as error:
        load(name)
    assert str(tmp_path / first) in str(error.value)
