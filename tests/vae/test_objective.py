"""The terms of the ELBO against independent references: SciPy, quadrature and closed forms."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import integrate, special, stats

from coreformulas.vae import (
    bernoulli_log_likelihood,
    binomial_log_likelihood,
    gaussian_kl,
    reparameterize,
)

TRIALS = 16


def floats(low, high):
    return st.floats(low, high, width=32)


def rows(elements, width=5):
    return hnp.arrays(np.float32, (3, width), elements=elements)


def unchecked(function):
    """The function without the shape check that only tests install, to reach its own errors."""
    return inspect.unwrap(function)


# --- Gaussian KL


def test_gaussian_kl_matches_quadrature():
    mean, log_variance = np.array([0.7, -1.2]), np.array([-0.5, 0.9])
    prior_mean, prior_log_variance = np.array([0.3, -2.0]), np.array([0.4, -0.8])
    exact = 0.0
    for m, lv, pm, plv in zip(mean, log_variance, prior_mean, prior_log_variance, strict=True):

        def integrand(z, m=m, lv=lv, pm=pm, plv=plv):
            q, p = (m, np.exp(lv / 2)), (pm, np.exp(plv / 2))
            return stats.norm.pdf(z, *q) * (stats.norm.logpdf(z, *q) - stats.norm.logpdf(z, *p))

        exact += integrate.quad(integrand, -15, 15)[0]
    measured = gaussian_kl(*map(jnp.float32, (mean, log_variance, prior_mean, prior_log_variance)))
    np.testing.assert_allclose(measured, exact, rtol=1e-5)


def test_gaussian_kl_is_zero_at_the_prior_and_nowhere_negative_near_it():
    zeros = jnp.zeros((4, 3))
    assert np.all(gaussian_kl(zeros, zeros) == 0.0)
    prior_mean, prior_log_variance = jnp.full((4, 3), 1.5), jnp.full((4, 3), -0.7)
    at_prior = gaussian_kl(prior_mean, prior_log_variance, prior_mean, prior_log_variance)
    assert np.all(at_prior == 0.0)


def test_gaussian_kl_keeps_its_digits_next_to_the_prior():
    log_variance = 1e-3
    exact = 0.5 * (np.expm1(log_variance) - log_variance)  # float64
    measured = gaussian_kl(jnp.zeros((1,)), jnp.full((1,), log_variance))
    np.testing.assert_allclose(measured, exact, rtol=1e-3)


@given(rows(floats(-5, 5)), rows(floats(-5, 5)), floats(-3, 3), floats(-3, 3))
@settings(deadline=None, max_examples=50)
def test_gaussian_kl_is_not_negative_and_sums_over_dimensions(mean, log_variance, m, lv):
    whole = gaussian_kl(jnp.asarray(mean), jnp.asarray(log_variance), m, lv)
    assert np.all(np.asarray(whole) >= -1e-6)
    parts = sum(
        gaussian_kl(jnp.asarray(mean[:, i : i + 1]), jnp.asarray(log_variance[:, i : i + 1]), m, lv)
        for i in range(mean.shape[1])
    )
    np.testing.assert_allclose(whole, parts, rtol=1e-5, atol=1e-5)


def test_gaussian_kl_agrees_with_its_monte_carlo_estimate():
    mean, log_variance = jnp.array([0.8, -0.3]), jnp.array([-1.0, 0.5])
    draws = jnp.broadcast_to(mean, (100_000, 2)), jnp.broadcast_to(log_variance, (100_000, 2))
    latent = np.asarray(reparameterize(*draws, key=jax.random.key(3)), dtype=np.float64)
    log_q = stats.norm.logpdf(latent, np.asarray(mean), np.exp(np.asarray(log_variance) / 2))
    log_ratios = (log_q - stats.norm.logpdf(latent)).sum(axis=1)
    standard_error = log_ratios.std(ddof=1) / np.sqrt(len(log_ratios))
    assert standard_error < 0.01
    assert abs(log_ratios.mean() - float(gaussian_kl(mean, log_variance))) < 4 * standard_error


def test_gaussian_kl_rejects_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"log_variance must have the shape of mean, \(2, 3\)"):
        unchecked(gaussian_kl)(jnp.zeros((2, 3)), jnp.zeros((2, 1)))
    with pytest.raises(ValueError, match=r"prior_mean must broadcast .* got \(4,\)"):
        gaussian_kl(jnp.zeros((2, 3)), jnp.zeros((2, 3)), prior_mean=jnp.zeros(4))


# --- binomial


@given(hnp.arrays(np.int32, (3, 5), elements=st.integers(0, TRIALS)), rows(floats(-10, 10)))
@settings(deadline=None, max_examples=50)
def test_binomial_log_likelihood_matches_scipy(counts, logits):
    exact = stats.binom.logpmf(counts, TRIALS, special.expit(logits.astype(np.float64))).sum(axis=1)
    measured = binomial_log_likelihood(jnp.asarray(counts), jnp.asarray(logits), TRIALS)
    np.testing.assert_allclose(measured, exact, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("trials", [1, 3, 16, 255])
def test_binomial_probabilities_sum_to_one(trials):
    counts = jnp.arange(trials + 1)[:, None]
    for logit in (-4.0, 0.0, 0.3, 6.0):
        logits = jnp.full((trials + 1, 1), logit)
        total = jax.nn.logsumexp(binomial_log_likelihood(counts, logits, trials))
        np.testing.assert_allclose(total, 0.0, atol=2e-4)


@given(hnp.arrays(np.uint8, (3, 5), elements=st.integers(0, TRIALS)), rows(floats(-20, 20)))
@settings(deadline=None, max_examples=25)
def test_binomial_is_symmetric_in_success_and_failure(counts, logits):
    one = binomial_log_likelihood(counts, jnp.asarray(logits), TRIALS)
    other = binomial_log_likelihood(TRIALS - counts, jnp.asarray(-logits), TRIALS)
    np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize("extreme", [-1e4, 1e4])
@pytest.mark.parametrize("count", [0, 5, 16])
def test_binomial_is_exact_and_smooth_at_extreme_logits(count, extreme):
    counts, logits = jnp.array([count]), jnp.array([extreme], jnp.float32)
    wrong = count if extreme < 0 else TRIALS - count  # trials that went against the logit
    exact = special.gammaln(17) - special.gammaln(count + 1) - special.gammaln(17 - count)
    exact -= wrong * 1e4
    value, gradient = jax.value_and_grad(
        lambda logits: binomial_log_likelihood(counts, logits, TRIALS)
    )(logits)
    np.testing.assert_allclose(value, exact, rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(gradient, [wrong if extreme < 0 else -wrong], rtol=1e-6)


def test_binomial_gradient_is_count_minus_expected_count():
    counts, logits = jnp.array([0.0, 3.0, 16.0]), jnp.array([-1.0, 0.5, 2.0])
    gradient = jax.grad(lambda logits: binomial_log_likelihood(counts, logits, TRIALS))(logits)
    np.testing.assert_allclose(gradient, counts - TRIALS * special.expit(logits), rtol=1e-5)


@pytest.mark.parametrize("bad", [-1.0, 17.0, 2.5, np.nan, np.inf])
def test_binomial_rejects_what_is_no_count(bad):
    counts, logits = np.array([[1.0, bad]], np.float32), jnp.zeros((1, 2))
    with pytest.raises(ValueError, match=r"counts must hold whole numbers from 0 to 16, got"):
        binomial_log_likelihood(jnp.asarray(counts), logits, TRIALS)
    # A constant that a traced function holds has values too.
    with pytest.raises(ValueError, match="counts must hold whole numbers"):
        jax.jit(lambda logits: binomial_log_likelihood(counts, logits, TRIALS))(logits)


def test_binomial_gives_impossible_counts_no_probability_inside_jit():
    counts = jnp.array([[-1.0], [17.0], [40.0], [4.0]])
    log_likelihood = jax.jit(binomial_log_likelihood, static_argnums=2)
    values = log_likelihood(counts, jnp.zeros((4, 1)), TRIALS)
    assert np.all(np.isneginf(values[:3]))
    assert np.isfinite(values[3])


def test_binomial_rejects_bad_trials_and_shapes():
    with pytest.raises(ValueError, match="trials must be at least 1, got 0"):
        binomial_log_likelihood(jnp.zeros(3), jnp.zeros(3), 0)
    with pytest.raises(ValueError, match=r"shape of logits, \(3,\), got \(2,\)"):
        unchecked(binomial_log_likelihood)(jnp.zeros(2), jnp.zeros(3), TRIALS)


# --- Bernoulli


@given(hnp.arrays(np.int32, (3, 5), elements=st.integers(0, 1)), rows(floats(-15, 15)))
@settings(deadline=None, max_examples=50)
def test_bernoulli_matches_scipy_and_a_binomial_of_one_trial(observed, logits):
    exact = stats.bernoulli.logpmf(observed, special.expit(logits.astype(np.float64))).sum(axis=1)
    measured = bernoulli_log_likelihood(jnp.asarray(observed), jnp.asarray(logits))
    np.testing.assert_allclose(measured, exact, rtol=1e-5, atol=1e-5)
    one_trial = binomial_log_likelihood(jnp.asarray(observed), jnp.asarray(logits), 1)
    np.testing.assert_allclose(measured, one_trial, rtol=1e-5, atol=1e-5)


def test_bernoulli_is_exact_at_extreme_logits():
    observed, logits = jnp.array([1.0, 0.0, 0.0]), jnp.array([1e4, -1e4, 1e4])
    value, gradient = jax.value_and_grad(lambda logits: bernoulli_log_likelihood(observed, logits))(
        logits
    )
    np.testing.assert_allclose(value, -1e4)
    np.testing.assert_allclose(gradient, [0.0, 0.0, -1.0])


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan])
def test_bernoulli_rejects_values_outside_zero_to_one(bad):
    with pytest.raises(ValueError, match=r"observed must hold values from 0 to 1, got"):
        bernoulli_log_likelihood(jnp.array([0.5, bad]), jnp.zeros(2))


def test_bernoulli_rejects_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match="observed must have the shape of logits"):
        unchecked(bernoulli_log_likelihood)(jnp.zeros((1, 2)), jnp.zeros(2))
