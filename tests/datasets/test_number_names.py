"""Number names against num2words and cn2an, and the rules of sampling and holding out."""

import cn2an
import jax
import num2words
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coreformulas.datasets import (
    CHINESE,
    ENGLISH,
    chinese_tokens,
    english_tokens,
    is_held_out,
    sample_numbers,
    words_of,
)

numbers = st.integers(1, 12).flatmap(lambda digits: st.integers(0, 10**digits - 1))
# Where zeros, ones and the edges of groups meet: all numbers that are made of such groups.
PARTS = (0, 1, 10, 12, 20, 100, 110, 305, 999, 1000, 1002, 1010, 2000, 9999)
EDGES = sorted({(a * 10**4 + b) * 10**4 + c for a in PARTS for b in PARTS for c in PARTS})


def english(number):
    return " ".join(words_of(english_tokens(np.array([number]))[0], ENGLISH))


def chinese(number):
    return "".join(words_of(chinese_tokens(np.array([number]))[0], CHINESE))


def reference_english(number):
    return num2words.num2words(number).replace(",", "").replace("-", " ")


def reference_chinese(number):
    """As cn2an writes it, but with 零 for a group of zeros between two groups."""
    numeral = cn2an.an2cn(number)
    skipped = number >= 10**8 and number // 10**4 % 10**4 == 0 and number % 10**4 >= 1000
    return numeral.replace("亿", "亿零") if skipped else numeral


@given(numbers)
def test_names_and_numerals_are_those_of_other_programs(number):
    assert english(number) == reference_english(number)
    assert chinese(number) == reference_chinese(number)


def test_so_they_are_at_the_edges_of_groups():
    rows = np.array(EDGES)
    for number, row in zip(EDGES, english_tokens(rows), strict=True):
        assert " ".join(words_of(row, ENGLISH)) == reference_english(number)
    for number, row in zip(EDGES, chinese_tokens(rows), strict=True):
        assert "".join(words_of(row, CHINESE)) == reference_chinese(number)


@given(numbers)
def test_a_numeral_is_read_back_as_its_number(number):
    assert cn2an.cn2an(chinese(number), "normal") == number


@pytest.mark.parametrize(
    ("number", "name", "numeral"),
    [
        (0, "zero", "零"),
        (12305, "twelve thousand three hundred and five", "一万二千三百零五"),
        (10, "ten", "十"),
        (110, "one hundred and ten", "一百一十"),
        (120000, "one hundred and twenty thousand", "十二万"),
        (1002000, "one million two thousand", "一百万二千"),
        (100002000, "one hundred million two thousand", "一亿零二千"),
        (22, "twenty two", "二十二"),
    ],
)
def test_the_conventions_that_differ(number, name, numeral):
    assert (english(number), chinese(number)) == (name, numeral)


def test_rows_have_marks_and_padding_where_they_belong():
    rows = np.array([0, 7, 777_777_777_777])
    source, target = english_tokens(rows), chinese_tokens(rows)
    assert source.shape == (3, 23)
    assert target.shape == (3, 24)
    assert (source[2] > 0).all()
    for row in target:
        (end,) = np.flatnonzero(row == CHINESE.index("<end>"))
        assert (row[:end] > 2).all()
        assert not row[end + 1 :].any()
    assert target[2, -1] == CHINESE.index("<end>")


def test_a_tenth_is_held_out_of_every_length_and_no_digit_tells():
    for digits in (4, 8, 12):
        drawn = np.random.default_rng(digits).integers(10 ** (digits - 1), 10**digits, 40_000)
        kept = is_held_out(drawn)
        assert abs(kept.mean() - 0.1) < 5 * np.sqrt(0.09 / len(drawn))
        for power in range(digits - 1):
            shares = np.bincount(drawn // 10**power % 10, kept, minlength=10) / (len(drawn) / 10)
            assert abs(shares - 0.1).max() < 0.03


def test_held_out_numbers_are_never_sampled_for_training():
    first, second = jax.random.split(jax.random.key(0))
    train = sample_numbers(20_000, digits=(1, 8), held_out=False, key=first)
    test = sample_numbers(2_000, digits=(1, 8), held_out=True, key=second)
    assert not set(train) & set(test)
    assert (len(train), len(test)) == (20_000, 2_000)
    lengths = np.array([len(str(number)) for number in train])
    np.testing.assert_allclose(np.bincount(lengths)[1:], 2500, atol=5 * np.sqrt(2500))
    leading = np.array([int(str(number)[0]) for number in train[lengths == 8]])
    np.testing.assert_allclose(np.bincount(leading)[1:], len(leading) / 9, rtol=0.25)


def test_draws_follow_the_key():
    def draw(seed):
        return sample_numbers(50, digits=(5, 12), held_out=False, key=jax.random.key(seed))

    np.testing.assert_array_equal(draw(1), draw(1))
    assert (draw(1) != draw(2)).any()
    assert draw(3).min() >= 10**4


def test_one_digit_is_enough_for_both_sides():
    key = jax.random.key(0)
    sides = [
        set(sample_numbers(300, digits=(1, 1), held_out=side, key=key)) for side in (True, False)
    ]
    assert sides[0]
    assert sides[0] | sides[1] == set(range(10))


def test_bad_input_is_named():
    key = jax.random.key(0)
    for tokens in (english_tokens, chinese_tokens, is_held_out):
        # Without the shape checks that tests install, as a user's own mistake would come.
        bare = getattr(tokens, "__wrapped__")  # noqa: B009
        with pytest.raises(ValueError, match=r"numbers must be from 0 to below 10\*\*12, got -1"):
            bare(np.array([-1, 5]))
        with pytest.raises(ValueError, match="one row of whole numbers, got float64"):
            bare(np.array([1.5]))
    with pytest.raises(ValueError, match="count must be at least 1, got 0"):
        sample_numbers(0, digits=(1, 2), held_out=False, key=key)
    with pytest.raises(ValueError, match=r"digits must be an interval from 1 to 12, got \(3, 13\)"):
        sample_numbers(1, digits=(3, 13), held_out=False, key=key)
    with pytest.raises(ValueError, match="tokens must be from 0 to 17, got 18"):
        words_of(np.array([18]), CHINESE)
