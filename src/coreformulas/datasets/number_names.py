"""English number names and Chinese numerals below a million million, as tokens.

English counts by thousands and Chinese by ten thousands, so that a translation has to group the
digits anew: *twelve thousand | three hundred and five*, 一万 | 二千三百零五.
"""

from collections.abc import Sequence
from functools import cache

import jax
import numpy as np
from jaxtyping import Array, Bool, Int, Integer, Key

__all__ = [
    "CHINESE",
    "ENGLISH",
    "chinese_tokens",
    "english_tokens",
    "is_held_out",
    "sample_numbers",
    "words_of",
]

LARGEST_DIGITS = 12
HELD_OUT = 10
"""One number in so many is kept for testing."""

# fmt: off
_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)
# fmt: on
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ("thousand", "million", "billion")

ENGLISH = ("<padding>", *_UNITS, *_TENS, "hundred", "and", *_SCALES)
"""The words of number names, in the order of their tokens."""

CHINESE = ("<padding>", "<begin>", "<end>", *"零一二三四五六七八九十百千万亿")
"""The characters of numerals, in the order of their tokens, and the three marks of a decoder."""

_ENGLISH_TOKEN = {word: token for token, word in enumerate(ENGLISH)}
_CHINESE_TOKEN = {character: token for token, character in enumerate(CHINESE)}
_LONGEST_ENGLISH, _LONGEST_CHINESE = 23, 24


def english_tokens(
    numbers: Integer[np.ndarray | Array, " numbers"],
) -> Int[np.ndarray, "numbers 23"]:
    """Number names on the short scale, a token for each word, padding behind the last.

    With *and* before what is below a hundred, where something stands in front of it: *one thousand
    and five*, *three hundred and five thousand*. Without hyphens and commas.

    Raises:
        ValueError: if a number is not a whole number from 0 to below 10 to the power of 12.
    """
    numbers = _checked(numbers)
    table, columns = _below_thousand(), []
    for power in (3, 2, 1, 0):
        group = numbers // 1000**power % 1000
        if power:
            scale = _ENGLISH_TOKEN[_SCALES[power - 1]]
            columns += [table[group], np.where(group > 0, scale, 0)[:, None]]
        else:
            joined = (group > 0) & (group < 100) & (numbers >= 1000)
            columns += [np.where(joined, _ENGLISH_TOKEN["and"], 0)[:, None], table[group]]
    tokens = _close_gaps(np.concatenate(columns, axis=1), _LONGEST_ENGLISH)
    tokens[numbers == 0, 0] = _ENGLISH_TOKEN["zero"]
    return tokens


def chinese_tokens(
    numbers: Integer[np.ndarray | Array, " numbers"],
) -> Int[np.ndarray, "numbers 24"]:
    """Chinese numerals, a token for each character, the end token behind them, then padding.

    零 stands once for zeros between two digits: within a group of four digits (三百零五), at the
    start of a group that is not the first (一万零三百), and for a group that is left out
    (一亿零二千, where some leave it out too). It does not stand for zeros that end a group
    (一百万二千). Two is always 二, never 两. Ten to nineteen begin with 十 where they begin the
    numeral (十二万), and else with 一十 (一百一十二).

    Raises:
        ValueError: if a number is not a whole number from 0 to below 10 to the power of 12.
    """
    numbers = _checked(numbers)
    table, columns = _below_ten_thousand(), []
    for power, scale in ((2, "亿"), (1, "万"), (0, "<padding>")):
        group, higher = numbers // 10 ** (4 * power) % 10000, numbers // 10 ** (4 * power + 4)
        gap = (group > 0) & (higher > 0) & ((group < 1000) | (higher % 10000 == 0))
        characters = table[group]
        first_ten = (higher == 0) & (group >= 10) & (group < 20)
        characters[first_ten, 0] = 0
        columns += [
            np.where(gap, _CHINESE_TOKEN["零"], 0)[:, None],
            characters,
            np.where(group > 0, _CHINESE_TOKEN[scale], 0)[:, None],
        ]
    columns.append(np.full((len(numbers), 1), _CHINESE_TOKEN["<end>"]))
    columns[0][numbers == 0] = _CHINESE_TOKEN["零"]
    return _close_gaps(np.concatenate(columns, axis=1), _LONGEST_CHINESE)


def words_of(
    tokens: Integer[np.ndarray | Array, " length"], vocabulary: Sequence[str]
) -> list[str]:
    """The words or characters of one row of tokens, up to its end, without the marks.

    Args:
        tokens: of one row.
        vocabulary: ``ENGLISH`` or ``CHINESE``.

    Raises:
        ValueError: if a token is outside the vocabulary.
    """
    words = []
    for token in np.asarray(tokens).tolist():
        if not 0 <= token < len(vocabulary):
            raise ValueError(f"tokens must be from 0 to {len(vocabulary) - 1}, got {token}")
        if vocabulary[token] == "<end>":
            break
        words.append(vocabulary[token])
    return [word for word in words if word not in ("<padding>", "<begin>")]


def is_held_out(numbers: Integer[np.ndarray | Array, " numbers"]) -> Bool[np.ndarray, " numbers"]:
    """Whether a number is kept for testing: a fixed tenth of all, which a hash picks.

    The hash mixes all digits, so that the rule is no pattern that a model could tell from them: it
    is what SplitMix64 draws first from that seed.

    Raises:
        ValueError: if a number is not a whole number from 0 to below 10 to the power of 12.

    References:
        Steele et al. (2014), Fast splittable pseudorandom number generators.
    """
    mixed = _checked(numbers).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return (mixed ^ (mixed >> np.uint64(31))) % np.uint64(HELD_OUT) == 0


def sample_numbers(
    count: int, *, digits: tuple[int, int], held_out: bool, key: Key[Array, ""]
) -> Int[np.ndarray, " count"]:
    """Draw how many digits a number has, all alike, and then one of the numbers that have them.

    Without the first draw nine of ten numbers would have the most digits.

    Args:
        count: of the draws, which are independent, so that short numbers come again and again.
        digits: the fewest and the most, from 1 to 12.
        held_out: whether all are of those that :func:`is_held_out` keeps for testing, or none is.
        key: for the draws.

    Raises:
        ValueError: if ``count`` is below 1, or ``digits`` is not an interval from 1 to 12.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    least, most = digits
    if not 1 <= least <= most <= LARGEST_DIGITS:
        raise ValueError(f"digits must be an interval from 1 to {LARGEST_DIGITS}, got {digits}")
    # NumPy's generator counts in 64 bits, and nothing has to be compiled.
    generator = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    share = 1 / HELD_OUT if held_out else 1 - 1 / HELD_OUT
    found = np.empty(0, np.int64)
    while len(found) < count:
        drawn = int((count - len(found)) / share) + 100
        lengths = generator.integers(least, most + 1, drawn)
        low = np.where(lengths > 1, 10 ** (lengths - 1), 0)
        numbers = generator.integers(low, 10**lengths)
        found = np.concatenate([found, numbers[is_held_out(numbers) == held_out]])
    return found[:count]


def _checked(numbers: np.ndarray | Array) -> Int[np.ndarray, " numbers"]:
    values = np.asarray(numbers)
    if values.ndim != 1 or not np.issubdtype(values.dtype, np.integer):
        raise ValueError(
            f"numbers must be one row of whole numbers, got {values.dtype} of shape {values.shape}"
        )
    if values.size and not 0 <= values.min() <= values.max() < 10**LARGEST_DIGITS:
        raise ValueError(
            f"numbers must be from 0 to below 10**{LARGEST_DIGITS}, got {values.min()} to "
            f"{values.max()}"
        )
    return values.astype(np.int64)


@cache
def _below_thousand() -> Int[np.ndarray, "1000 5"]:
    """Tokens of the names of 1 to 999; none for 0."""
    table = np.zeros((1000, 5), np.int32)
    for number in range(1, 1000):
        hundreds, rest = divmod(number, 100)
        words = [_UNITS[hundreds], "hundred"] if hundreds else []
        words += ["and"] if hundreds and rest else []
        if rest >= 20:
            words += [_TENS[rest // 10 - 2]]
            rest %= 10
        words += [_UNITS[rest]] if rest else []
        table[number, : len(words)] = [_ENGLISH_TOKEN[word] for word in words]
    return table


@cache
def _below_ten_thousand() -> Int[np.ndarray, "10000 7"]:
    """Tokens of the numerals of 1 to 9999, with 一十 for ten; none for 0."""
    table = np.zeros((10000, 7), np.int32)
    for number in range(1, 10000):
        numeral, gap = "", False
        for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = number // power % 10
            if digit:
                numeral += "零" * (gap and numeral != "") + CHINESE[3 + digit] + name
            gap = digit == 0
        table[number, : len(numeral)] = [_CHINESE_TOKEN[character] for character in numeral]
    return table


def _close_gaps(tokens: Int[np.ndarray, "rows slots"], length: int) -> Int[np.ndarray, "rows ..."]:
    """The tokens of each row side by side, padding behind them."""
    order = np.argsort(tokens == 0, axis=1, kind="stable")
    return np.take_along_axis(tokens, order, axis=1)[:, :length].astype(np.int32)
