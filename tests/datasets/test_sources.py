"""Sources of texts against all texts that there are, and draws against their distributions."""

from collections import Counter
from itertools import pairwise, product

import jax
import numpy as np
import pytest
from scipy import stats

from coreformulas.datasets import DyckLanguage, MarkovChain, random_chain

CHAIN = random_chain(2, 3, concentration=0.7, key=jax.random.key(0))
LANGUAGE = DyckLanguage(kinds=2, length=8, depth=3)


def every_text(symbols, length):
    return np.array(list(product(range(symbols), repeat=length)))


def probabilities(source, texts):
    """Of whole texts, by the chain rule."""
    each = np.take_along_axis(source.next_probabilities(texts), texts[..., None], axis=-1)
    return each[..., 0].prod(axis=1)


def agree(seen, expected):
    """Whether counts pass a chi-squared test, rare outcomes taken together."""
    often = expected >= 5
    counts = np.append(seen[often], seen[~often].sum())
    wanted = np.append(expected[often], expected[~often].sum())
    filled = wanted > 0
    return stats.chisquare(counts[filled], wanted[filled], sum_check=False).pvalue > 1e-3


def test_a_chain_of_two_states_has_the_known_entropy_rate():
    """Cover and Thomas (2006), example 4.2.1 and the equation after it."""
    a, b = 0.1, 0.6
    chain = MarkovChain(np.array([[1 - a, a], [b, 1 - b]]))
    np.testing.assert_allclose(chain.stationary, [b / (a + b), a / (a + b)], rtol=1e-12)
    rate = (b * stats.entropy([a, 1 - a]) + a * stats.entropy([b, 1 - b])) / (a + b)
    np.testing.assert_allclose(chain.entropy_rate(), rate, rtol=1e-12)


def test_the_entropies_of_all_texts_grow_by_the_entropy_rate():
    totals = [stats.entropy(probabilities(CHAIN, every_text(3, length))) for length in range(1, 6)]
    growth = np.diff(totals)
    wanted = [CHAIN.conditional_entropy(1)] + [CHAIN.entropy_rate()] * 3
    np.testing.assert_allclose(growth, wanted, rtol=1e-10)
    np.testing.assert_allclose(totals[0], CHAIN.conditional_entropy(0), rtol=1e-12)
    falling = [CHAIN.conditional_entropy(seen) for seen in range(3)]
    assert all(after < before - 0.01 for before, after in pairwise(falling))


def test_texts_of_a_chain_are_drawn_as_often_as_they_are_likely():
    texts = CHAIN.sample(6000, 4, key=jax.random.key(1))
    assert texts.dtype == np.int32
    seen = np.bincount(texts @ [27, 9, 3, 1], minlength=81)
    chances = probabilities(CHAIN, every_text(3, 4))
    np.testing.assert_allclose(chances.sum(), 1, rtol=1e-12)
    assert agree(seen, 6000 * chances)


def test_a_chain_is_stationary_from_the_first_symbol_on():
    chances = probabilities(CHAIN, every_text(3, 5)).reshape((3,) * 5)
    for first in range(4):
        others = tuple(axis for axis in range(5) if axis not in (first, first + 1))
        np.testing.assert_allclose(chances.sum(axis=others), CHAIN.stationary, rtol=1e-10)


def matches(text, kinds, depth):
    """Whether brackets match and are never too deep, by a stack."""
    stack = []
    for symbol in text:
        if symbol < kinds:
            stack.append(symbol)
        elif not stack or stack.pop() != symbol - kinds:
            return False
        if len(stack) > depth:
            return False
    return not stack


def all_of(language):
    every = every_text(language.symbols, language.length)
    fits = [matches(text, language.kinds, language.depth) for text in every.tolist()]
    return every[fits]


@pytest.mark.parametrize(
    ("kinds", "length", "depth"), [(2, 8, 3), (2, 8, 9), (1, 10, 2), (3, 4, 1), (1, 2, 1)]
)
def test_the_texts_of_a_language_are_counted_and_predicted(kinds, length, depth):
    language = DyckLanguage(kinds, length, depth)
    texts = all_of(language)
    assert language.texts == len(texts)
    np.testing.assert_allclose(language.entropy(), np.log(len(texts)))
    found = language.next_probabilities(texts)
    beginnings = Counter(tuple(text[:n]) for text in texts.tolist() for n in range(length + 1))
    for text, chances in zip(texts.tolist(), found, strict=True):
        for place in range(length):
            before = tuple(text[:place])
            wanted = [beginnings[(*before, s)] / beginnings[before] for s in range(2 * kinds)]
            np.testing.assert_allclose(chances[place], wanted, atol=1e-12)


def test_every_text_of_a_language_is_drawn_alike():
    texts = LANGUAGE.sample(6000, key=jax.random.key(2))
    assert texts.dtype == np.int32
    seen = Counter(map(tuple, texts.tolist()))
    counts = np.array([seen.pop(text, 0) for text in map(tuple, all_of(LANGUAGE).tolist())])
    assert not seen
    assert agree(counts, np.full(len(counts), 6000 / len(counts)))


def test_long_texts_are_counted_without_rounding():
    """With one kind and no limit of depth they are the Catalan numbers."""
    long = DyckLanguage(kinds=1, length=80, depth=40)
    assert long.texts == 2622127042276492108820
    text = long.sample(3, key=jax.random.key(3))
    assert (probabilities(long, text) > 0).all()


def test_the_key_decides():
    for draw in (
        lambda key: CHAIN.sample(20, 9, key=key),
        lambda key: LANGUAGE.sample(20, key=key),
        lambda key: random_chain(1, 4, concentration=1.0, key=key).transitions,
    ):
        first, same, other = (draw(jax.random.key(seed)) for seed in (4, 4, 5))
        np.testing.assert_array_equal(first, same)
        assert np.any(first != other)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: MarkovChain(np.ones(2) / 2), r"at least 2 axes of one length, got \(2,\)"),
        (lambda: MarkovChain(np.ones((2, 3)) / 3), r"axes of one length, got \(2, 3\)"),
        (lambda: MarkovChain(np.eye(2)), "transitions must be positive, got 0.0"),
        (lambda: MarkovChain(np.ones((2, 2))), r"sum to 1 over the last axis, got \[2. 2.\]"),
        (lambda: CHAIN.conditional_entropy(3), "seen must be from 0 to the order, 2, got 3"),
        (lambda: CHAIN.sample(0, 3, key=jax.random.key(0)), "texts must be at least 1, got 0"),
        (lambda: CHAIN.sample(1, 0, key=jax.random.key(0)), "length must be at least 1, got 0"),
        (lambda: CHAIN.next_probabilities(np.array([[3]])), "symbols from 0 to 2, got 3 to 3"),
        (lambda: CHAIN.next_probabilities(np.zeros((0, 2), int)), "texts must not be empty"),
        (lambda: DyckLanguage(0, 4, 1), "kinds must be at least 1, got 0"),
        (lambda: DyckLanguage(1, 4, 0), "depth must be at least 1, got 0"),
        (lambda: DyckLanguage(1, 5, 1), "length must be even and at least 2, got 5"),
        (lambda: LANGUAGE.next_probabilities(np.zeros((1, 6), int)), "8 symbols each, got 6"),
        (lambda: LANGUAGE.next_probabilities(np.array([[0, 3] * 4])), "of the language, got"),
        (lambda: LANGUAGE.next_probabilities(np.array([[0] * 4 + [2] * 4])), "of the language"),
        (
            lambda: random_chain(0, 3, concentration=1.0, key=jax.random.key(0)),
            "order must be at least 1, got 0",
        ),
        (
            lambda: random_chain(1, 1, concentration=1.0, key=jax.random.key(0)),
            "symbols must be at least 2, got 1",
        ),
        (
            lambda: random_chain(1, 2, concentration=0.0, key=jax.random.key(0)),
            "concentration must be a finite number above 0, got 0.0",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
