"""Mutual information and aggregate divergence: known values, quadrature, their sum, and errors."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import logsumexp
from scipy.stats import norm

from coreformulas.evaluation import aggregate_kl, mutual_information
from coreformulas.vae import gaussian_kl

KEYS = jax.random.split(jax.random.key(0), 8)
MEAN = 1.5 * jax.random.normal(KEYS[0], (40, 3))
LOG_VARIANCE = -1 + 0.5 * jax.random.normal(KEYS[1], (40, 3))


@pytest.mark.parametrize(("spacing", "exact"), [(100.0, np.log(40)), (0.0, 0.0)])
def test_codes_far_apart_tell_everything_and_equal_codes_nothing(spacing, exact):
    mean = spacing * jnp.stack([jnp.arange(40.0), jnp.ones(40)], axis=1)
    found = mutual_information(mean, jnp.zeros_like(mean), key=KEYS[2])
    np.testing.assert_allclose(found.mean, exact, atol=1e-5)


def test_two_codes_meet_the_integral():
    means, deviations = np.array([0.0, 1.5]), np.array([1.0, 0.6])

    def mixture(z):
        return logsumexp(norm.logpdf(z, means, deviations)) - np.log(2)

    def integral(f):
        return quad(f, -12, 12, limit=200)[0]

    information = sum(
        integral(lambda z, m=m, s=s: norm.pdf(z, m, s) * (norm.logpdf(z, m, s) - mixture(z))) / 2
        for m, s in zip(means, deviations, strict=True)
    )
    mismatch = integral(lambda z: np.exp(mixture(z)) * (mixture(z) - norm.logpdf(z)))
    codes = jnp.asarray(means[:, None], float), jnp.asarray(2 * np.log(deviations)[:, None], float)
    for function, exact, key in (
        (mutual_information, information, KEYS[3]),
        (aggregate_kl, mismatch, KEYS[4]),
    ):
        found = function(*codes, samples=20_000, key=key)
        assert found.standard_error < 0.01
        assert abs(found.mean - exact) < 4 * found.standard_error


def test_information_and_mismatch_add_up_to_the_rate():
    rate = float(gaussian_kl(MEAN, LOG_VARIANCE).mean())
    information = mutual_information(MEAN, LOG_VARIANCE, samples=200, key=KEYS[5])
    mismatch = aggregate_kl(MEAN, LOG_VARIANCE, samples=200, key=KEYS[6])
    error = np.hypot(information.standard_error, mismatch.standard_error)
    assert error < 0.05
    assert abs(information.mean + mismatch.mean - rate) < 4 * error
    assert 0 < information.mean < min(np.log(40), rate)


def test_the_standard_error_is_the_spread_of_repeated_runs():
    runs = [
        mutual_information(MEAN, LOG_VARIANCE, samples=4, key=key)
        for key in jax.random.split(KEYS[7], 60)
    ]
    spread = np.std([run.mean for run in runs], ddof=1)
    claimed = np.mean([run.standard_error for run in runs])
    assert 0.7 < spread / claimed < 1.4


@pytest.mark.parametrize("function", [mutual_information, aggregate_kl])
def test_bad_input_is_named(function):
    plain = inspect.unwrap(function)
    with pytest.raises(ValueError, match=r"shape of mean, \(40, 3\), got \(39, 3\)"):
        plain(MEAN, LOG_VARIANCE[:-1], key=KEYS[2])
    with pytest.raises(ValueError, match=r"\(examples >= 2, latent\), got \(1, 3\)"):
        plain(MEAN[:1], LOG_VARIANCE[:1], key=KEYS[2])
    with pytest.raises(ValueError, match="samples must be at least 2, got 1"):
        plain(MEAN, LOG_VARIANCE, samples=1, key=KEYS[2])
    with pytest.raises(ValueError, match="log_variance must be finite"):
        plain(MEAN, LOG_VARIANCE * jnp.nan, key=KEYS[2])
