"""The Gaussian log-likelihood against SciPy, and slopes of all at special places."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from coreformulas.vae import binomial_log_likelihood, gaussian_log_likelihood

DRAW = np.random.default_rng(0)
OBSERVED, MEAN = DRAW.normal(size=(2, 4, 5))


@pytest.mark.parametrize("log_variance", [-3.0, 0.0, 1.5])
def test_it_is_the_density_of_independent_gaussians(log_variance):
    found = gaussian_log_likelihood(OBSERVED, jnp.asarray(MEAN), log_variance)
    densities = stats.norm.logpdf(OBSERVED, MEAN, np.exp(log_variance / 2))
    np.testing.assert_allclose(found, densities.sum(axis=-1), rtol=1e-5)


def test_the_best_variance_is_the_mean_squared_error():
    best = np.log(np.mean((OBSERVED - MEAN) ** 2))
    slope = jax.grad(lambda s: gaussian_log_likelihood(OBSERVED, jnp.asarray(MEAN), s).sum())
    np.testing.assert_allclose(slope(jnp.asarray(best)), 0, atol=1e-4)
    assert slope(jnp.asarray(best - 0.1)) > 0 > slope(jnp.asarray(best + 0.1))


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"observed must have the shape of mean, \(4, 4\), got"):
        inspect.unwrap(gaussian_log_likelihood)(OBSERVED, jnp.ones((4, 4)))


@pytest.mark.parametrize("logit", [-60.0, -1.0, -1e-30, 0.0, 1e-30, 1.0, 60.0])
def test_the_slope_in_the_logit_is_what_was_seen_less_what_was_expected(logit):
    """x - n sigmoid(l), also where l is zero, as all logits of a layer that starts at zero are."""
    counts = jnp.array([0.0, 3.0, 16.0])
    slope = jax.grad(lambda logits: binomial_log_likelihood(counts, logits, 16).sum())
    wanted = np.asarray(counts) - 16 / (1 + np.exp(-logit))
    np.testing.assert_allclose(slope(jnp.full(3, logit)), wanted, rtol=1e-6, atol=1e-6)
