"""A model that reads frames of sound: padding, windows, the loss, and what is refused."""

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from random_weights import random_module

from coreformulas.training import ModelState, fit
from coreformulas.transformer import (
    FrameEmbedding,
    Frames,
    Recognizer,
    RecognizerConfig,
    Transcripts,
    greedy,
    initial_state,
    make_update,
    predict,
    to_model,
)

SIZES: dict[str, Any] = {"width": 8, "heads": 2, "layers": 1, "hidden": 8, "target_vocabulary": 5}
CONFIG = RecognizerConfig(length=5, bands=3, stride=2, window=4, **SIZES)
VALUES = np.random.default_rng(0).normal(size=(2, 9, 3)).astype(np.float32)
SOUNDS = Frames(VALUES, np.array([9, 4], np.int32))
TARGET = np.array([[3, 4, 2], [4, 2, 0]], np.int32)


@pytest.fixture(scope="module")
def model():
    return random_module(lambda rngs: Recognizer(CONFIG, rngs=rngs))


@pytest.fixture(scope="module")
def logits(model):
    return jax.jit(lambda values, lengths: model(Frames(values, lengths), TARGET))


def test_a_vector_is_a_linear_map_of_the_frames_around_it():
    embedding = random_module(lambda rngs: FrameEmbedding(CONFIG, rngs=rngs))
    vectors, mask = embedding(SOUNDS)
    parameters = nnx.state(embedding, nnx.Param)["map"]
    weights, bias = (np.asarray(parameters[name][...]) for name in ("kernel", "bias"))
    assert mask.tolist() == [[True] * 5, [True, True, False, False, False]]
    for sound, length in enumerate(SOUNDS.lengths):
        for place in range(len(mask[sound])):
            around = np.zeros((4, 3), np.float32)
            for slot, frame in enumerate(range(2 * place - 1, 2 * place + 3)):
                if 0 <= frame < length:
                    around[slot] = VALUES[sound, frame]
            wanted = around.ravel() @ weights + bias
            np.testing.assert_allclose(vectors[sound, place], wanted, atol=1e-5)


def test_what_stands_behind_a_sound_changes_nothing(logits):
    found = logits(*SOUNDS)
    assert found.shape == (2, 3, 5)
    spoiled = VALUES.copy()
    spoiled[1, 4:] = np.nan
    np.testing.assert_array_equal(logits(spoiled, SOUNDS.lengths), found)
    heard = VALUES.copy()
    heard[1, 3] += 1
    assert np.abs(logits(heard, SOUNDS.lengths) - found)[1].max() > 1e-3


def test_padding_has_no_gradient(logits):
    spoiled = np.array(VALUES)
    spoiled[1, 4:] = 1e9
    slope = jax.grad(lambda values: logits(values, SOUNDS.lengths).sum())(jnp.asarray(spoiled))
    assert (slope[1, 4:] == 0).all()
    assert (slope[1, :4] != 0).all()


def test_the_loss_is_that_of_the_tokens_that_are_no_padding(model, logits):
    found = predict(model, Transcripts(SOUNDS, TARGET))
    np.testing.assert_allclose(found.logits, logits(*SOUNDS), atol=1e-5)
    optimizer = optax.sgd(0.1)
    parameters = jax.tree.map(jnp.asarray, initial_state(CONFIG, optimizer, key=jax.random.key(0)))
    _, metrics = jax.jit(make_update(CONFIG, optimizer))(
        parameters, Transcripts(SOUNDS, TARGET), jax.random.key(1)
    )
    fresh = to_model(CONFIG, ModelState(parameters.parameters, ()))
    chances = jax.nn.log_softmax(fresh(SOUNDS, TARGET))
    counted = [chances[row, place, TARGET[row, place]] for row, place in np.argwhere(TARGET)]
    np.testing.assert_allclose(metrics["loss"], -np.mean(counted), rtol=1e-5)


def test_greedy_writes_what_the_logits_of_a_whole_pass_say(model):
    written = np.asarray(greedy(model, SOUNDS, length=4))
    logits = np.array(model(SOUNDS, np.where(written == 0, 3, written)))
    logits[..., :2] = -np.inf  # padding and begin are never written
    for row, tokens in enumerate(written):
        count = list(tokens).index(2) + 1 if 2 in tokens else 4
        assert tokens[:count].tolist() == logits[row, :count].argmax(axis=-1).tolist()
        assert not tokens[count:].any()


def test_it_learns_to_tell_high_from_low():
    """Sequences of one to three tones; tolerance: one in a hundred may be wrong."""
    draw, count = np.random.default_rng(1), 2000
    lengths, notes = draw.integers(1, 4, count), draw.integers(3, 5, (count, 3))
    sounding = np.arange(3) < lengths[:, None]
    values = draw.normal(0, 0.3, (count, 12, 2))
    for place in range(3):
        for frame in range(4 * place, 4 * place + 3):
            values[np.arange(count), frame, notes[:, place] - 3] += 2 * sounding[:, place]
    target = np.pad(np.where(sounding, notes, 0), ((0, 0), (0, 1)))
    target[np.arange(count), lengths] = 2
    data = Transcripts(
        Frames(values.astype(np.float32), (4 * lengths).astype(np.int32)), target.astype(np.int32)
    )
    sizes: dict[str, Any] = SIZES | {"width": 16}
    config = RecognizerConfig(length=6, bands=2, stride=2, window=2, **sizes)
    optimizer = optax.adam(1e-2)
    state = jax.jit(lambda key: initial_state(config, optimizer, key=key))(jax.random.key(2))
    state, _ = fit(
        make_update(config, optimizer),
        state,
        jax.tree.map(lambda part: part[200:], data),
        jax.random.key(3),
        steps=300,
        batch_size=64,
        progress=False,
    )
    held_out = jax.tree.map(lambda part: part[:200], data)
    written = np.asarray(greedy(to_model(config, state), held_out.source, length=4))
    assert (written == held_out.target).all(axis=1).mean() > 0.99


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (Frames(VALUES[:, :, :2], SOUNDS.lengths), r"shape \(batch, frames, 3\), got \(2, 9, 2\)"),
        (Frames(VALUES[:0], SOUNDS.lengths[:0]), "source must not be empty"),
        (Frames(VALUES, np.array([9])), "lengths must be 2 numbers, one for each sound"),
        (Frames(VALUES, np.array([9, 0])), "lengths must be from 1 to 9, got 0"),
        (Frames(VALUES, np.array([10, 1])), "lengths must be from 1 to 9, got 10"),
        (Frames(np.tile(VALUES, (1, 2, 1)), SOUNDS.lengths), "at most 10 frames, got 18"),
    ],
)
def test_bad_frames_are_named(model, frames, message):
    with pytest.raises(ValueError, match=message):
        greedy(model, frames)


def test_each_model_reads_its_own_kind(model):
    # Without the check of types that only tests install.
    with pytest.raises(TypeError, match="source must be Frames for this model, got ndarray"):
        inspect.unwrap(Recognizer.checked)(model, TARGET)
    with pytest.raises(TypeError, match="batch must be Transcripts for this model, got ndarray"):
        predict(model, TARGET)
    with pytest.raises(ValueError, match="target must have 2 rows, as source has, got 1"):
        inspect.unwrap(Recognizer.__call__)(model, SOUNDS, TARGET[:1])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bands": 0}, "bands must be a whole number >= 1, got 0"),
        ({"stride": 0}, "stride must be a whole number >= 1, got 0"),
        ({"stride": 5}, "window must be at least stride, 5, got 4"),
        ({"end": 1}, "padding, begin and end must be three different tokens"),
    ],
)
def test_bad_configs_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        RecognizerConfig(**SIZES | {"length": 5, "bands": 3, "stride": 2, "window": 4} | changes)
