"""Edits against every way to edit, and the standard error against many draws."""

from functools import cache

import numpy as np
import pytest

from coreformulas.evaluation import character_error_rate, count_edits


@cache
def shortest(text: str, written: str) -> int:
    """Levenshtein's distance by its definition: the best of all first steps."""
    if not text or not written:
        return len(text) + len(written)
    if text[0] == written[0]:
        return shortest(text[1:], written[1:])
    return 1 + min(
        shortest(text[1:], written), shortest(text, written[1:]), shortest(text[1:], written[1:])
    )


def test_the_distance_is_the_shortest_way_and_the_kinds_explain_the_lengths() -> None:
    draw = np.random.default_rng(0)
    texts, written = (
        ["".join(draw.choice(list("ABC"), draw.integers(0, 7))) for _ in range(200)]
        for _ in range(2)
    )
    edits = count_edits(texts, written)
    wanted = [shortest(*pair) for pair in zip(texts, written, strict=True)]
    assert len(set(wanted)) > 4
    assert edits.distance.tolist() == wanted
    assert edits.length.tolist() == [len(text) for text in texts]
    found = edits.length - edits.missed + edits.added
    assert found.tolist() == [len(text) for text in written]


def test_each_kind_is_counted() -> None:
    edits = count_edits(["PARIS", "PARIS", "PARIS"], ["PAIS", "PARRIS", "PARTS"])
    assert edits.missed.tolist() == [1, 0, 0]
    assert edits.added.tolist() == [0, 1, 0]
    assert edits.replaced.tolist() == [0, 0, 1]


def test_long_texts_weigh_more_and_the_rate_may_exceed_one() -> None:
    assert character_error_rate(["ABCDEFGH", "IJ"], ["ABCDEFGH", "XY"]).mean == 2 / 10
    assert character_error_rate(["A", "B"], ["XYZ", "B"]).mean == 3 / 2


def test_the_standard_error_is_the_spread_over_many_samples() -> None:
    draw = np.random.default_rng(1)

    def sample():
        texts = ["A" * length for length in draw.integers(1, 6, 60)]
        # In some texts everything is wrong, so that letters hang together.
        written = ["B" * len(text) if draw.random() < 0.3 else text for text in texts]
        return character_error_rate(texts, written)

    means, errors = zip(*(sample() for _ in range(400)), strict=True)
    np.testing.assert_allclose(np.mean(errors), np.std(means, ddof=1), rtol=0.12)


@pytest.mark.parametrize(
    ("texts", "written", "message"),
    [
        ([], [], "got 0 texts and 0 written"),
        (["A", "B"], ["A"], "got 2 texts and 1 written"),
        (["A"], ["A"], "at least two and not all empty, got 1"),
        (["", ""], ["A", ""], "not all empty, got 2"),
    ],
)
def test_bad_input_is_named(texts, written, message) -> None:
    with pytest.raises(ValueError, match=message):
        character_error_rate(texts, written)
