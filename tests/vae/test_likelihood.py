"""The Gaussian log-likelihood, against SciPy and against what a learned variance settles at."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from coreformulas.vae import gaussian_log_likelihood

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
