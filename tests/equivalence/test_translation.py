"""The loss of a translator is the derived one: floor, optimum, gradient and chain rule."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from coreformulas.symbolic import to_jax
from coreformulas.transformer import derivation_objective as derived
from coreformulas.transformer import sequence_cross_entropy

VOCABULARY = 7
SMOOTHING = np.array([0.01, 0.1, 0.5])
ODDS = 1 + VOCABULARY * (1 - SMOOTHING) / SMOOTHING


@pytest.fixture
def float64():
    with jax.enable_x64(True):
        yield


@jax.jit
@partial(jnp.vectorize, signature="(),()->(),()")
def at_margin(margin, smoothing):
    """Loss of one token whose score lies by a margin above all others, and its slope."""

    def loss(margin):
        logits = jnp.zeros((1, VOCABULARY)).at[0, 3].set(margin)
        return sequence_cross_entropy(logits, np.array([3]), smoothing=smoothing)

    return jax.value_and_grad(loss)(margin)


def labels_of(targets, smoothing):
    return (1 - smoothing) * np.eye(VOCABULARY)[targets] + smoothing / VOCABULARY


@pytest.mark.usefixtures("float64")
def test_the_best_margin_and_its_loss_are_the_derived_ones():
    derivation = derived.smoothed_optimum()
    start = to_jax(derivation.start, [derived.margin, derived.odds, derived.wrong])
    margins = np.array([-2.0, 0.0, 1.5, 6.0])[:, None]
    found, _ = at_margin(np.broadcast_to(margins, (4, 3)), np.broadcast_to(SMOOTHING, (4, 3)))
    wanted = start(margins, ODDS[None], VOCABULARY - 1)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    end = to_jax(derivation.end, [derived.odds, derived.wrong])(ODDS, VOCABULARY - 1)
    best = np.log(ODDS) + np.array([-0.1, 0.0, 0.1])[:, None]
    losses, slopes = at_margin(best, np.broadcast_to(SMOOTHING, (3, 3)))
    np.testing.assert_allclose(losses[1], end, rtol=1e-12)
    np.testing.assert_allclose(slopes[1], 0, atol=1e-12)
    assert (losses[0] > losses[1]).all()
    assert (losses[2] > losses[1]).all()
    entropies = [stats.entropy(labels_of(3, smoothing)) for smoothing in SMOOTHING]
    np.testing.assert_allclose(end, entropies, rtol=1e-12)


@pytest.mark.usefixtures("float64")
def test_value_and_gradient_are_the_derived_ones():
    """The last line of smoothing-pulls-to-uniform, its means by hand, and prediction - label."""
    logits = 2 * np.random.default_rng(0).normal(size=(4, VOCABULARY))
    targets, mask = np.array([0, 5, 5, 2]), np.array([True, True, False, True])
    slope = to_jax(
        derived.cross_entropy_slope().end, [derived.score, derived.others, derived.target]
    )
    value_and_slope = jax.jit(
        jax.value_and_grad(
            lambda logits, smoothing: sequence_cross_entropy(
                logits, targets, mask=mask, smoothing=smoothing
            )
        )
    )
    exponentials = np.exp(logits)
    totals = exponentials.sum(axis=1, keepdims=True)
    chances, uniform = exponentials / totals, np.full(VOCABULARY, 1 / VOCABULARY)
    plain = -np.log(chances[range(4), targets])
    apart = np.array([stats.entropy(uniform, row) for row in chances])
    for smoothing in (0.0, *SMOOTHING):
        value, gradient = value_and_slope(logits, smoothing)
        wanted = (1 - smoothing) * plain + smoothing * (apart + np.log(VOCABULARY))
        np.testing.assert_allclose(value, wanted[mask].mean(), rtol=1e-12)
        by_token = slope(logits, totals - exponentials, labels_of(targets, smoothing))
        np.testing.assert_allclose(gradient, by_token * mask[:, None] / 3, atol=1e-14)


@pytest.mark.usefixtures("float64")
def test_the_floor_is_the_entropy_of_the_labels():
    """Over tokens as often as they are likely, the mean loss is least where they are predicted."""
    truth = np.array([0.5, 0.25, 0.25])
    targets = np.array([0, 0, 1, 2])

    @jax.jit
    def loss(chances):
        return sequence_cross_entropy(jnp.broadcast_to(jnp.log(chances), (4, 3)), targets)

    np.testing.assert_allclose(loss(truth), stats.entropy(truth), rtol=1e-12)
    for other in np.random.default_rng(0).dirichlet(np.ones(3), 20):
        wanted = stats.entropy(truth) + stats.entropy(truth, other)
        np.testing.assert_allclose(loss(other), wanted, rtol=1e-10)


@pytest.mark.usefixtures("float64")
def test_a_translation_costs_what_its_tokens_cost_each_after_the_true_ones_before():
    """All translations of three tokens from a joint table, and logits that are its conditionals."""
    joint = np.random.default_rng(1).dirichlet(np.ones(27)).reshape(3, 3, 3)
    texts = np.array(list(np.ndindex(3, 3, 3)))
    first, second = joint.sum(axis=(1, 2)), joint.sum(axis=2)
    chances = np.stack(
        [
            np.broadcast_to(first, (27, 3)),
            second[texts[:, 0]],  # not normalized: a softmax does not need it
            joint[texts[:, 0], texts[:, 1]],
        ],
        axis=1,
    )
    total = 3 * jax.vmap(sequence_cross_entropy)(jnp.log(chances), texts)
    np.testing.assert_allclose(total, -np.log(joint.ravel()), rtol=1e-12)
