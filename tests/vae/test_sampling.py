"""Drawing from the model: what is a mean, what is a draw, and where each image stands."""

from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy import special, stats

from coreformulas.vae import VAE, VAEConfig, expected, latent_grid, reconstruct, sample


def linear_model(likelihood: Literal["binomial", "bernoulli"] = "binomial"):
    """Pixel 0 has logit z_1, pixel 1 has logit z_2, pixel 2 has logit 1."""
    config = VAEConfig(observed=3, hidden=(), latent=2, likelihood=likelihood)
    model = VAE(config, rngs=nnx.Rngs(jax.random.key(0)))
    (layer,) = model.decoder.layers
    layer.kernel[...] = jnp.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    assert layer.bias is not None
    layer.bias[...] = jnp.array([0.0, 0.0, 1.0])
    return model


def test_expected_is_the_mean_of_the_likelihood():
    latent = jnp.array([[0.5, -1.0]])
    probabilities = special.expit(np.array([[0.5, -1.0, 1.0]]))
    np.testing.assert_allclose(expected(linear_model(), latent), 16 * probabilities, rtol=1e-6)
    np.testing.assert_allclose(
        expected(linear_model("bernoulli"), latent), probabilities, rtol=1e-6
    )


@pytest.mark.parametrize(("likelihood", "trials"), [("binomial", 16), ("bernoulli", 1)])
def test_samples_follow_prior_and_likelihood(likelihood, trials):
    model, count = linear_model(likelihood), 4000
    generated = sample(model, count, key=jax.random.key(1))
    assert generated.latent.shape == (count, 2)
    assert stats.kstest(np.asarray(generated.latent).ravel(), "norm").pvalue > 1e-3
    np.testing.assert_allclose(generated.expected, expected(model, generated.latent), rtol=1e-6)
    drawn = np.asarray(generated.drawn)
    assert drawn.dtype.kind == "i"
    assert drawn.min() >= 0
    assert drawn.max() <= trials
    # The third pixel does not depend on z: its counts are Binomial(trials, p) as they stand.
    observed = np.bincount(drawn[:, 2], minlength=trials + 1)
    wanted = count * stats.binom.pmf(np.arange(trials + 1), trials, special.expit(1.0))
    rare = wanted < 5
    observed = np.append(observed[~rare], observed[rare].sum())
    wanted = np.append(wanted[~rare], wanted[rare].sum())
    occupied = wanted > 0
    assert stats.chisquare(observed[occupied], wanted[occupied]).pvalue > 1e-3


def test_drawn_pixels_belong_to_their_own_latent():
    generated = sample(linear_model(), 4000, key=jax.random.key(2))
    residuals = np.asarray(generated.drawn - generated.expected)
    probabilities = np.asarray(generated.expected) / 16
    scaled = residuals / np.sqrt(16 * probabilities * (1 - probabilities))
    np.testing.assert_allclose(scaled.mean(axis=0), 0.0, atol=4 / np.sqrt(4000))
    np.testing.assert_allclose(scaled.std(axis=0), 1.0, atol=0.06)


def test_keys_decide():
    model = linear_model()
    first, same, other = (sample(model, 50, key=jax.random.key(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.drawn, same.drawn)
    assert not np.any(first.latent == other.latent)
    # Noise in z and noise in x come from different keys.
    assert not np.array_equal(first.latent[:, 0], np.asarray(first.drawn[:, 0], np.float32))


def test_reconstructions_use_a_draw_of_q():
    model = linear_model()
    observed = np.tile(np.array([[3, 16, 0]], np.uint8), (4000, 1))
    generated = reconstruct(model, observed, key=jax.random.key(3))
    mean, log_variance = (np.asarray(part, np.float64) for part in model.encode(observed))
    scaled = (np.asarray(generated.latent) - mean) / np.exp(log_variance / 2)
    assert stats.kstest(scaled.ravel(), "norm").pvalue > 1e-3
    np.testing.assert_allclose(generated.expected, expected(model, generated.latent), rtol=1e-6)
    assert generated.drawn.shape == observed.shape


def test_latent_grid_runs_to_the_right_and_upward_over_equal_shares_of_the_prior():
    grid = latent_grid(linear_model(), side=4)
    quantiles = stats.norm.ppf([0.125, 0.375, 0.625, 0.875])
    np.testing.assert_allclose(grid.quantiles, quantiles, rtol=1e-5)
    across = np.tile(16 * special.expit(quantiles), (4, 1))
    wanted = np.stack([across, across.T[::-1], np.full((4, 4), 16 * special.expit(1.0))], axis=-1)
    np.testing.assert_allclose(grid.expected, wanted, rtol=1e-5)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="count must be at least 1, got 0"):
        sample(linear_model(), 0, key=jax.random.key(0))
    with pytest.raises(ValueError, match="side must be at least 1, got 0"):
        latent_grid(linear_model(), side=0)
    wide = VAE(VAEConfig(observed=3, hidden=(), latent=3), rngs=nnx.Rngs(jax.random.key(0)))
    with pytest.raises(ValueError, match="latent_grid needs a model with latent = 2, got 3"):
        latent_grid(wide)
