"""The ELBO, against models whose evidence log p(x) is known."""

import inspect
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from coreformulas.vae import (
    binomial_log_likelihood,
    elbo,
    gaussian_kl,
    negative_elbo,
    reparameterize,
)

TRIALS = 16
SLOPES, OFFSETS = np.array([1.5, -0.7, 0.4]), np.array([0.2, -1.0, 0.6])
GRID = np.linspace(-12, 12, 4001)


def constant_encoder(mean, log_variance):
    def encode(observed):
        shape = (len(observed), 1)
        return jnp.full(shape, mean), jnp.full(shape, log_variance)

    return encode


def decode(latent):
    return latent * jnp.float32(SLOPES)[None] + jnp.float32(OFFSETS)[None]


def log_likelihood(observed, logits):
    return binomial_log_likelihood(observed, logits, TRIALS)


def by_quadrature(counts, mean, log_variance):
    """log p(x), the ELBO, and KL(q || p(z | x)) of the model above, in float64 on a grid."""
    logits = GRID[:, None] * SLOPES + OFFSETS
    log_joint = stats.binom.logpmf(counts, TRIALS, special.expit(logits)).sum(axis=1)
    log_joint += stats.norm.logpdf(GRID)
    log_q = stats.norm.logpdf(GRID, mean, np.exp(log_variance / 2))
    spacing = GRID[1] - GRID[0]
    log_evidence = special.logsumexp(log_joint) + np.log(spacing)
    bound = np.sum(np.exp(log_q) * (log_joint - log_q)) * spacing
    gap = np.sum(np.exp(log_q) * (log_q - log_joint + log_evidence)) * spacing
    return log_evidence, bound, gap


@given(
    st.lists(st.integers(0, TRIALS), min_size=3, max_size=3),
    st.floats(-2, 2, width=32),
    st.floats(-3, 1, width=32),
)
@settings(deadline=None, max_examples=15)
def test_elbo_matches_quadrature_and_stays_below_the_evidence(counts, mean, log_variance):
    log_evidence, bound, gap = by_quadrature(np.array(counts), mean, log_variance)
    np.testing.assert_allclose(log_evidence, bound + gap, rtol=1e-6)
    copies = 4000  # each row draws its own z, so that the rows are independent estimates
    terms = elbo(
        np.tile(counts, (copies, 1)),
        encode=constant_encoder(mean, log_variance),
        decode=decode,
        log_likelihood=log_likelihood,
        key=jax.random.key(0),
        samples=4,
    )
    values = np.asarray(terms.value, np.float64)
    standard_error = values.std(ddof=1) / np.sqrt(copies)
    # Five standard errors, for fifteen drawn models; float32 adds the absolute part.
    assert abs(values.mean() - bound) < 5 * standard_error + 1e-4 * (1 + abs(bound))
    assert values.mean() < log_evidence + 5 * standard_error + 1e-4 * (1 + abs(bound))


def test_elbo_reaches_the_evidence_where_q_is_the_posterior():
    """x | z ~ N(z, 1) and z ~ N(0, 1): then z | x ~ N(x/2, 1/2) and x ~ N(0, 2)."""

    def encode(observed):
        return observed / 2, jnp.full(observed.shape, np.log(0.5), observed.dtype)

    def normal(observed, mean):
        return jnp.sum(jax.scipy.stats.norm.logpdf(observed, mean), axis=-1)

    observed = jnp.tile(jnp.array([[1.7]]), (20_000, 1))
    terms = elbo(
        observed,
        encode=encode,
        decode=lambda latent: latent,
        log_likelihood=normal,
        key=jax.random.key(1),
    )
    values = np.asarray(terms.value, np.float64)
    standard_error = values.std(ddof=1) / np.sqrt(len(values))
    exact = stats.norm.logpdf(1.7, scale=np.sqrt(2))
    assert 0 < standard_error < 0.01
    assert abs(values.mean() - exact) < 4 * standard_error


PARTS = {
    "encode": constant_encoder(0.3, -0.5),
    "decode": decode,
    "log_likelihood": log_likelihood,
}


@partial(jax.jit, static_argnames="samples")
def estimate(observed, key, samples=1):
    return elbo(observed, **PARTS, key=key, samples=samples)


def test_terms_are_one_value_for_each_example_and_the_bound_is_their_difference():
    observed = jnp.array([[0, 3, 16], [7, 7, 7]])
    terms = estimate(observed, jax.random.key(0))
    assert terms.log_likelihood.shape == terms.kl.shape == (2,)
    np.testing.assert_array_equal(terms.value, terms.log_likelihood - terms.kl)
    np.testing.assert_allclose(terms.kl, gaussian_kl(jnp.array([0.3]), jnp.array([-0.5])))


def test_examples_and_samples_get_noise_of_their_own():
    observed = jnp.tile(jnp.array([[0, 3, 16]]), (5, 1))
    one = estimate(observed, jax.random.key(0))
    assert len(np.unique(one.log_likelihood)) == 5
    np.testing.assert_array_equal(one.log_likelihood, estimate(observed, jax.random.key(0))[0])
    assert not np.any(one.log_likelihood == estimate(observed, jax.random.key(1))[0])
    many = estimate(np.tile(observed, (200, 1)), jax.random.key(0), samples=16)
    single = estimate(np.tile(observed, (200, 1)), jax.random.key(0))
    # Independent draws: the spread of a mean of 16 is a quarter of that of one.
    ratio = np.std(many.log_likelihood) / np.std(single.log_likelihood)
    assert 0.2 < ratio < 0.3


def test_elbo_takes_noise_from_the_reparameterization_alone():
    observed = jnp.array([[0, 3, 16], [7, 7, 7]])
    still = constant_encoder(0.3, -80.0)  # a variance of e^-80 leaves z at its mean
    terms = elbo(observed, **{**PARTS, "encode": still}, key=jax.random.key(0))
    exact = log_likelihood(observed, decode(jnp.full((2, 1), 0.3)))
    np.testing.assert_allclose(terms.log_likelihood, exact, rtol=1e-6)


def test_reparameterized_gradient_is_that_of_the_expectation():
    """E[z^2] = mu^2 + sigma^2, so its gradient is (2 mu, sigma^2) in (mu, log sigma^2)."""
    count, mean, log_variance = 100_000, 0.7, -0.4

    def squares(parameters, key):
        latent = reparameterize(parameters[:1], parameters[1:], key=key)
        return latent[0] ** 2

    keys = jax.random.split(jax.random.key(5), count)
    gradients = jax.vmap(jax.grad(squares), in_axes=(None, 0))(
        jnp.array([mean, log_variance]), keys
    )
    gradients = np.asarray(gradients, np.float64)
    standard_errors = gradients.std(axis=0, ddof=1) / np.sqrt(count)
    exact = np.array([2 * mean, np.exp(log_variance)])
    assert np.all(standard_errors < 0.02)
    assert np.all(np.abs(gradients.mean(axis=0) - exact) < 4 * standard_errors)


def test_negative_elbo_is_minus_the_mean_over_the_batch():
    observed, key = jnp.array([[0, 3, 16], [7, 7, 7], [1, 2, 3]]), jax.random.key(2)
    terms = estimate(observed, key)
    loss, means = negative_elbo(observed, **PARTS, key=key)
    assert loss.shape == ()
    np.testing.assert_allclose(loss, -np.mean(terms.value), rtol=1e-6)
    assert set(means) == {"log_likelihood", "kl"}
    np.testing.assert_allclose(means["log_likelihood"] - means["kl"], -loss, rtol=1e-6)


def test_beta_weighs_the_kl_divergence_and_no_metric():
    observed, key = jnp.array([[0, 3, 16], [7, 7, 7]]), jax.random.key(2)
    for beta in (0.0, 2.5, jnp.array(4.0)):
        loss, means = negative_elbo(observed, **PARTS, key=key, beta=beta)
        wanted = float(beta) * means["kl"] - means["log_likelihood"]
        np.testing.assert_allclose(loss, wanted, rtol=1e-6)
    _, plain = negative_elbo(observed, **PARTS, key=key)
    np.testing.assert_array_equal(means["kl"], plain["kl"])


def test_loss_sums_over_dimensions_so_that_no_beta_hides_in_it():
    """Pixels twice over must double the log-likelihood and leave the KL divergence alone."""
    observed, key = jnp.array([[0, 3, 16], [7, 7, 7]]), jax.random.key(2)
    _, once = negative_elbo(observed, **PARTS, key=key)
    wide = {**PARTS, "decode": lambda latent: jnp.tile(decode(latent), (1, 2))}
    _, twice = negative_elbo(np.tile(observed, (1, 2)), **wide, key=key)
    np.testing.assert_allclose(twice["log_likelihood"], 2 * once["log_likelihood"], rtol=1e-6)
    np.testing.assert_allclose(twice["kl"], once["kl"], rtol=1e-6)


def test_jit_changes_nothing():
    observed, key = jnp.array([[0, 3, 16], [7, 7, 7]]), jax.random.key(2)
    eager = elbo(observed, **PARTS, key=key)
    np.testing.assert_allclose(estimate(observed, key).value, eager.value, rtol=1e-6)


def test_bad_arguments_are_named():
    observed, key = jnp.array([[0, 3, 16]]), jax.random.key(0)
    with pytest.raises(ValueError, match="samples must be at least 1, got 0"):
        elbo(observed, **PARTS, key=key, samples=0)
    for beta in (-0.1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match=f"beta must be a finite number .* got {beta}"):
            negative_elbo(observed, **PARTS, key=key, beta=beta)
    summed = {**PARTS, "log_likelihood": lambda x, logits: jnp.sum(log_likelihood(x, logits))}
    with pytest.raises(ValueError, match=r"log_likelihood must return one value .* got \(\)"):
        elbo(observed, **summed, key=key)
    with pytest.raises(ValueError, match="counts must hold whole numbers from 0 to 16, got 17"):
        elbo(observed + 1, **PARTS, key=key)
    with pytest.raises(ValueError, match="log_variance must have the shape of mean"):
        inspect.unwrap(reparameterize)(jnp.zeros(3), jnp.zeros(2), key=key)
