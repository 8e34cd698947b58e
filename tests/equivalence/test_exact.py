"""Probabilistic PCA and the linear VAE compute the formulas of the derivations, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
from flax import nnx

from coreformulas.symbolic import to_jax
from coreformulas.vae import (
    PPCA,
    LinearVAE,
    LinearVAEConfig,
    fit_ppca,
    linear_elbo,
    mean_field_gap,
    ppca_log_likelihood,
    ppca_posterior,
)
from coreformulas.vae import derivation_exact as exact
from coreformulas.vae import derivation_linear as linear


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def function_of(expr: sp.Expr, *names: str):
    symbols = {str(symbol): symbol for symbol in expr.free_symbols}
    return to_jax(expr, [symbols[name] for name in names])


def assert_same(function, formula, *points):
    """Values and gradients with respect to every argument agree."""
    np.testing.assert_allclose(function(*points), formula(*points), rtol=1e-11)
    every = tuple(range(len(points)))
    ours, theirs = jax.grad(function, every)(*points), jax.grad(formula, every)(*points)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


POINT = (0.8, 1.4, 0.3, 0.6)  # x, w, mu, sigma


def one_axis(w, mu, sigma) -> PPCA:
    return PPCA(jnp.reshape(w, (1, 1)), jnp.reshape(mu, (1,)), sigma**2)


def test_the_marginal_is_the_derived_density():
    density = exact.ppca_marginal().end
    formula = function_of(sp.log(density.formula()), "x", "w", "mu", "sigma")

    def ours(x, w, mu, sigma):
        return ppca_log_likelihood(one_axis(w, mu, sigma), jnp.reshape(x, (1, 1)))[0]

    assert_same(ours, formula, *POINT)


def test_the_posterior_is_the_derived_density():
    (posterior,) = (
        item for item in exact.ppca_posterior().end.args if str(item.variables[0]) == "z"
    )
    mean = function_of(posterior.mean, "x", "w", "mu", "sigma")
    deviation = function_of(posterior.scale, "w", "sigma")
    x, w, mu, sigma = POINT
    found_mean, covariance = ppca_posterior(one_axis(w, mu, sigma), jnp.reshape(x, (1, 1)))
    np.testing.assert_allclose(found_mean[0, 0], mean(x, w, mu, sigma), rtol=1e-12)
    np.testing.assert_allclose(covariance[0, 0], deviation(w, sigma) ** 2, rtol=1e-12)


def data_with(variances: np.ndarray, seed: int = 0) -> np.ndarray:
    """Examples whose sample covariance has exactly these eigenvalues, in turned axes."""
    raw = np.random.default_rng(seed).normal(size=(50, len(variances)))
    centered = raw - raw.mean(axis=0)
    white = centered @ np.linalg.inv(np.linalg.cholesky(np.cov(centered.T, bias=True))).T
    turn, _ = np.linalg.qr(np.random.default_rng(seed + 1).normal(size=(len(variances),) * 2))
    return white * np.sqrt(variances) @ turn.T


def test_the_mean_log_likelihood_is_the_derived_one_summed_over_axes():
    formula = function_of(exact.ppca_log_likelihood().end, "w", "sigma", "v")
    variances = np.array([3.0, 1.5, 0.4, 0.2])
    data = data_with(variances)
    model = fit_ppca(data, 2)
    noise = variances[2:].mean()
    weights = np.sqrt(np.array([*(variances[:2] - noise), 0.0, 0.0]))
    expected = sum(formula(w, np.sqrt(noise), v) for w, v in zip(weights, variances, strict=True))
    np.testing.assert_allclose(ppca_log_likelihood(model, data).mean(), expected, rtol=1e-10)
    np.testing.assert_allclose(model.noise_variance, noise, rtol=1e-10)


def test_the_price_of_a_tilted_axis_is_the_derived_one():
    formula = function_of(exact.ppca_tilted_axis().end, "r", "v_1", "v_2", "sigma", "theta")
    variances, noise = np.array([2.0, 0.7]), 0.5
    data = data_with(variances)
    best = fit_ppca(data, 1, noise_variance=noise)
    length = float(jnp.linalg.norm(best.weights))
    for theta in (0.2, 1.0, 2.5):
        turn = jnp.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
        tilted = best._replace(weights=turn @ best.weights)
        values = [ppca_log_likelihood(model, data).mean() for model in (best, tilted)]
        lost = formula(length, *variances, np.sqrt(noise), theta) / 2
        np.testing.assert_allclose(values[0] - values[1], lost, rtol=1e-10)


def test_the_exact_elbo_is_the_derived_squared_error():
    names = ("x", "w_1", "w_2", "m_1", "m_2", "s_1", "s_2")
    squared = function_of(linear.linear_squared_error().end, *names)
    vae = LinearVAE(LinearVAEConfig(observed=1, latent=2), rngs=nnx.Rngs(jax.random.key(0)))
    vae.log_variance[...], vae.log_noise[...] = jnp.array([-0.4, 0.3]), jnp.array(-0.7)
    x = jnp.array([[1.3]])
    mean, log_variance = vae.encode(x)
    scales = jnp.exp(log_variance[0] / 2)
    error = squared(x[0, 0], *vae.weights[0], *mean[0], *scales)
    variance = jnp.exp(-0.7)
    expected = -0.5 * jnp.log(2 * jnp.pi * variance) - error / (2 * variance)
    np.testing.assert_allclose(linear_elbo(vae, x).log_likelihood[0], expected, rtol=1e-12)


@pytest.mark.parametrize("theta", [0.0, 0.3, np.pi / 4, 2.0])
def test_the_gap_at_a_rotation_is_the_derived_one(theta):
    """By the angle, and by the precision matrix that the derivation of the gap starts from."""
    by_angle = function_of(linear.rotation_gap().end, "m_1", "m_2", "theta")
    by_matrix = function_of(linear.mean_field_gap().end, "b", "e")
    orthogonal = np.linalg.qr(np.random.default_rng(3).normal(size=(4, 2)))[0]
    turn = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
    weights, noise = orthogonal * np.array([2.0, 0.5]) @ turn, 0.3
    model = PPCA(jnp.asarray(weights), jnp.zeros(4), jnp.array(noise))
    precision = np.asarray(model.precision) / noise
    found = mean_field_gap(model)
    np.testing.assert_allclose(found, by_angle(4 + noise, 0.25 + noise, theta), atol=1e-12)
    off, determinant = precision[0, 1], np.linalg.det(precision)
    np.testing.assert_allclose(found, by_matrix(off, determinant), atol=1e-12)
