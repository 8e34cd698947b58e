"""Pieces of words: sentences come back whole, marks stand where they belong."""

import sys

import numpy as np
import pytest

from coreformulas.datasets import Subwords, fill_up

SENTENCES = ["ein mann läuft .", "eine frau läuft schnell .", "ein mann und eine frau ."] * 5


@pytest.fixture(scope="module")
def pieces():
    return Subwords(SENTENCES, 40)


def test_sentences_come_back_whole(pieces):
    rows = fill_up(pieces.encode(SENTENCES), 30)
    assert pieces.decode(rows) == SENTENCES
    assert rows.max() < pieces.size == 40


def test_marks_stand_where_they_belong(pieces):
    rows = pieces.encode(SENTENCES)
    assert all(row[-1] == pieces.end for row in rows)
    assert all(min(row[:-1]) > pieces.unknown for row in rows)
    filled = fill_up(rows, 30)
    for row, filled_row in zip(rows, filled, strict=True):
        assert filled_row[: len(row)].tolist() == row
        assert not filled_row[len(row) :].any()


def test_what_comes_after_the_end_is_not_read(pieces):
    rows = fill_up(pieces.encode(SENTENCES[:2]), 30)
    rows[:, -1] = 7
    assert pieces.decode(rows) == SENTENCES[:2]


def test_a_character_that_was_never_seen_is_unknown(pieces):
    (row,) = pieces.encode(["mann 漢"])
    assert pieces.unknown in row


def test_common_words_are_one_piece(pieces):
    (row,) = pieces.encode(["mann"])
    assert len(row) < len("mann") + 1
    again = Subwords(SENTENCES, 40)
    assert again.encode(SENTENCES) == pieces.encode(SENTENCES)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'coreformulas\[translation\]'"):
        Subwords(SENTENCES, 40)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="sentences must hold at least one sentence, got none"):
        Subwords([], 40)
    with pytest.raises(ValueError, match="size must fit to the sentences, got 4000"):
        Subwords(SENTENCES, 4000)
    with pytest.raises(ValueError, match="rows must have 1 to 2 tokens, got 1 with 3"):
        fill_up([[5, 6, 2]], 2)
    with pytest.raises(ValueError, match="got 0 with 0"):
        fill_up([], 2)
    np.testing.assert_array_equal(fill_up([[5, 2], [2]], 3), [[5, 2, 0], [2, 0, 0]])
