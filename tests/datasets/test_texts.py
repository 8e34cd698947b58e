"""Texts where they stand; what is damaged or missing is refused."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from coreformulas.datasets import DatasetError, load_text, texts, windows
from coreformulas.datasets.storage import DATA_VARIABLE

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "genesis.txt"


def test_the_text_that_ships_is_whole():
    text = load_text("genesis")
    assert len(text.characters) == 60
    whole = np.concatenate([text.train, text.validation])
    assert text.decode(whole) == SHIPPED.read_text("ascii")
    assert (len(text.train), len(whole)) == (177_136, 196_818)
    assert text.decode(text.train[:24]) == "In the beginning God cre"
    assert hashlib.sha256(SHIPPED.read_bytes()).hexdigest() == texts.GENESIS_SHA256
    assert sorted(set(text.characters)) == list(text.characters)


@pytest.mark.usefixtures("local")
def test_tiny_shakespeare_is_cut_in_two():
    """Sizes as nanoGPT's preparation of it prints them."""
    text = load_text("tiny-shakespeare")
    assert (len(text.characters), len(text.train)) == (65, 1_003_854)
    assert len(text.validation) == 111_540
    assert text.decode(text.train[:14]) == "First Citizen:"


def test_characters_and_tokens_are_each_others_names():
    text = load_text("genesis")
    line = "And God said, (Let there be light!)\n"
    tokens = text.encode(line)
    assert tokens.dtype == np.uint8
    assert text.decode(tokens) == line
    with pytest.raises(ValueError, match=r"text has \['7'\], which are not among"):
        text.encode("7 days")
    for wrong in ([60], [-1]):
        with pytest.raises(ValueError, match=f"tokens must be from 0 to 59, got {wrong[0]}"):
            text.decode(np.array(wrong))


def test_windows_begin_at_every_stride():
    tokens = np.arange(11, dtype=np.uint8)
    found = windows(tokens, 4, stride=3)
    np.testing.assert_array_equal(found, [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]])
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(windows(tokens, 11, stride=5), [tokens])
    for length in (0, 12):
        with pytest.raises(ValueError, match=f"length must be from 1 to 11, got {length}"):
            windows(tokens, length, stride=1)
    with pytest.raises(ValueError, match="stride must be at least 1, got 0"):
        windows(tokens, 2, stride=0)


def test_other_names_and_damaged_files_are_refused(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="got 'exodus', expected one of 'genesis', 'tiny-shakes"):
        load_text("exodus")
    damaged = tmp_path / "genesis.txt"
    damaged.write_bytes(SHIPPED.read_bytes()[:-1])
    monkeypatch.setattr(texts, "LOCATIONS", (damaged,))
    with pytest.raises(DatasetError, match=r"damaged or another file .*Reinstall coreformulas"):
        load_text("genesis")
    damaged.unlink()
    with pytest.raises(DatasetError, match=r"genesis.txt is missing, at .*Reinstall coreform"):
        load_text("genesis")
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    with pytest.raises(DatasetError, match=r"input.txt does not exist"):
        load_text("tiny-shakespeare")
