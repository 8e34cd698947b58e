"""The full-covariance divergence: against the diagonal one, draws and SciPy's integrals; errors."""

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import multivariate_normal

from coreformulas.vae import cholesky_factor, gaussian_kl, gaussian_kl_full

KEYS = jax.random.split(jax.random.key(0), 4)
MEAN = jax.random.normal(KEYS[0], (5, 3))
LOWER = jnp.tril(jax.random.normal(KEYS[1], (5, 3, 3)), -1)
DIAGONAL = jnp.exp(0.3 * jax.random.normal(KEYS[2], (5, 3)))
FACTOR = LOWER + jnp.eye(3)[None] * DIAGONAL[:, None, :]
PRIOR_MEAN = jnp.array([0.5, -1.0, 2.0])
PRIOR_FACTOR = jnp.array([[1.5, 0.0, 0.0], [0.4, 0.8, 0.0], [-0.3, 0.2, 2.0]])


def test_a_diagonal_factor_gives_the_diagonal_formula():
    factor = jnp.eye(3)[None] * DIAGONAL[:, None, :]
    wanted = gaussian_kl(MEAN, 2 * jnp.log(DIAGONAL))
    np.testing.assert_allclose(gaussian_kl_full(MEAN, factor), wanted, rtol=1e-5)


def test_a_factor_is_its_own_nearest_neighbor():
    whole = jnp.broadcast_to(PRIOR_FACTOR, (5, 3, 3))
    center = jnp.broadcast_to(PRIOR_MEAN, (5, 3))
    np.testing.assert_allclose(
        gaussian_kl_full(center, whole, PRIOR_MEAN, PRIOR_FACTOR), 0, atol=1e-5
    )
    assert np.all(np.asarray(gaussian_kl_full(MEAN, FACTOR, PRIOR_MEAN, PRIOR_FACTOR)) > 0.1)


def test_draws_average_to_the_divergence():
    count = 200_000
    noise = np.random.default_rng(1).standard_normal((count, 3))
    mean, factor = np.asarray(MEAN[0], float), np.asarray(FACTOR[0], float)
    center, scale = np.asarray(PRIOR_MEAN, float), np.asarray(PRIOR_FACTOR, float)
    draws = mean + noise @ factor.T
    normal: Any = multivariate_normal  # SciPy's stubs take a covariance for a whole number
    ratio = normal(mean, factor @ factor.T).logpdf(draws)
    ratio -= normal(center, scale @ scale.T).logpdf(draws)
    exact = gaussian_kl_full(MEAN[0], FACTOR[0], PRIOR_MEAN, PRIOR_FACTOR)
    error = ratio.std(ddof=1) / np.sqrt(count)
    assert error < 0.02
    assert abs(ratio.mean() - float(exact)) < 4 * error


def test_jit_gives_the_same_and_a_gradient():
    eager = gaussian_kl_full(MEAN, FACTOR)
    np.testing.assert_allclose(jax.jit(gaussian_kl_full)(MEAN, FACTOR), eager, rtol=1e-6)
    slope = jax.grad(lambda factor: jnp.sum(gaussian_kl_full(MEAN, factor)))(FACTOR)
    below = np.asarray(jnp.tril(slope, -1))
    np.testing.assert_allclose(below, np.asarray(jnp.tril(FACTOR, -1)), rtol=1e-5, atol=1e-6)


def test_cholesky_factor_rebuilds_the_covariance():
    covariance = FACTOR @ jnp.swapaxes(FACTOR, -1, -2)
    np.testing.assert_allclose(cholesky_factor(covariance), FACTOR, rtol=1e-3, atol=1e-4)


def test_bad_covariances_are_named():
    with pytest.raises(ValueError, match=r"positive definite, got one whose .* -1\.0"):
        cholesky_factor(jnp.array([[1.0, 2.0], [2.0, 1.0]]))
    with pytest.raises(ValueError, match="must be symmetric"):
        cholesky_factor(jnp.array([[1.0, 0.5], [0.0, 1.0]]))
    with pytest.raises(ValueError, match="covariance must be"):
        cholesky_factor(jnp.full((2, 2), jnp.nan))


def test_bad_factors_are_named():
    with pytest.raises(ValueError, match=r"cholesky must have a positive diagonal, .* got 0\.0"):
        gaussian_kl_full(MEAN, jnp.zeros((5, 3, 3)))
    with pytest.raises(ValueError, match="prior_cholesky must be lower triangular"):
        gaussian_kl_full(MEAN, FACTOR, PRIOR_MEAN, PRIOR_FACTOR.T)
    with pytest.raises(ValueError, match=r"cholesky must have shape \(5, 3, 3\), got \(3, 3\)"):
        inspect.unwrap(gaussian_kl_full)(MEAN, FACTOR[0])  # without the checks of the tests
    with pytest.raises(ValueError, match=r"prior_mean must have shape \(3,\), got \(2,\)"):
        inspect.unwrap(gaussian_kl_full)(MEAN, FACTOR, jnp.zeros(2))
