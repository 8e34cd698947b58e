"""One training step, and what models learn where the answer is known."""

from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from scipy import stats

from coreformulas.training import ModelState, fit
from coreformulas.transformer import (
    LanguageModelConfig,
    Pairs,
    TranslatorConfig,
    greedy,
    initial_state,
    make_update,
    predict,
    sequence_cross_entropy,
    to_model,
)

KEY = jax.random.key(2)
RATE = 1e-2
SGD = optax.sgd(RATE)
SMALL: dict[str, Any] = {"length": 6, "width": 8, "heads": 2, "layers": 1, "hidden": 8}
TEXT = LanguageModelConfig(vocabulary=5, padding=4, **SMALL)
PAIRS = TranslatorConfig(source_vocabulary=6, target_vocabulary=5, **SMALL)
TEXTS = np.array([[0, 1, 2, 3, 1, 0], [3, 2, 2, 4, 4, 4]], np.int32)
SENTENCES = Pairs(np.array([[3, 5, 4], [4, 0, 0]]), np.array([[4, 3, 3, 2], [3, 2, 0, 0]]))


def leaves(tree):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]


@cache
def updater(config, smoothing=0.0):
    return jax.jit(make_update(config, SGD, smoothing=smoothing))


@partial(jax.jit, static_argnames="config")
def start(config, *, key):
    return initial_state(config, SGD, key=key)


@partial(jax.jit, static_argnames=("config", "smoothing"))
@partial(jax.value_and_grad, has_aux=True)
def loss_by_hand(parameters, *, config, smoothing):
    """The loss of the fixed batch, from the logits of the model itself."""
    model = to_model(config, ModelState(parameters, ()))
    if config == PAIRS:
        logits, targets = model(*SENTENCES), SENTENCES.target
        counted = targets != 0
    else:
        logits, targets = model(TEXTS[:, :-1]), TEXTS[:, 1:]
        counted = targets != 4
    labels = optax.smooth_labels(jax.nn.one_hot(targets, 5), smoothing)
    loss = (optax.softmax_cross_entropy(logits, labels) * counted).sum() / counted.sum()
    return loss, ((logits.argmax(axis=-1) == targets) & counted).sum() / counted.sum()


@pytest.mark.parametrize(
    ("config", "batch", "smoothing"),
    [(TEXT, TEXTS, 0.0), (PAIRS, SENTENCES, 0.1)],
    ids=["language model", "translator"],
)
def test_a_step_of_gradient_descent_is_the_one_made_by_hand(config, batch, smoothing):
    state, update = start(config, key=KEY), updater(config, smoothing)
    (after, metrics), again = (update(state, batch, jax.random.key(1)) for _ in range(2))
    (loss, accuracy), gradients = loss_by_hand(state.parameters, config=config, smoothing=smoothing)
    np.testing.assert_allclose(metrics["loss"], loss, rtol=1e-5)
    by_hand = jax.tree.map(lambda p, g: p - RATE * g, state.parameters, gradients)
    for stepped, wanted in zip(leaves(after.parameters), leaves(by_hand), strict=True):
        np.testing.assert_allclose(stepped, wanted, rtol=1e-4, atol=1e-6)
    assert np.mean([np.any(leaf != 0) for leaf in leaves(gradients)]) > 0.9
    # Pure: the same again, and the state given is not used up.
    for one, two in zip(leaves((after, metrics)), leaves(again), strict=True):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_allclose(metrics["accuracy"], accuracy, rtol=1e-6)


def test_dropout_follows_the_key():
    config = LanguageModelConfig(vocabulary=5, dropout=0.5, **SMALL)
    state, update = start(config, key=KEY), updater(config)
    one, same, other = (update(state, TEXTS, jax.random.key(seed))[1] for seed in (0, 0, 1))
    assert one["loss"] == same["loss"] != other["loss"]


def test_weights_come_from_the_key_and_go_into_the_model():
    state, other = start(TEXT, key=KEY), start(TEXT, key=jax.random.key(3))
    held = nnx.state(to_model(TEXT, state), nnx.Param)
    for one, two in zip(leaves(held), leaves(state.parameters), strict=True):
        np.testing.assert_array_equal(one, two)
    tables = (s.parameters["embedding"]["table"]["embedding"][...] for s in (state, other))
    assert np.all(np.not_equal(*tables))


def test_bad_batches_are_named():
    models = [to_model(config, start(config, key=KEY)) for config in (TEXT, PAIRS)]
    with pytest.raises(TypeError, match=r"batch must be an array of tokens .* got Pairs"):
        predict(models[0], SENTENCES)
    with pytest.raises(TypeError, match="batch must be Pairs for this model, got ndarray"):
        predict(models[1], TEXTS)
    with pytest.raises(ValueError, match="at least 2 tokens in a row, got 1"):
        predict(models[0], TEXTS[:, :1])


def reversals(seed, count):
    """One to six words and the same words from the last to the first."""
    draw = np.random.default_rng(seed)
    words, lengths = draw.integers(3, 9, (count, 6)), draw.integers(1, 7, count)
    places = np.arange(7)[None]
    source = np.where(places[:, :6] < lengths[:, None], words, 0)
    backwards = np.take_along_axis(words, np.clip(lengths[:, None] - 1 - places, 0, 5), axis=1)
    target = np.where(
        places < lengths[:, None], backwards, np.where(places == lengths[:, None], 2, 0)
    )
    return Pairs(source.astype(np.int32), target.astype(np.int32))


def test_a_translator_learns_to_reverse():
    vocabularies: dict[str, Any] = {"source_vocabulary": 9, "target_vocabulary": 9}
    config = TranslatorConfig(length=7, width=32, layers=1, hidden=64, **vocabularies)
    steps = 500
    optimizer = optax.adam(optax.warmup_cosine_decay_schedule(0, 3e-3, 100, steps))
    state = jax.jit(lambda key: initial_state(config, optimizer, key=key))(KEY)
    update = make_update(config, optimizer)
    data = reversals(0, 4000)
    state, _ = fit(
        update, state, data, jax.random.key(1), steps=steps, batch_size=64, progress=False
    )
    seen = {tuple(row) for row in data.source}
    held_out = reversals(1, 600)
    fresh = [row for row, words in enumerate(held_out.source) if tuple(words) not in seen]
    assert len(fresh) > 200
    written = greedy(to_model(config, state), held_out.source[fresh])
    assert np.all(written == held_out.target[fresh], axis=1).mean() > 0.97


class Chain:
    """A Markov chain of order two over three symbols, with its stationary pairs."""

    def __init__(self, seed):
        self.draw = np.random.default_rng(seed)
        self.steps = self.draw.dirichlet(np.full(3, 0.5), (3, 3))
        self.pairs = np.full((3, 3), 1 / 9)
        for _ in range(1000):
            self.pairs = np.einsum("ab,abc->bc", self.pairs, self.steps)
        self.after_first = self.pairs / self.pairs.sum(axis=1, keepdims=True)

    def texts(self, count, length):
        first = self.draw.choice(9, count, p=self.pairs.ravel())
        texts = np.stack([first // 3, first % 3], axis=1)
        for _ in range(length - 2):
            edges = self.steps[texts[:, -2], texts[:, -1]].cumsum(axis=1)
            drawn = (self.draw.random((count, 1)) > edges[:, :2]).sum(axis=1)
            texts = np.concatenate([texts, drawn[:, None]], axis=1)
        return texts.astype(np.int32)

    def nats(self, texts):
        """Cross-entropy of texts under the chain itself, for each token but the first."""
        first = np.log(self.after_first[texts[:, 0], texts[:, 1]])
        rest = np.log(self.steps[texts[:, :-2], texts[:, 1:-1], texts[:, 2:]])
        return -(first.sum() + rest.sum()) / texts[:, 1:].size

    def entropy_rate(self):
        return (self.pairs * stats.entropy(self.steps, axis=-1)).sum()


def test_a_language_model_meets_the_entropy_of_its_source_and_does_not_beat_it():
    """Tolerance 0.01 nats, with texts that were not trained on."""
    chain, length, steps = Chain(3), 16, 500
    data, held_out = chain.texts(20000, length + 1), chain.texts(4000, length + 1)
    config = LanguageModelConfig(
        vocabulary=3, length=length, width=16, heads=2, hidden=32, positions="rotary"
    )
    optimizer = optax.adam(optax.warmup_cosine_decay_schedule(0, 1e-2, 50, steps))
    state = jax.jit(lambda key: initial_state(config, optimizer, key=key))(KEY)
    state, _ = fit(
        make_update(config, optimizer),
        state,
        data,
        jax.random.key(1),
        steps=steps,
        batch_size=128,
        progress=False,
    )

    @jax.jit
    def held_out_loss(state):
        found = predict(to_model(config, state), held_out)
        return sequence_cross_entropy(found.logits, found.targets)

    excess = held_out_loss(state) - chain.nats(held_out)
    assert -0.002 < excess < 0.01
    # The chain's own cross-entropy is its entropy rate but for the first token, which has less of
    # a past, and chance.
    first = stats.entropy(chain.after_first, axis=1) @ chain.pairs.sum(axis=1)
    wanted = (first + (length - 1) * chain.entropy_rate()) / length
    np.testing.assert_allclose(chain.nats(held_out), wanted, atol=0.01)


def test_several_seeds_train_at_once():
    keys = jax.random.split(KEY, 3)
    alone = [updater(TEXT)(start(TEXT, key=key), TEXTS, key) for key in keys]
    states = jax.tree.map(lambda *each: jnp.stack(each), *(start(TEXT, key=key) for key in keys))
    update = jax.jit(jax.vmap(updater(TEXT), in_axes=(0, None, 0)))
    _, metrics = update(states, TEXTS, keys)
    np.testing.assert_allclose(metrics["loss"], [one["loss"] for _, one in alone], rtol=1e-5)
