"""The package computes the formulas of the derivations on rate, information and free bits."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import sympy as sp

from coreformulas.symbolic import to_jax
from coreformulas.vae import derivation_rate as derived
from coreformulas.vae import derivation_rate_linear as linear
from coreformulas.vae import free_bits, gaussian_kl, linear_elbo, reparameterize
from coreformulas.vae.linear import LinearVAEConfig, linear_state, to_linear_model


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def function_of(expr: sp.Expr, *names: str):
    symbols = {str(symbol): symbol for symbol in expr.free_symbols}
    return to_jax(expr, [symbols[name] for name in names])


@pytest.mark.parametrize("mean", [0.2, 1.1, -0.4, -2.0])
def test_the_gradient_with_free_bits_is_the_derived_one(mean):
    free, log_variance = 0.3, -0.5
    rest = np.exp(log_variance) - log_variance - 1
    formula = function_of(derived.free_bits_gradient().end, "F", "c", "mu")

    def ours(mean):
        codes = jnp.full((1, 1, 1), mean), jnp.full((1, 1, 1), log_variance)
        return free_bits(gaussian_kl(*codes), free)

    np.testing.assert_allclose(jax.grad(ours)(mean), formula(free, rest, mean), rtol=1e-12)


def one_axis(slope, weight, scale, noise):
    """A linear VAE of one pixel and one latent, and a batch of variance 0.7 and mean zero."""
    config = LinearVAEConfig(observed=1, latent=1)
    model = to_linear_model(config, linear_state(config, optax.sgd(0.1), key=jax.random.key(0)))
    model.weights[...], model.encoder[...] = jnp.full((1, 1), weight), jnp.full((1, 1), slope)
    model.log_variance[...] = jnp.full(1, 2 * np.log(scale))
    model.log_noise[...] = jnp.asarray(np.log(noise))
    model.center[...] = jnp.zeros(1)
    raw = np.random.default_rng(0).normal(size=(50, 1))
    return model, (raw - raw.mean()) / raw.std() * np.sqrt(0.7)


def test_rate_and_error_of_a_linear_vae_are_the_derived_ones():
    slope, weight, scale, noise = 0.6, 1.3, 0.4, 0.2
    model, data = one_axis(slope, weight, scale, noise)
    terms = linear_elbo(model, data)
    rate = function_of(linear.linear_rate().end, "a", "s", "v")(slope, scale, 0.7)
    np.testing.assert_allclose(terms.kl.mean(), rate, rtol=1e-10)
    error = function_of(linear.linear_code_error().end, "a", "s", "v", "w")
    wanted = -error(slope, scale, 0.7, weight) / (2 * noise) - np.log(2 * np.pi * noise) / 2
    np.testing.assert_allclose(terms.log_likelihood.mean(), wanted, rtol=1e-10)


def test_at_the_optimum_the_slope_of_the_loss_is_zero():
    """Rate and error of the optimum come from weights at which distortion + beta rate is level."""
    tau, delta = 0.3, 0.4
    names = ("a", "s", "v", "w")
    rate = function_of(linear.linear_rate().end, "a", "s", "v")
    error = function_of(linear.linear_code_error().end, *names)
    best = (np.sqrt(delta) / 0.7, np.sqrt(tau / 0.7), np.sqrt(delta))

    def loss(slope, scale, weight):
        return error(slope, scale, 0.7, weight) / (2 * tau) + rate(slope, scale, 0.7)

    np.testing.assert_allclose(jax.grad(loss, (0, 1, 2))(*best), 0, atol=1e-12)
    at_best = function_of(linear.linear_rate_at_optimum().end, "tau", "delta")(tau, delta)
    np.testing.assert_allclose(rate(*best[:2], 0.7), at_best, rtol=1e-12)
    np.testing.assert_allclose(error(*best[:2], 0.7, best[2]), tau, rtol=1e-12)


def test_reparameterized_codes_have_the_derived_error():
    slope, weight, scale = 0.6, 1.3, 0.4
    _, data = one_axis(slope, weight, scale, 0.2)
    mean = jnp.broadcast_to(slope * data, (4000, 50, 1))
    codes = reparameterize(mean, jnp.full_like(mean, 2 * np.log(scale)), key=jax.random.key(1))
    errors = np.asarray((data[None] - weight * codes) ** 2).mean(axis=(1, 2))
    exact = function_of(linear.linear_code_error().end, "a", "s", "v", "w")
    difference = errors.mean() - exact(slope, scale, 0.7, weight)
    assert abs(difference) < 4 * errors.std(ddof=1) / np.sqrt(4000)
