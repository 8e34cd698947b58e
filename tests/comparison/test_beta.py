"""The beta calculator: the known recipes, gradients of the losses themselves, and bad input."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coreformulas.comparison import RECIPES, effective_beta, effective_scale
from coreformulas.vae import bernoulli_log_likelihood, gaussian_kl

SIZES = st.integers(1, 4000)
WEIGHTS = st.floats(1e-3, 1e3)


@pytest.mark.parametrize(
    ("recipe", "beta"),
    [
        ({"averaged_pixels": 784, "averaged_latents": 32, "kl_weight": 0.1}, 2.45),
        ({"averaged_pixels": 64, "averaged_latents": 8, "kl_weight": 0.1}, 0.8),
        ({"averaged_pixels": 1024, "likelihood_weight": 500}, 2.048),
        ({"averaged_pixels": 12288, "kl_weight": 0.00025}, 3.072),
        ({}, 1.0),
        ({"kl_weight": 0}, 0.0),
    ],
)
def test_beta_of_known_recipes(recipe, beta):
    assert effective_beta(**recipe) == pytest.approx(beta, rel=1e-12)


def test_scale_of_a_mean_squared_error():
    assert effective_scale(averaged_pixels=12288, kl_weight=0.00025) == pytest.approx(1.2394, 1e-4)
    assert effective_scale(likelihood_weight=0.5) == pytest.approx(1)


@given(SIZES, SIZES, WEIGHTS, WEIGHTS)
def test_beta_is_what_the_gradients_say(pixels, latents, weight, kl_weight):
    """Both losses must pull in the same direction: d loss is (s / D) times d of the sums."""
    beta = effective_beta(
        averaged_pixels=pixels,
        averaged_latents=latents,
        likelihood_weight=weight,
        kl_weight=kl_weight,
    )
    slopes = np.array([-weight / pixels, kl_weight / latents])  # by log-likelihood, by KL
    np.testing.assert_allclose(slopes * pixels / weight, [-1, beta], rtol=1e-12)


def test_the_loss_of_means_has_the_gradient_of_the_loss_of_sums():
    pixels, latents = 30, 4
    keys = jax.random.split(jax.random.key(0), 4)
    observed = jax.random.bernoulli(keys[0], 0.5, (pixels,)) * 1.0
    weights = jax.random.normal(keys[1], (latents, pixels))
    point = (jax.random.normal(keys[2], (latents,)), jax.random.normal(keys[3], (latents,)))

    def terms(mean, log_variance):
        likelihood = bernoulli_log_likelihood(observed, mean @ weights)
        return likelihood, gaussian_kl(mean, log_variance)

    def of_means(encoder):
        likelihood, kl = terms(*encoder)
        return -3.0 * likelihood / pixels + 0.2 * kl / latents

    def of_sums(encoder, beta):
        likelihood, kl = terms(*encoder)
        return -likelihood + beta * kl

    beta = effective_beta(
        averaged_pixels=pixels, averaged_latents=latents, likelihood_weight=3.0, kl_weight=0.2
    )
    means, sums = jax.grad(of_means)(point), jax.grad(of_sums)(point, beta)
    for one, other in zip(means, sums, strict=True):
        np.testing.assert_allclose(pixels / 3.0 * one, other, rtol=1e-4, atol=1e-6)


def test_a_squared_error_is_the_gaussian_of_its_scale():
    error = jnp.array([0.3, -1.2, 2.0])
    beta = effective_beta(averaged_pixels=3, kl_weight=0.7)
    scale = effective_scale(averaged_pixels=3, kl_weight=0.7)
    by_gaussian = jax.grad(lambda e: -jnp.sum(jax.scipy.stats.norm.logpdf(e, 0.0, scale)))(error)
    np.testing.assert_allclose(beta * by_gaussian, 2 * error, rtol=1e-5)


def test_recipes_say_where_they_stand_and_what_they_weigh():
    betas = {recipe.name: recipe.beta for recipe in RECIPES}
    assert len(betas) == len(RECIPES)
    assert all("/" in recipe.where and ": " in recipe.where for recipe in RECIPES)
    assert betas["Flax, NNX toy example"] == pytest.approx(2.45)
    assert betas["JAX AI Stack, digits tutorial"] == pytest.approx(0.8)
    assert betas["Generative Deep Learning, second edition"] == pytest.approx(2.048)
    assert betas["Keras, VAE example"] == betas["PyTorch, basic VAE example"] == 1
    scales = {recipe.name: recipe.scale for recipe in RECIPES if recipe.scale}
    assert scales == {"PyTorch-VAE, VanillaVAE": pytest.approx(1.24, abs=0.005)}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"averaged_pixels": 0}, "averaged_pixels must be a whole number >= 1, got 0"),
        ({"averaged_pixels": 7.5}, "averaged_pixels must be a whole number >= 1, got 7.5"),
        ({"averaged_latents": True}, "averaged_latents must be a whole number >= 1, got True"),
        ({"likelihood_weight": 0.0}, "likelihood_weight must be positive and finite, got 0.0"),
        ({"likelihood_weight": float("nan")}, "likelihood_weight must be .* got nan"),
        ({"kl_weight": -1.0}, "kl_weight must be finite and at least 0, got -1.0"),
        ({"kl_weight": float("inf")}, "kl_weight must be finite and at least 0, got inf"),
    ],
)
def test_bad_arguments_are_named(wrong, message):
    for function in (effective_beta, effective_scale):
        with pytest.raises(ValueError, match=message):
            function(**wrong)


def test_without_the_kl_no_scale_exists():
    with pytest.raises(ValueError, match="kl_weight must be positive"):
        effective_scale(kl_weight=0.0)
