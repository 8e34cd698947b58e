"""The denoising update and the denoiser: equal to their definitions, better than noise, errors."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from coreformulas.training import fit
from coreformulas.vae import (
    VAEConfig,
    add_noise,
    denoise,
    expected,
    initial_state,
    make_denoising_update,
    make_update,
    reparameterize,
    to_model,
)

KEYS = jax.random.split(jax.random.key(0), 8)
CONFIG = VAEConfig(observed=6, hidden=(16,), latent=2, trials=16)
OPTIMIZER = optax.adam(1e-2)
STATE = initial_state(CONFIG, OPTIMIZER, key=KEYS[0])
IMAGES = jax.random.randint(KEYS[1], (40, 6), 0, 17)


def test_noise_has_the_scale_that_was_asked_for():
    noisy = add_noise(jnp.zeros((200, 200)), 3.0, key=KEYS[2])
    error = 3.0 / np.sqrt(2 * noisy.size)  # standard error of a standard deviation
    assert abs(float(noisy.std()) - 3.0) < 4 * error
    assert abs(float(noisy.mean())) < 4 * 3.0 / np.sqrt(noisy.size)
    np.testing.assert_array_equal(add_noise(IMAGES, 0.0, key=KEYS[2]), IMAGES)


def test_without_noise_the_loss_is_the_negative_elbo():
    update = jax.jit(make_denoising_update(CONFIG, OPTIMIZER, noise_scale=0.0))
    _, ours = update(STATE, IMAGES, KEYS[3])
    plain_update = jax.jit(make_update(CONFIG, OPTIMIZER))
    _, plain = plain_update(STATE, IMAGES, jax.random.split(KEYS[3])[1])
    for name in ("loss", "log_likelihood", "kl"):
        np.testing.assert_allclose(ours[name], plain[name], rtol=1e-6)


def test_the_encoder_sees_noise_and_the_likelihood_does_not():
    update = jax.jit(make_denoising_update(CONFIG, OPTIMIZER, noise_scale=5.0))
    _, metrics = update(STATE, IMAGES, KEYS[3])
    noise_key, latent_key = jax.random.split(KEYS[3])
    model = to_model(CONFIG, STATE)
    mean, log_variance = model.encode(add_noise(IMAGES, 5.0, key=noise_key))
    (draw_key,) = jax.random.split(latent_key, 1)
    latent = reparameterize(mean, log_variance, key=draw_key)
    wanted = model.log_likelihood(IMAGES, model.decode(latent)).mean()
    np.testing.assert_allclose(metrics["log_likelihood"], wanted, rtol=1e-5)


def test_the_denoised_image_is_the_mean_over_codes():
    model = to_model(CONFIG, STATE)
    noisy = add_noise(IMAGES, 2.0, key=KEYS[4])
    mean, log_variance = model.encode(noisy)
    images = [
        expected(model, reparameterize(mean, log_variance, key=key))
        for key in jax.random.split(KEYS[5], 3)
    ]
    found = denoise(model, noisy, key=KEYS[5], samples=3)
    np.testing.assert_allclose(found, sum(images) / 3, rtol=1e-5)


def test_training_takes_noise_away_where_the_images_lie_on_a_curve():
    """Images of one parameter: most of the noise is off the curve and can be seen to be noise."""
    angle = jax.random.uniform(KEYS[6], (600, 1), maxval=2 * np.pi)
    clean = np.asarray(jnp.round(8 + 8 * jnp.cos(angle - jnp.arange(6.0)[None])), np.int32)
    optimizer = optax.adam(1e-2)
    state = initial_state(CONFIG, optimizer, key=KEYS[0])
    update = make_denoising_update(CONFIG, optimizer, noise_scale=3.0)
    state, _ = fit(update, state, clean[:500], KEYS[7], steps=300, batch_size=50)
    noisy = add_noise(clean[500:], 3.0, key=KEYS[2])
    guess = denoise(to_model(CONFIG, state), noisy, key=KEYS[3])
    error = float(((guess - clean[500:]) ** 2).mean())
    assert error < 0.5 * float(((noisy - clean[500:]) ** 2).mean())


@pytest.mark.parametrize("scale", [-1.0, float("nan"), float("inf")])
def test_a_scale_that_is_none_is_named(scale):
    with pytest.raises(ValueError, match="noise scale must be a finite number of at least 0"):
        add_noise(IMAGES, scale, key=KEYS[2])
    with pytest.raises(ValueError, match="noise scale must be a finite number of at least 0"):
        make_denoising_update(CONFIG, OPTIMIZER, noise_scale=scale)


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match="samples must be at least 1, got 0"):
        denoise(to_model(CONFIG, STATE), jnp.zeros((2, 6)), key=KEYS[2], samples=0)
