"""Multi30k from a folder, compressed or not, and from a server; what is damaged is refused."""

import gzip
import hashlib
import shutil

import pytest

from coreformulas.datasets import DatasetError, load_multi30k, multi30k
from coreformulas.datasets.storage import DATA_VARIABLE


@pytest.mark.usefixtures("local")
def test_real_files():
    data = load_multi30k()
    sizes = [(len(split.german), len(split.english)) for split in data]
    assert sizes == [(29_000, 29_000), (1_014, 1_014), (1_000, 1_000)]
    assert data.train.german[2] == "ein kleines mädchen klettert in ein spielhaus aus holz ."
    assert data.train.english[2] == "a little girl climbing into a wooden playhouse ."
    assert data.test.english[0] == "a man in an orange hat starring at something ."
    # As the README of the data set counts them, in words.
    assert sum(len(line.split()) for line in data.train.german) == 360_706
    assert sum(len(line.split()) for line in data.train.english) == 377_534


def published_text(published, name):
    return gzip.decompress((published / "multi30k" / f"{name}.gz").read_bytes())


@pytest.mark.usefixtures("cache")
def test_the_published_text_is_downloaded(published, server, monkeypatch):
    for name in multi30k.SHA256:
        server.serve(f"/{name}", published_text(published, name))
    monkeypatch.setattr(multi30k, "SOURCE", server.address("/"))
    data = load_multi30k()
    assert len(data.train.english) == 29_000
    assert len(server.requests) == 6
    assert load_multi30k() == data
    assert len(server.requests) == 6


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    (tmp_path / "multi30k").mkdir()
    return tmp_path / "multi30k"


def test_plain_files_do_as_well(folder, monkeypatch):
    digests = {}
    for name in multi30k.SHA256:
        text = f"ein hund .\nzwei hunde in {name}\n".encode()
        (folder / name).write_bytes(text)
        digests[name] = hashlib.sha256(text).hexdigest()
    monkeypatch.setattr(multi30k, "SHA256", digests)
    assert load_multi30k().test.german == (
        "ein hund .",
        "zwei hunde in test_2016_flickr.lc.norm.tok.de",
    )


def test_what_is_missing_or_damaged_is_named(folder, published):
    name = "train.lc.norm.tok.de"
    with pytest.raises(DatasetError, match=f"{name} does not exist"):
        load_multi30k()
    (folder / f"{name}.gz").write_bytes(gzip.compress(b"ein hund .\n"))
    with pytest.raises(DatasetError, match=r"is damaged or another file: the SHA-256 of its text"):
        load_multi30k()
    whole = (published / "multi30k" / f"{name}.gz").read_bytes()
    (folder / f"{name}.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DatasetError, match=r"cannot read .*train.lc.norm.tok.de.gz"):
        load_multi30k()
    shutil.copy(published / "multi30k" / f"{name}.gz", folder / f"{name}.gz")
    with pytest.raises(DatasetError, match=r"train.lc.norm.tok.en does not exist"):
        load_multi30k()
