"""Negative log-likelihoods, against sums over everything that there is."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from coreformulas import transformer, vae
from coreformulas.comparison import expected_cross_entropy, sequence_log_likelihood, vae_score
from coreformulas.transformer import LanguageModelConfig
from coreformulas.vae import VAEConfig

CONFIG = LanguageModelConfig(
    vocabulary=5, length=3, width=4, heads=1, layers=1, hidden=4, positions="learned"
)
PAIRS = np.array(list(product(range(5), repeat=2)))


@pytest.fixture(scope="module")
def state():
    return transformer.initial_state(CONFIG, optax.sgd(0.1), key=jax.random.key(0))


def test_the_probabilities_of_all_sequences_add_up_to_one(state):
    nats = sequence_log_likelihood(CONFIG, state, jnp.asarray(PAIRS))
    np.testing.assert_allclose(np.exp(nats).sum(), 1, rtol=1e-5)


def test_the_expectation_is_the_mean_over_all_pairs(state):
    table = np.random.default_rng(0).dirichlet(np.ones(25)).reshape(5, 5)
    nats = np.asarray(sequence_log_likelihood(CONFIG, state, jnp.asarray(PAIRS)))
    expected = -(table.ravel() * nats).sum()
    np.testing.assert_allclose(expected_cross_entropy(CONFIG, state, table), expected, rtol=1e-5)


def test_a_table_of_another_size_is_refused(state):
    with pytest.raises(ValueError, match=r"probabilities must have shape \(5, 5\), got \(4, 4\)"):
        expected_cross_entropy(CONFIG, state, np.full((4, 4), 1 / 16))


def test_a_decoder_that_ignores_its_code_has_a_known_likelihood():
    """Then p(x) = N(0, I), and encoders can only loosen the ELBO, not the weighted bound."""
    config = VAEConfig(observed=2, hidden=(), latent=2, likelihood="gaussian")
    state = vae.initial_state(config, optax.sgd(0.1), key=jax.random.key(0))
    state = jax.tree.map(jnp.zeros_like, state)  # a decoder of zeros: mean 0, variance 1
    points = np.random.default_rng(1).normal(size=(300, 2)).astype(np.float32)
    exact = np.mean(0.5 * (points**2).sum(axis=1)) + np.log(2 * np.pi)
    found = vae_score(config, state, points, samples=3, key=jax.random.key(2))
    np.testing.assert_allclose(found.negative_log_likelihood, exact, rtol=1e-5)
    np.testing.assert_allclose(found.negative_elbo or 0, exact, rtol=1e-5)
    # With the truth known, here N(0, I) itself, every point gives the entropy.
    entropy = float(np.log(2 * np.pi * np.e))
    density = -0.5 * (points**2).sum(axis=1) - np.log(2 * np.pi)
    known = vae_score(
        config,
        state,
        points,
        samples=3,
        key=jax.random.key(2),
        log_density=density,
        entropy=entropy,
    )
    np.testing.assert_allclose(known.negative_log_likelihood, entropy, rtol=1e-5)
    assert known.standard_error < 1e-5
    assert found.standard_error > 0.01
