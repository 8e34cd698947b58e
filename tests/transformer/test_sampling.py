"""Draws against their distributions, and searches against everything there is to find."""

from functools import cache
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from random_weights import random_module
from scipy import special, stats

from coreformulas.transformer import (
    LanguageModel,
    LanguageModelConfig,
    Translator,
    TranslatorConfig,
    beam_search,
    greedy,
    sample,
    truncated_logits,
)

SOURCE = np.array([[3, 4, 3], [4, 0, 0], [3, 3, 0]])
PADDING, BEGIN, END = 0, 1, 2
LONGEST = 3


@cache
def language_model():
    config = LanguageModelConfig(
        vocabulary=4, length=6, width=8, heads=2, layers=1, hidden=8, positions="rotary"
    )
    return random_module(lambda rngs: LanguageModel(config, rngs=rngs), 0)


@cache
def translator():
    vocabularies: dict[str, Any] = {"source_vocabulary": 5, "target_vocabulary": 5}
    config = TranslatorConfig(length=4, width=8, heads=2, layers=1, hidden=8, **vocabularies)
    return random_module(lambda rngs: Translator(config, rngs=rngs), 8)


@nnx.jit
def run(model, *arguments):
    return jax.nn.log_softmax(model(*arguments))


def kept_by_definition(logits, temperature, top_k, nucleus):
    """Probabilities, zero for what is left out, one token at a time."""
    chances = special.softmax(np.asarray(logits, np.float64) / temperature)
    order = np.argsort(-chances, kind="stable")
    if top_k is not None:
        chances[order[top_k:]] = 0
        chances /= chances.sum()
    if nucleus is not None:
        needed = 1 + next(n for n in range(len(order)) if chances[order[: n + 1]].sum() >= nucleus)
        chances[order[needed:]] = 0
    return chances / chances.sum()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("top_k", [None, 1, 3, 50])
@pytest.mark.parametrize("nucleus", [None, 0.01, 0.6, 0.95])
def test_truncation_is_what_its_definition_says(temperature, top_k, nucleus):
    logits = 2 * jax.random.normal(jax.random.key(0), (3, 6))
    settings = {"temperature": temperature, "top_k": top_k, "nucleus": nucleus}
    found = jax.nn.softmax(truncated_logits(logits, **settings))
    for row, wanted in zip(np.asarray(found), logits, strict=True):
        np.testing.assert_allclose(row, kept_by_definition(wanted, *settings.values()), atol=1e-6)


def test_the_whole_nucleus_keeps_the_rarest_token():
    logits = jnp.array([30.0, 0.0, -30.0])
    np.testing.assert_array_equal(truncated_logits(logits, nucleus=1.0), logits)


def test_of_equal_tokens_the_first_are_kept():
    found = truncated_logits(jnp.zeros((1, 5)), top_k=2)
    np.testing.assert_array_equal(found, [[0, 0, -np.inf, -np.inf, -np.inf]])


@pytest.mark.parametrize(
    "settings", [{}, {"temperature": 0.7}, {"top_k": 2}, {"temperature": 2.0, "nucleus": 0.7}]
)
def test_draws_follow_the_chain_of_the_model(settings):
    model, count = language_model(), 8000
    prompt = np.tile([[1, 2]], (count, 1))
    texts = np.asarray(sample(model, prompt, 3, key=jax.random.key(1), **settings))
    np.testing.assert_array_equal(texts[:, :2], prompt)
    every = np.array(list(product(range(4), repeat=3)))
    whole = np.concatenate([np.tile([[1, 2]], (64, 1)), every], axis=1)
    logits = np.asarray(run(model, whole))
    options = {"temperature": 1.0, "top_k": None, "nucleus": None, **settings}
    chances = np.ones(64)
    for row, place in product(range(64), range(3)):
        kept = kept_by_definition(logits[row, place + 1], *options.values())
        chances[row] *= kept[every[row, place]]
    np.testing.assert_allclose(chances.sum(), 1, rtol=1e-5)
    seen = np.bincount(texts[:, 2:] @ [16, 4, 1], minlength=64)
    assert not seen[chances == 0].any()
    often = chances * count >= 5
    observed = np.append(seen[often], seen[~often].sum())
    expected = np.append(chances[often], chances[~often].sum()) * count
    filled = expected > 0
    assert stats.chisquare(observed[filled], expected[filled], sum_check=False).pvalue > 1e-3


def test_one_candidate_is_the_greedy_choice_and_keys_decide_otherwise():
    model, prompt = language_model(), np.array([[0], [1], [2], [3]])
    texts = np.asarray(sample(model, prompt, 5, key=jax.random.key(0), top_k=1))
    wanted = prompt
    for _ in range(5):
        filled = np.pad(wanted, ((0, 0), (0, 6 - wanted.shape[1])))
        choice = np.asarray(run(model, filled))[:, wanted.shape[1] - 1].argmax(axis=-1)
        wanted = np.concatenate([wanted, choice[:, None]], axis=1)
    np.testing.assert_array_equal(texts, wanted)
    many = np.tile(prompt, (20, 1))
    first, same, other = (sample(model, many, 5, key=jax.random.key(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert np.any(np.asarray(first) != other)


@cache
def every_translation():
    """Every translation of at most 3 tokens, one that ends or is cut off, with log p(y | x)."""
    texts = [
        (*words, END, *[PADDING] * (LONGEST - 1 - length))
        for length in range(LONGEST)
        for words in product((3, 4), repeat=length)
    ] + list(product((3, 4), repeat=LONGEST))
    found = np.array(texts)
    chances = []
    for source in SOURCE:
        logits = run(translator(), np.tile(source, (len(found), 1)), found)
        each = np.take_along_axis(np.asarray(logits), found[..., None], axis=-1)[..., 0]
        chances.append((each * (found != PADDING)).sum(axis=-1))
    return found, np.array(chances)


@pytest.mark.parametrize("length_penalty", [0.0, 1.5])
def test_a_wide_beam_finds_everything_in_order(length_penalty):
    texts, chances = every_translation()
    found = beam_search(
        translator(), SOURCE, beams=len(texts), length=LONGEST, length_penalty=length_penalty
    )
    lengths = (texts != PADDING).sum(axis=1)
    for row in range(len(SOURCE)):
        order = np.argsort(-chances[row] / ((5 + lengths) / 6) ** length_penalty)
        np.testing.assert_array_equal(found.tokens[row], texts[order])
        np.testing.assert_allclose(found.log_probability[row], chances[row][order], atol=1e-4)


def test_a_wider_beam_than_there_are_translations_marks_the_rest():
    texts, _ = every_translation()
    found = beam_search(translator(), SOURCE, beams=len(texts) + 2, length=LONGEST)
    assert np.isfinite(found.log_probability[:, : len(texts)]).all()
    assert np.isneginf(found.log_probability[:, len(texts) :]).all()


def search_by_hand(source, beams):
    """The search for one source with lists, the model read anew for every beginning."""
    kept = [((), 0.0)]
    for _ in range(LONGEST):
        grown = []
        for words, score in kept:
            if END in words:
                grown.append((words, score))
                continue
            row = np.array([[*words, *[PADDING] * (LONGEST - len(words))]])
            chances = np.asarray(run(translator(), source[None], row))[0, len(words)]
            grown += [((*words, token), score + chances[token]) for token in (END, 3, 4)]
        kept = sorted(grown, key=lambda one: -one[1])[:beams]
    return kept


@pytest.mark.parametrize("beams", [1, 2, 3])
def test_a_narrow_beam_keeps_what_a_search_by_hand_keeps(beams):
    found = beam_search(translator(), SOURCE, beams=beams, length=LONGEST)
    for row, source in enumerate(SOURCE):
        for place, (words, score) in enumerate(search_by_hand(source, beams)):
            wanted = [*words, *[PADDING] * (LONGEST - len(words))]
            np.testing.assert_array_equal(found.tokens[row, place], wanted)
            np.testing.assert_allclose(found.log_probability[row, place], score, atol=1e-4)
    if beams == 1:
        np.testing.assert_array_equal(
            greedy(translator(), SOURCE, length=LONGEST), found.tokens[:, 0]
        )


def test_the_beams_of_the_tests_differ():
    """Otherwise they would show little: greedy misses the best, and lengths are not all alike."""
    texts, chances = every_translation()
    best = texts[chances.argmax(axis=1)]
    first = np.array([search_by_hand(source, 1)[0][0] for source in SOURCE], object)
    lengths = (texts[np.argsort(-chances)[:, :4]] != PADDING).sum(axis=-1)
    assert len(set(lengths.ravel())) > 1
    assert any(
        tuple(row[row != PADDING]) != tuple(words) for row, words in zip(best, first, strict=True)
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"temperature": 0.0}, "temperature must be a finite number above 0, got 0.0"),
        ({"temperature": float("nan")}, "temperature must be a finite number above 0, got nan"),
        ({"top_k": 0}, "top_k must be at least 1, got 0"),
        ({"nucleus": 0.0}, "nucleus must be above 0 and at most 1, got 0.0"),
        ({"nucleus": 1.5}, "nucleus must be above 0 and at most 1, got 1.5"),
    ],
)
def test_bad_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        truncated_logits(jnp.zeros(3), **settings)
    with pytest.raises(ValueError, match=message):
        sample(language_model(), np.array([[1]]), 1, key=jax.random.key(0), **settings)


def test_bad_requests_are_named():
    key = jax.random.key(0)
    with pytest.raises(ValueError, match=r"count must be from 1 to 4, .* got 5"):
        sample(language_model(), np.array([[1, 2]]), 5, key=key)
    with pytest.raises(ValueError, match=r"count must be from 1 to 4, .* got 0"):
        sample(language_model(), np.array([[1, 2]]), 0, key=key)
    with pytest.raises(ValueError, match="prompt must hold tokens from 0 to 3, got 4"):
        sample(language_model(), np.array([[1, 4]]), 1, key=key)
    with pytest.raises(ValueError, match=r"prompt must not be empty, got shape \(1, 0\)"):
        sample(language_model(), np.zeros((1, 0), int), 1, key=key)
    with pytest.raises(ValueError, match="beams must be at least 1, got 0"):
        beam_search(translator(), SOURCE, beams=0)
    with pytest.raises(ValueError, match="length must be from 1 to 4, got 5"):
        beam_search(translator(), SOURCE, length=5)
    with pytest.raises(ValueError, match="length_penalty must be a finite number of at least 0"):
        beam_search(translator(), SOURCE, length_penalty=-1.0)
    with pytest.raises(ValueError, match="source must hold tokens from 0 to 4, got 5"):
        greedy(translator(), SOURCE + 1)
    with pytest.raises(ValueError, match=r"source must not be empty, got shape \(0, 3\)"):
        greedy(translator(), SOURCE[:0])
