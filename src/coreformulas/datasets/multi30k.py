"""Multi30k: captions of photographs in German and English."""

import gzip
import hashlib
import zlib
from pathlib import Path
from typing import NamedTuple

from .storage import DataFile, DatasetError, local_folder, read_file

__all__ = ["Multi30k", "Sentences", "load_multi30k"]

SOURCE = "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/tok/"
SPLITS = ("train", "val", "test_2016_flickr")
# Of the text as it was published, in both languages.
SHA256 = {
    "train.lc.norm.tok.de": "cb5a23529b65ec2061f1dc446192a9c37382b63cc75f81a0be59d34894b3a505",
    "train.lc.norm.tok.en": "08925f8e0572bcd5a006702fc5fe20e2d77c6917d4eebd576fc20de6693c2119",
    "val.lc.norm.tok.de": "97232bd273eceb7207f689527386a97e4be2616b18ada47576bdaf96c8ae1f00",
    "val.lc.norm.tok.en": "46573ce391ae227f1c72f873392436a20ef18e0a6d518098cfbd70b77c8572ec",
    "test_2016_flickr.lc.norm.tok.de": (
        "c6a33d39d48f9f510de147651316cd9d918e09ad0219df734a2f16b6baccacc4"
    ),
    "test_2016_flickr.lc.norm.tok.en": (
        "5b7f32627cf99eced828311b955dae9800bb52bc8b91cf8b6526829e605b29d2"
    ),
}


class Sentences(NamedTuple):
    """Sentences and their translations, in one order."""

    german: tuple[str, ...]
    english: tuple[str, ...]


class Multi30k(NamedTuple):
    """The three splits.

    Attributes:
        train: 29,000 pairs.
        validation: 1,014 pairs.
        test: the 1,000 pairs of the test of 2016.
    """

    train: Sentences
    validation: Sentences
    test: Sentences


def load_multi30k() -> Multi30k:
    """Load the captions, in lower case and cut into words and punctuation, as they are published.

    They are read from the folder that ``COREFORMULAS_DATA`` names, compressed or not, or else
    downloaded once (4 MB). They have no license of their own; the photographs are offered for
    research and education, without commercial use.

    Raises:
        DatasetError: a file is missing, damaged, or cannot be downloaded.

    References:
        Elliott et al. (2016).
    """
    return Multi30k(*(Sentences(*(_lines(split, end) for end in ("de", "en"))) for split in SPLITS))


def _lines(split: str, language: str) -> tuple[str, ...]:
    """The lines of one published file, checked as bytes."""
    name = f"{split}.lc.norm.tok.{language}"
    file = DataFile(f"multi30k/{name}", SHA256[name], (SOURCE + name,))
    folder = local_folder()
    packed = folder / f"{file.name}.gz" if folder is not None else None
    if packed is not None and packed.is_file():
        text = _unpacked(packed, file.sha256)
    else:
        text = read_file(file)
    return tuple(text.decode("utf-8").removesuffix("\n").split("\n"))


def _unpacked(path: Path, sha256: str) -> bytes:
    """The text in a compressed file, which is checked, because compression is no one's standard."""
    try:
        text = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"cannot read {path}: {error}. Copy it again.") from error
    digest = hashlib.sha256(text).hexdigest()
    if digest != sha256:
        raise DatasetError(
            f"{path} is damaged or another file: the SHA-256 of its text is {digest}, "
            f"expected {sha256}. Copy it again."
        )
    return text
