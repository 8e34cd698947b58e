"""The linear VAE and probabilistic PCA: against SciPy, plain algebra, and a trained model."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from scipy.stats import multivariate_normal

from coreformulas import datasets, training
from coreformulas.vae import (
    PPCA,
    LinearVAE,
    LinearVAEConfig,
    elbo,
    fit_ppca,
    linear_elbo,
    linear_state,
    make_linear_update,
    mean_field_gap,
    ppca_log_likelihood,
    ppca_posterior,
    to_linear_model,
)

SIZE, LATENT, EXAMPLES = 5, 2, 40


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def some_model(seed: int = 0) -> PPCA:
    keys = jax.random.split(jax.random.key(seed), 2)
    mixing = jnp.array([[1.0, 0.8], [0.0, 0.6]])  # columns that are not orthogonal
    weights = jax.random.normal(keys[0], (SIZE, LATENT)) @ mixing
    return PPCA(weights, jax.random.normal(keys[1], (SIZE,)), jnp.array(0.3))


def some_data(seed: int = 1) -> np.ndarray:
    keys = jax.random.split(jax.random.key(seed), 2)
    spread = jnp.array([3.0, 2.0, 1.0, 0.5, 0.2])
    mixing = jax.random.normal(keys[0], (SIZE, SIZE))
    return np.asarray(jax.random.normal(keys[1], (EXAMPLES, SIZE)) * spread[None] @ mixing)


def test_log_likelihood_is_that_of_scipy():
    model, data = some_model(), some_data()
    covariance = model.weights @ model.weights.T + model.noise_variance * jnp.eye(SIZE)
    known = multivariate_normal(
        np.asarray(model.center),
        np.asarray(covariance),  # pyright: ignore[reportArgumentType] - the stub wants a number
    )
    expected = known.logpdf(data)
    np.testing.assert_allclose(ppca_log_likelihood(model, data), expected, rtol=1e-10)


def test_posterior_is_that_of_conditioning_the_joint():
    model, data = some_model(), some_data()
    covariance = model.weights @ model.weights.T + model.noise_variance * jnp.eye(SIZE)
    gain = model.weights.T @ jnp.linalg.inv(covariance)
    mean, posterior = ppca_posterior(model, data)
    np.testing.assert_allclose(mean, (data - model.center[None]) @ gain.T, rtol=1e-9)
    np.testing.assert_allclose(posterior, jnp.eye(LATENT) - gain @ model.weights, atol=1e-12)


def test_no_step_from_the_maximum_gains():
    """Slope zero, and every random change of the parameters lowers the mean log-likelihood."""
    data = some_data()
    best = fit_ppca(data, LATENT)

    def value(model):
        return ppca_log_likelihood(model, data).mean()

    for slope in jax.tree.leaves(jax.grad(value)(best)):
        np.testing.assert_allclose(slope, 0, atol=1e-9)
    for key in jax.random.split(jax.random.key(2), 20):
        parts = [
            0.1 * jax.random.normal(k, part.shape)
            for k, part in zip(jax.random.split(key, 3), best, strict=True)
        ]
        moved = PPCA(best.weights + parts[0], best.center + parts[1], best.noise_variance)
        louder = best._replace(noise_variance=best.noise_variance * jnp.exp(parts[2]))
        assert value(moved) < value(best)
        assert value(louder) < value(best)


def test_columns_under_the_noise_are_zero():
    data = some_data()
    eigenvalues = np.linalg.eigvalsh(np.cov(data.T, bias=True))[::-1]
    noise = float(np.sqrt(eigenvalues[1] * eigenvalues[2]))  # between the second and the third
    model = fit_ppca(data, 4, noise_variance=noise)
    squares = np.sum(np.asarray(model.weights) ** 2, axis=0)
    np.testing.assert_allclose(squares[:2], eigenvalues[:2] - noise, rtol=1e-9)
    np.testing.assert_array_equal(squares[2:], 0)


def at_posterior(model: PPCA) -> LinearVAE:
    """The linear VAE with the best encoder that is diagonal."""
    vae = LinearVAE(LinearVAEConfig(SIZE, LATENT), rngs=nnx.Rngs(jax.random.key(3)))
    vae.weights[...], vae.center[...] = model.weights, model.center
    vae.encoder[...] = model.weights @ jnp.linalg.inv(model.precision)
    vae.log_variance[...] = jnp.log(model.noise_variance / jnp.diagonal(model.precision))
    vae.log_noise[...] = jnp.log(model.noise_variance)
    return vae


def test_the_bound_is_loose_by_the_mean_field_gap():
    data = some_data()
    tight, turned = fit_ppca(data, LATENT), some_model()
    assert mean_field_gap(turned) > 0.01
    np.testing.assert_allclose(mean_field_gap(tight), 0, atol=1e-10)
    for model in (tight, turned):
        bound = linear_elbo(at_posterior(model), data).value
        gap = ppca_log_likelihood(model, data) - bound
        np.testing.assert_allclose(gap, mean_field_gap(model), rtol=1e-6, atol=1e-9)


def test_draws_average_to_the_exact_bound():
    data = some_data()[:1]
    vae = at_posterior(some_model())
    many = jnp.repeat(data, 20_000, axis=0)
    drawn = elbo(
        many,
        encode=vae.encode,
        decode=vae.decode,
        log_likelihood=vae.log_likelihood,
        key=jax.random.key(4),
    ).value
    error = float(drawn.std() / np.sqrt(len(many)))
    assert abs(float(drawn.mean() - linear_elbo(vae, data).value[0])) < 4 * error
    assert error < 0.05


@pytest.mark.parametrize("samples", [None, 1])
def test_training_meets_the_closed_form(samples):
    with jax.enable_x64(False):  # as the chapters train
        images = datasets.load("digits").train.images
        data = images.reshape(len(images), -1)[:, 20:44] / 16
        config, steps = LinearVAEConfig(observed=24, latent=3), 1500
        optimizer = optax.adam(optax.cosine_decay_schedule(2e-2, steps))
        state, _ = training.fit(
            make_linear_update(config, optimizer, samples=samples),
            linear_state(config, optimizer, key=jax.random.key(5)),
            data,
            jax.random.key(6),
            steps=steps,
            batch_size=len(data),
            progress=False,
        )
        model = to_linear_model(config, state)
        exact = ppca_log_likelihood(fit_ppca(data, 3), data).mean()
        assert 0 <= exact - ppca_log_likelihood(model.to_ppca(), data).mean() < 0.02
        assert 0 <= exact - linear_elbo(model, data).value.mean() < 0.02


def test_noise_that_is_not_learned_stays():
    data = some_data()
    config, optimizer = LinearVAEConfig(SIZE, LATENT, learn_noise=False), optax.adam(0.1)
    state = linear_state(config, optimizer, key=jax.random.key(7), noise_variance=0.7)
    update = make_linear_update(config, optimizer)
    after, _ = update(state, jnp.asarray(data), jax.random.key(8))
    assert float(to_linear_model(config, after).noise_variance) == pytest.approx(0.7)
    moved = (
        to_linear_model(config, after).weights[...] - to_linear_model(config, state).weights[...]
    )
    assert float(jnp.abs(moved).max()) > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((10, 5)), 5), "latent must be from 1 to 4, got 5"),
        ((np.zeros((10, 5)), 0), "latent must be from 1 to 4, got 0"),
        ((np.zeros((1, 5)), 2), "at least two examples, got 1"),
        ((np.zeros((10, 5)), 2), "noise_variance must be positive, got 0.0"),
        ((some_data(), 2, -1.0), "noise_variance must be positive, got -1.0"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        fit_ppca(*arguments)


def test_data_of_another_width_is_named():
    with pytest.raises(ValueError, match="observed must have 5 values in each row, got 4"):
        ppca_log_likelihood(some_model(), np.zeros((3, 4)))
    with pytest.raises(ValueError, match="latent must be at least 1, got 0"):
        LinearVAEConfig(latent=0)
