"""Architectures and likelihoods of the model: shapes, which pixel feels which, and learning."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from scipy import stats

from coreformulas.training import fit
from coreformulas.vae import VAE, VAEConfig, expected, initial_state, make_update, sample, to_model


def convolutional(observed, hidden=(3, 5)):
    config = VAEConfig(
        observed, hidden, latent=2, likelihood="bernoulli", architecture="convolutional"
    )
    return VAE(config, rngs=nnx.Rngs(jax.random.key(0)))


@pytest.mark.parametrize("observed", [64, 784])
@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_images_of_both_sizes_come_back_in_their_shape(observed, batch):
    model = convolutional(observed)
    images = jax.random.bernoulli(jax.random.key(1), shape=(*batch, observed)).astype(float)
    mean, log_variance = model.encode(images)
    assert mean.shape == log_variance.shape == (*batch, 2)
    assert model.decode(mean).shape == (*batch, observed)


def test_rows_of_a_batch_do_not_mix():
    model = convolutional(64)
    images = jax.random.uniform(jax.random.key(1), (4, 64))
    one_by_one = jnp.stack([model.encode(image)[0] for image in images])
    np.testing.assert_allclose(model.encode(images)[0], one_by_one, atol=1e-6)
    latent = jax.random.normal(jax.random.key(2), (4, 2))
    one_by_one = jnp.stack([model.decode(row) for row in latent])
    np.testing.assert_allclose(model.decode(latent), one_by_one, atol=1e-6)


def test_a_convolution_keeps_neighbors_together():
    """One inner cell reaches a square block of the image and nothing beyond it."""
    decoder = convolutional(784, hidden=(4,)).decoder
    inner = jnp.zeros((1, 14, 14, 4))
    (layer,) = decoder.layers
    moved = layer(inner.at[0, 6, 6].set(1.0)) - layer(inner)
    rows, columns = np.nonzero(np.asarray(moved)[0, :, :, 0])
    assert {rows.min(), rows.max(), columns.min(), columns.max()} == {11, 14}


def test_a_gaussian_decoder_learns_the_noise_of_its_data():
    """Noise of standard deviation 0.3 around a plane that one linear layer can fit."""
    keys = jax.random.split(jax.random.key(0), 4)
    plane = jax.random.normal(keys[0], (1000, 2)) @ jax.random.normal(keys[1], (2, 20))
    data = plane + 0.3 * jax.random.normal(keys[2], plane.shape)
    config = VAEConfig(observed=20, hidden=(), latent=2, likelihood="gaussian")
    optimizer = optax.adam(1e-2)
    state, _ = fit(
        make_update(config, optimizer),
        initial_state(config, optimizer, key=keys[3]),
        data,
        jax.random.key(1),
        steps=1500,
        batch_size=100,
        progress=False,
    )
    model = to_model(config, state)
    np.testing.assert_allclose(jnp.exp(0.5 * model.log_noise[...]), 0.3, rtol=0.05)
    drawn = sample(model, 2000, key=jax.random.key(2))
    np.testing.assert_allclose(drawn.expected, expected(model, drawn.latent), rtol=1e-5)
    noise = np.asarray((drawn.drawn - drawn.expected) / jnp.exp(0.5 * model.log_noise[...]))
    assert stats.kstest(noise.ravel(), "norm").pvalue > 1e-3


def test_other_likelihoods_have_no_noise_to_learn():
    assert not hasattr(convolutional(64), "log_noise")
