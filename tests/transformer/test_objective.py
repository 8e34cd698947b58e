"""The loss and the accuracy against their definitions, value and gradient."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy import special, stats

from coreformulas.transformer import sequence_cross_entropy, token_accuracy

LOGITS = 3 * jax.random.normal(jax.random.key(0), (3, 5, 7))
TARGETS = jax.random.randint(jax.random.key(1), (3, 5), 0, 7)
MASK = np.arange(5)[None] < np.array([5, 2, 1])[:, None]


def by_definition(logits, targets, mask, smoothing):
    """Token by token, in float64."""
    total = 0.0
    for row, token in zip(*np.nonzero(mask), strict=True):
        chances = special.softmax(np.asarray(logits[row, token], np.float64))
        wanted = np.full(7, smoothing / 7)
        wanted[targets[row, token]] += 1 - smoothing
        total -= wanted @ np.log(chances)
    return total / mask.sum()


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("mask", [MASK, np.ones((3, 5), bool)], ids=["padded", "full"])
def test_the_loss_is_that_of_the_formula(mask, smoothing):
    found = sequence_cross_entropy(LOGITS, TARGETS, mask=mask, smoothing=smoothing)
    wanted = by_definition(LOGITS, TARGETS, mask, smoothing)
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    if mask.all():
        bare = sequence_cross_entropy(LOGITS, TARGETS, smoothing=smoothing)
        np.testing.assert_array_equal(found, bare)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_value_and_gradient_are_those_of_optax(smoothing):
    def reference(logits):
        labels = optax.smooth_labels(jax.nn.one_hot(TARGETS, 7), smoothing)
        losses = optax.softmax_cross_entropy(logits, labels)
        return jnp.sum(losses * MASK) / MASK.sum()

    def own(logits):
        return sequence_cross_entropy(logits, TARGETS, mask=MASK, smoothing=smoothing)

    value, gradient = jax.jit(jax.value_and_grad(own))(LOGITS)
    wanted_value, wanted_gradient = jax.jit(jax.value_and_grad(reference))(LOGITS)
    np.testing.assert_allclose(value, wanted_value, rtol=1e-5)
    np.testing.assert_allclose(gradient, wanted_gradient, atol=1e-6)
    assert not np.asarray(gradient)[~MASK].any()
    assert np.asarray(gradient)[MASK].any(axis=-1).all()


def test_what_is_masked_may_be_anything():
    spoiled = jnp.where(MASK[..., None], LOGITS, 1e30)
    targets = jnp.where(MASK, TARGETS, -5)
    for measure in (sequence_cross_entropy, token_accuracy):
        wanted = measure(LOGITS, TARGETS, mask=MASK)
        np.testing.assert_array_equal(measure(spoiled, targets, mask=MASK), wanted)


def test_smoothing_cannot_fall_below_the_entropy_of_its_labels():
    smoothing = 0.2
    labels = np.full(7, smoothing / 7)
    labels[3] += 1 - smoothing
    logits = jnp.asarray(np.log(labels), jnp.float32)[None]
    loss, gradient = jax.value_and_grad(
        lambda logits: sequence_cross_entropy(logits, np.array([3]), smoothing=smoothing)
    )(logits)
    np.testing.assert_allclose(loss, stats.entropy(labels), rtol=1e-5)
    np.testing.assert_allclose(gradient, 0, atol=1e-6)


def test_half_precision_is_summed_in_single():
    logits = LOGITS.astype(jnp.bfloat16)
    found = sequence_cross_entropy(logits, TARGETS)
    assert found.dtype == jnp.float32
    wanted = by_definition(logits.astype(jnp.float32), TARGETS, np.ones((3, 5), bool), 0.0)
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_accuracy_counts_tokens_that_count():
    wanted = (np.asarray(LOGITS).argmax(axis=-1) == np.asarray(TARGETS))[MASK].mean()
    np.testing.assert_allclose(token_accuracy(LOGITS, TARGETS, mask=MASK), wanted, rtol=1e-6)
    best = np.asarray(LOGITS).argmax(axis=-1)
    assert token_accuracy(LOGITS, best) == 1
    assert token_accuracy(LOGITS, (best + 1) % 7) == 0


def test_a_compiled_batch_of_nothing_but_padding_is_no_disaster():
    none = np.zeros((3, 5), bool)
    loss, gradient = jax.jit(
        jax.value_and_grad(lambda logits, mask: sequence_cross_entropy(logits, TARGETS, mask=mask))
    )(LOGITS, none)
    assert loss == 0
    assert not np.asarray(gradient).any()


@pytest.mark.parametrize("smoothing", [-0.1, 1.0, float("nan")])
def test_bad_smoothing_is_named(smoothing):
    with pytest.raises(ValueError, match="smoothing must be at least 0 and below 1"):
        sequence_cross_entropy(LOGITS, TARGETS, smoothing=smoothing)


@pytest.mark.parametrize("measure", [sequence_cross_entropy, token_accuracy])
def test_bad_arrays_are_named(measure):
    # Without the shape checks that tests install, as a user's own mistake would come.
    bare = measure.__wrapped__
    with pytest.raises(ValueError, match=r"targets must have shape \(3, 5\), got \(3, 4\)"):
        bare(LOGITS, TARGETS[:, :4])
    with pytest.raises(ValueError, match=r"mask must be boolean and have shape .* got bool\[5\]"):
        bare(LOGITS, TARGETS, mask=np.ones(5, bool))
    with pytest.raises(ValueError, match=r"mask must be boolean .* got int32\[3, 5\]"):
        bare(LOGITS, TARGETS, mask=np.ones((3, 5), np.int32))
    with pytest.raises(ValueError, match="targets must hold tokens from 0 to 6, got 7"):
        bare(LOGITS, TARGETS.at[0, 0].set(7))
    with pytest.raises(ValueError, match="mask must leave at least one token"):
        bare(LOGITS, TARGETS, mask=np.zeros((3, 5), bool))
    with pytest.raises(ValueError, match=r"logits must not be empty, got shape \(0, 5, 7\)"):
        bare(LOGITS[:0], TARGETS[:0])
