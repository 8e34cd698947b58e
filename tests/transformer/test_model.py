"""The models: what may depend on what, the cache, the place of the norm, and errors."""

import inspect
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from random_weights import random_module

from coreformulas.transformer import (
    Embedding,
    Encoder,
    LanguageModel,
    LanguageModelConfig,
    Layer,
    StackConfig,
    Translator,
    TranslatorConfig,
    causal_mask,
)

SIZES: dict[str, Any] = {"length": 8, "width": 8, "heads": 2, "layers": 2, "hidden": 12}
KINDS = [("sinusoidal", "pre"), ("learned", "post"), ("rotary", "pre")]
DRAW = np.random.default_rng(0)
TEXTS = np.array([[3, 1, 4, 1, 0, 2], [2, 0, 1, 3, 3, 4]])
SOURCE = np.array([[3, 4, 5, 6, 0], [6, 3, 0, 0, 0]])
TARGET = np.array([[3, 5, 4, 2], [4, 2, 0, 0]])


@cache
def language_model(positions: Any = "sinusoidal", norm: Any = "pre", **changes):
    sizes = {**SIZES, **changes}
    config = LanguageModelConfig(vocabulary=5, positions=positions, norm=norm, **sizes)
    return random_module(lambda rngs: LanguageModel(config, rngs=rngs))


@cache
def translator(positions: Any = "sinusoidal", norm: Any = "pre", **changes):
    sizes = {**SIZES, **changes}
    vocabularies: dict[str, Any] = {"source_vocabulary": 7, "target_vocabulary": 6}
    config = TranslatorConfig(positions=positions, norm=norm, **vocabularies, **sizes)
    return random_module(lambda rngs: Translator(config, rngs=rngs))


@nnx.jit
def run(model, *arguments):
    return model(*arguments)


@nnx.jit
def extend(model, memory, tokens):
    return model.extend(memory, tokens)


@nnx.jit
def start(model, source):
    return model.start(source, 4)


@nnx.jit
def attend(model, source, target):
    return model.cross_attention(source, target)


@nnx.jit
def encode(encoder, vectors, mask):
    return encoder(vectors, mask=mask)


@pytest.mark.parametrize("positions", ["sinusoidal", "learned", "rotary", "none"])
def test_without_positions_the_encoder_knows_no_order(positions):
    config = StackConfig(positions=positions, **{**SIZES, "layers": 1})
    encoder = random_module(lambda rngs: Encoder(config, rngs=rngs))
    vectors = jnp.asarray(DRAW.normal(size=(2, 5, 8)), jnp.float32)
    order = np.array([3, 0, 4, 1, 2])
    mask = jnp.array([[True, True, False, True, True], [True] * 5])
    first = encode(encoder, vectors, mask)[:, order]
    difference = np.abs(encode(encoder, vectors[:, order], mask[:, order]) - first).max()
    assert (difference < 1e-5) == (positions == "none"), difference


def test_padding_changes_nothing():
    model = translator(*KINDS[2])
    both = run(model, SOURCE, TARGET)
    alone = run(model, SOURCE[1:, :2], TARGET[1:, :2])
    np.testing.assert_allclose(alone, both[1:, :2], atol=1e-5)
    # A token in its place would count.
    other = run(model, np.where(SOURCE == 0, 3, SOURCE), TARGET)
    assert np.abs(other - both).max(axis=(1, 2)).min() > 1e-3


@pytest.mark.parametrize(("positions", "norm"), KINDS)
def test_a_change_changes_nothing_before_it(positions, norm):
    model = language_model(positions, norm)
    logits = run(model, TEXTS)
    for place in range(TEXTS.shape[1]):
        changed = TEXTS.copy()
        changed[:, place] = (changed[:, place] + 1) % 5
        difference = np.abs(run(model, changed) - logits).max(axis=-1)
        np.testing.assert_allclose(difference[:, :place], 0, atol=1e-6)
        # Everything after it hears of it.
        assert difference[:, place:].min() > 1e-4


def test_a_translation_depends_on_the_tokens_written_before_and_on_all_of_the_source():
    model = translator(*KINDS[2])
    logits = run(model, SOURCE, TARGET)
    for place in range(TARGET.shape[1]):
        changed = TARGET.copy()
        changed[:, place] = 3 + (changed[:, place] == 3)
        difference = np.abs(run(model, SOURCE, changed) - logits).max(axis=-1)
        np.testing.assert_allclose(difference[:, : place + 1], 0, atol=1e-6)
        assert np.all(difference[:, place + 1 :] > 1e-4)
    for place in range(2):
        changed = SOURCE.copy()
        changed[:, place] = 5 - (changed[:, place] == 5)
        assert np.abs(run(model, changed, TARGET) - logits).max(axis=-1).min() > 1e-4


@pytest.mark.parametrize(
    ("positions", "norm", "steps"),
    [(*kind, (1,) * 6) for kind in KINDS] + [(*KINDS[2], (3, 3))],
)
def test_with_the_cache_a_text_is_read_as_at_once(positions, norm, steps):
    model = language_model(positions, norm)
    memory, pieces, place = model.start(2), [], 0
    for step in steps:
        logits, memory = extend(model, memory, TEXTS[:, place : place + step])
        pieces.append(logits)
        place += step
    assert int(memory.position) == 6
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), run(model, TEXTS), atol=1e-5)


def test_with_the_cache_a_translation_is_read_as_at_once():
    model = translator(*KINDS[2])
    memory, pieces = start(model, SOURCE), []
    seen = np.concatenate([np.full((2, 1), model.config.begin), TARGET[:, :-1]], axis=1)
    for place in range(4):
        logits, memory = extend(model, memory, seen[:, place : place + 1])
        pieces.append(logits)
    wanted = run(model, SOURCE, TARGET)
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), wanted, atol=1e-5)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_a_layer_is_its_sublayers_and_the_norm_is_where_the_config_says(norm):
    config = StackConfig(positions="none", norm=norm, **SIZES)
    layer = random_module(lambda rngs: Layer(config, cross=True, rngs=rngs))
    vectors, source = jnp.asarray(DRAW.normal(size=(2, 2, 3, 8)), jnp.float32)
    mask, times = causal_mask(3)[None, None], jnp.arange(3)

    @nnx.jit
    def found(layer: Any):
        options = {"positions": times, "mask": mask, "memory": layer.remember(source)}
        return layer(vectors, **options)[0], layer.cross_weights(vectors, **options)

    @nnx.jit
    def wanted(layer: Any):
        sublayers = (
            lambda x: layer.attention(x, mask=mask),
            lambda x: layer.cross(x, source),
            layer.forward,
        )
        x, weights = vectors, jnp.zeros(())
        for place, (sublayer, norm_layer) in enumerate(zip(sublayers, layer.norms, strict=True)):
            if place == 1:
                weights = layer.cross.weights(norm_layer(x) if norm == "pre" else x, source)
            x = x + sublayer(norm_layer(x)) if norm == "pre" else norm_layer(x + sublayer(x))
        return x, weights

    for one, other in zip(found(layer), wanted(layer), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_what_leaves_a_stack_is_normalized(norm):
    config = StackConfig(norm=norm, **{**SIZES, "layers": 1})
    encoder: Any = random_module(lambda rngs: Encoder(config, rngs=rngs))
    last: Any = encoder.last if norm == "pre" else encoder.layers[-1].norms[-1]
    last.scale[...], last.bias[...] = jnp.ones(8), jnp.zeros(8)
    vectors = jnp.asarray(5 + 30 * DRAW.normal(size=(2, 3, 8)), jnp.float32)
    found = encode(encoder, vectors, jnp.ones((2, 3), bool))
    np.testing.assert_allclose(np.mean(found, axis=-1), 0, atol=1e-5)
    np.testing.assert_allclose(np.std(found, axis=-1), 1, rtol=1e-3)


def test_cross_attention_is_a_distribution_over_what_is_no_padding():
    weights = np.asarray(attend(translator(*KINDS[2]), SOURCE, TARGET))
    assert weights.shape == (2, 2, 2, 4, 5)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)
    assert np.all((weights > 0) == (SOURCE != 0)[None, :, None, None, :])


def test_embeddings_start_with_unit_variance():
    embedding = Embedding(400, 64, rngs=nnx.Rngs(0))
    tokens = np.arange(400).reshape(10, 40)
    vectors = embedding(tokens)
    np.testing.assert_allclose(np.var(vectors), 1, rtol=0.05)
    table = np.asarray(embedding.table.embedding[...])
    np.testing.assert_allclose(vectors[0, 7], 8 * table[7], rtol=1e-6)


@nnx.jit
def with_dropout(model, tokens, key):
    return model(tokens, key=key)


def test_dropout_needs_a_key_and_follows_it():
    model, plain = language_model(layers=1, dropout=0.3), language_model(layers=1)
    first, same, other = (
        np.asarray(with_dropout(model, TEXTS, jax.random.key(seed))) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 1e-2
    # Without a key, and without dropout, all is as with the same weights and no dropout.
    wanted = run(plain, TEXTS)
    np.testing.assert_array_equal(run(model, TEXTS), wanted)
    np.testing.assert_array_equal(with_dropout(plain, TEXTS, jax.random.key(0)), wanted)


def test_bad_tokens_are_named():
    model, pairs = language_model(), translator(*KINDS[2])
    with pytest.raises(ValueError, match="tokens must hold tokens from 0 to 4, got 5"):
        model(TEXTS + 1)
    with pytest.raises(ValueError, match="tokens must hold tokens from 0 to 4, got -1"):
        model(TEXTS - 1)
    with pytest.raises(ValueError, match="tokens must have at most 8 tokens, got 9"):
        model(np.zeros((2, 9), int))
    with pytest.raises(ValueError, match=r"tokens must not be empty, got shape \(0, 6\)"):
        model(TEXTS[:0])
    with pytest.raises(ValueError, match="source must hold tokens from 0 to 6, got 7"):
        pairs(SOURCE + 1, TARGET)
    with pytest.raises(ValueError, match="target must hold tokens from 0 to 5, got 6"):
        pairs(SOURCE, TARGET + 1)
    with pytest.raises(ValueError, match="source must have at most 8 tokens, got 9"):
        pairs(np.ones((2, 9), int), TARGET)
    with pytest.raises(ValueError, match="target must have 2 rows, as source has, got 1"):
        inspect.unwrap(Translator.__call__)(pairs, SOURCE, TARGET[:1])


def test_a_full_cache_takes_no_more():
    model = language_model()
    _, memory = extend(model, model.start(2, 5), TEXTS[:, :4])
    with pytest.raises(ValueError, match="tokens must be at most 1, got 2"):
        model.extend(memory, TEXTS[:, 4:])
    with pytest.raises(ValueError, match="length must be from 1 to 8, got 9"):
        model.start(2, 9)
    with pytest.raises(ValueError, match="batch must be at least 1, got 0"):
        model.start(0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers": 0}, "layers must be a whole number >= 1, got 0"),
        ({"width": 8.0}, "width must be a whole number >= 1, got 8.0"),
        ({"length": True}, "length must be a whole number >= 1, got True"),
        ({"heads": 3}, "heads must divide width, 8, got 3"),
        ({"positions": "relative"}, "positions must be 'sinusoidal' or .* got 'relative'"),
        ({"norm": "both"}, "norm must be 'pre' or 'post', got 'both'"),
        ({"width": 9, "heads": 3}, "sinusoidal positions need an even width, got 9"),
        ({"positions": "rotary", "heads": 8}, "rotary positions need heads of an even size, got 1"),
        ({"dropout": 1.0}, "dropout must be at least 0 and below 1, got 1.0"),
        ({"target_vocabulary": 0}, "target_vocabulary must be a whole number >= 1, got 0"),
        ({"end": 1}, r"three different tokens below target_vocabulary, 6, got \(0, 1, 1\)"),
        ({"end": 6}, r"three different tokens below target_vocabulary, 6, got \(0, 1, 6\)"),
        ({"padding": 4, "source_vocabulary": 4}, "below source_vocabulary, 4, got 4"),
    ],
)
def test_bad_configs_are_refused(changes, message):
    # Past the type check that only tests install, as a user's own mistake would come.
    config = object.__new__(TranslatorConfig)
    good = TranslatorConfig(source_vocabulary=7, target_vocabulary=6, **SIZES)
    for name, value in {**vars(good), **changes}.items():
        object.__setattr__(config, name, value)
    with pytest.raises(ValueError, match=message):
        config.__post_init__()


@pytest.mark.parametrize("padding", [-1, 5])
def test_padding_belongs_to_the_vocabulary(padding):
    with pytest.raises(ValueError, match="padding must be"):
        LanguageModelConfig(vocabulary=5, padding=padding)
