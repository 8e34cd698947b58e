"""The VAE's losses are the formulas of the derivations: values and gradients, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from coreformulas.symbolic import to_jax
from coreformulas.vae import (
    bernoulli_log_likelihood,
    binomial_log_likelihood,
    derivation,
    elbo,
    gaussian_kl,
    negative_elbo,
    reparameterize,
)

BATCH, LATENT, OBSERVED = 7, 3, 5


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def normal(seed: int, *shape: int) -> jax.Array:
    return jax.random.normal(jax.random.key(seed), shape)


def assert_same(function, formula, *points):
    """Values and gradients with respect to every argument agree to float64 rounding."""
    np.testing.assert_allclose(function(*points), formula(*points), rtol=1e-12, atol=1e-12)
    every = tuple(range(len(points)))
    ours = jax.grad(lambda *a: jnp.sum(function(*a)), every)(*points)
    theirs = jax.grad(lambda *a: jnp.sum(formula(*a)), every)(*points)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-11, atol=1e-12)


def test_gaussian_kl_is_the_diagonal_formula():
    result = derivation.gaussian_kl_diagonal().end
    names = {str(item.base.label): item.base for item in result.atoms(sp.Indexed)}
    formula = to_jax(result, [names["mu"], names["lambda"]], size=LATENT)
    assert_same(gaussian_kl, formula, normal(0, BATCH, LATENT), normal(1, BATCH, LATENT))


def test_gaussian_kl_with_a_prior_is_the_general_formula():
    result = derivation.gaussian_kl().end
    symbols = {str(symbol): symbol for symbol in result.free_symbols}
    order = [symbols[name] for name in ("mu_1", "sigma_1", "mu_2", "sigma_2")]
    one_dimension = to_jax(result, order)

    def formula(mean, log_variance, prior_mean, prior_log_variance):
        scales = jnp.exp(log_variance / 2), jnp.exp(prior_log_variance / 2)
        return jnp.sum(one_dimension(mean, scales[0], prior_mean, scales[1]), axis=-1)

    points = [normal(seed, BATCH, LATENT) for seed in range(4)]
    assert_same(gaussian_kl, formula, *points)


def binomial_formula():
    result = derivation.binomial_log_likelihood().end
    symbols = {str(symbol): symbol for symbol in result.free_symbols}
    return to_jax(result, [symbols["x"], symbols["ell"], symbols["n"]])


@pytest.mark.parametrize("trials", [1, 16])
def test_binomial_log_likelihood_is_the_formula(trials):
    per_pixel = binomial_formula()
    counts = jax.random.randint(jax.random.key(2), (BATCH, OBSERVED), 0, trials + 1)
    assert_same(
        lambda logits: binomial_log_likelihood(counts, logits, trials),
        lambda logits: jnp.sum(per_pixel(counts * 1.0, logits, trials * 1.0), axis=-1),
        5 * normal(3, BATCH, OBSERVED),
    )


def test_bernoulli_log_likelihood_is_the_binomial_formula_with_one_trial():
    per_pixel = binomial_formula()
    ones = jax.random.randint(jax.random.key(2), (BATCH, OBSERVED), 0, 2) * 1.0
    assert_same(
        lambda logits: bernoulli_log_likelihood(ones, logits),
        lambda logits: jnp.sum(per_pixel(ones, logits, 1.0), axis=-1),
        5 * normal(3, BATCH, OBSERVED),
    )


def linear_gaussian_model():
    """An encoder and a decoder that are linear, with weights that the tests differentiate."""
    weights = {
        "mean": normal(4, OBSERVED, LATENT),
        "log_variance": 0.1 * normal(5, OBSERVED, LATENT),
        "decoder": 0.3 * normal(6, LATENT, OBSERVED),
    }

    def log_likelihood(observed, mean):
        return -0.5 * jnp.sum((observed - mean) ** 2 + jnp.log(2 * jnp.pi), axis=-1)

    def arguments(weights):
        return {
            "encode": lambda x: (x @ weights["mean"], x @ weights["log_variance"]),
            "decode": lambda z: z @ weights["decoder"],
            "log_likelihood": log_likelihood,
        }

    return weights, arguments


def test_negative_elbo_is_the_formula_of_the_article():
    """F1 with the expectation as a mean over the same draws: data fit minus divergence."""
    result = derivation.gaussian_kl_diagonal().end
    names = {str(item.base.label): item.base for item in result.atoms(sp.Indexed)}
    kl_formula = to_jax(result, [names["mu"], names["lambda"]], size=LATENT)
    weights, arguments = linear_gaussian_model()
    observed, key, samples = normal(7, BATCH, OBSERVED), jax.random.key(8), 4

    def by_hand(weights):
        parts = arguments(weights)
        mean, log_variance = parts["encode"](observed)
        fits = [
            parts["log_likelihood"](
                observed, parts["decode"](reparameterize(mean, log_variance, key=one))
            )
            for one in jax.random.split(key, samples)
        ]
        return -jnp.mean(sum(fits) / samples - kl_formula(mean, log_variance))

    def by_package(weights):
        return negative_elbo(observed, key=key, samples=samples, **arguments(weights))[0]

    np.testing.assert_allclose(by_package(weights), by_hand(weights), rtol=1e-12)
    ours, theirs = jax.grad(by_package)(weights), jax.grad(by_hand)(weights)
    for name in weights:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-10, atol=1e-12)


def test_the_monte_carlo_elbo_meets_its_exact_value():
    """E_q[log p(x | z)] of the linear model is a Gaussian integral; draws must average to it."""
    weights, arguments = linear_gaussian_model()
    observed, samples = normal(7, 1, OBSERVED), 20_000
    parts = arguments(weights)
    mean, log_variance = parts["encode"](observed)
    spread = jnp.sum(jnp.exp(log_variance[0, :, None]) * weights["decoder"] ** 2)
    exact = parts["log_likelihood"](observed, parts["decode"](mean)) - 0.5 * spread
    draws = jax.vmap(
        lambda key: elbo(observed, key=key, **parts).log_likelihood,
    )(jax.random.split(jax.random.key(9), samples))
    error = jnp.std(draws) / jnp.sqrt(samples)
    assert abs(float(jnp.mean(draws) - exact[0])) < 4 * float(error)
    assert float(error) < 0.1


def test_the_reparameterized_gradient_is_the_derived_one():
    """d/dmu and d/dsigma of E[sin(z)] by jax.grad against E[cos] and E[eps cos], same draws."""
    keys = jax.random.split(jax.random.key(10), 1000)
    mean, log_variance = jnp.array(0.3), jnp.array(-0.5)

    def objective(mean, log_variance):
        draws = jax.vmap(lambda key: reparameterize(mean, log_variance, key=key))(keys)
        return jnp.mean(jnp.sin(draws))

    sigma = jnp.exp(log_variance / 2)
    zero = jnp.zeros(())
    noise = jax.vmap(lambda key: reparameterize(zero, zero, key=key))(keys)
    slope = jnp.cos(mean + sigma * noise)
    by_mean, by_log_variance = jax.grad(objective, (0, 1))(mean, log_variance)
    np.testing.assert_allclose(by_mean, jnp.mean(slope), rtol=1e-12)
    np.testing.assert_allclose(by_log_variance, jnp.mean(noise * slope) * sigma / 2, rtol=1e-12)
