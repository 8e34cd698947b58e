"""Importance weights, their bound and its two gradients, on a model whose answer is known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from coreformulas.vae import dreg_bound, elbo, iwae_bound, log_importance_weights

KEY = jax.random.key(5)
WEIGHTS = np.array([[1.0, 0.4], [0.0, 0.8], [0.6, -0.5]])
OBSERVED = np.array([[0.5, -1.0, 2.0], [1.5, 0.2, -0.3]])


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def log_likelihood(observed, center):
    return -0.5 * jnp.sum((observed - center) ** 2 + jnp.log(2 * jnp.pi), axis=-1)


def model(parameters):
    """A linear Gaussian model with unit noise: an encoder (gain, log-variance) and a decoder."""
    gain, log_variance, weights = parameters
    return {
        "encode": lambda x: (
            jnp.asarray(x) @ gain,
            jnp.broadcast_to(log_variance, (x.shape[0], 2)),
        ),
        "decode": lambda z: z @ weights.T,
        "log_likelihood": log_likelihood,
    }


ROUGH = (0.3 * WEIGHTS, np.array([-0.5, -0.2]), WEIGHTS)
ONE_LATENT = WEIGHTS[:, :1]
_precision = 1 + float(np.sum(ONE_LATENT**2))


def exact_encoder(x):
    mean = jnp.asarray(x) @ ONE_LATENT / _precision
    return mean, jnp.full_like(mean, -np.log(_precision))


EXACT = {
    "encode": exact_encoder,
    "decode": lambda z: z @ ONE_LATENT.T,
    "log_likelihood": log_likelihood,
}


def log_evidence(weights):
    covariance = weights @ weights.T + np.eye(3)
    return np.asarray(stats.multivariate_normal.logpdf(OBSERVED, np.zeros(3), covariance))


def test_at_the_posterior_every_weight_is_the_evidence():
    log_weights = log_importance_weights(OBSERVED, **EXACT, key=KEY, samples=7)
    wanted = np.broadcast_to(log_evidence(ONE_LATENT), (7, 2))
    np.testing.assert_allclose(log_weights, wanted, rtol=1e-10)
    bound = iwae_bound(OBSERVED, **EXACT, key=KEY, samples=7)
    np.testing.assert_allclose(bound, log_evidence(ONE_LATENT), rtol=1e-10)


def test_the_mean_weight_is_the_evidence_and_the_mean_log_weight_the_elbo():
    count = 400_000
    log_weights = log_importance_weights(OBSERVED, **model(ROUGH), key=KEY, samples=count)
    ratio = jnp.exp(log_weights - log_evidence(WEIGHTS)[None])
    error = ratio.std(axis=0, ddof=1) / count**0.5
    assert np.all(error < 0.005)
    assert np.all(abs(ratio.mean(axis=0) - 1) < 4 * error)
    exact = elbo(OBSERVED, **model(ROUGH), key=jax.random.key(6), samples=count)
    error = log_weights.std(axis=0, ddof=1) / count**0.5
    assert np.all(abs(log_weights.mean(axis=0) - exact.value) < 6 * error)


def test_the_bound_is_the_log_of_the_mean_weight():
    log_weights = log_importance_weights(OBSERVED, **model(ROUGH), key=KEY, samples=9)
    for bound_of in (iwae_bound, dreg_bound):
        bound = bound_of(OBSERVED, **model(ROUGH), key=KEY, samples=9)
        np.testing.assert_allclose(bound, np.log(np.exp(log_weights).mean(axis=0)), rtol=1e-12)


def test_the_bound_rises_with_the_samples_and_stays_under_the_evidence():
    keys = jax.random.split(KEY, 3000)

    def mean_bound(samples):
        one = lambda key: iwae_bound(OBSERVED, **model(ROUGH), key=key, samples=samples)  # noqa: E731
        return jax.jit(jax.vmap(one))(keys).mean(axis=0)

    means = jnp.stack([mean_bound(samples) for samples in (1, 3, 9)])
    assert np.all(jnp.diff(means, axis=0) > 0)
    assert np.all(means < log_evidence(WEIGHTS)[None])


def gradients(bound_of, key, samples):
    total = lambda p: bound_of(OBSERVED, **model(p), key=key, samples=samples).sum()  # noqa: E731
    return jax.grad(total)(ROUGH)


def test_the_decoder_gets_one_gradient_from_both_bounds():
    ordinary, double = (gradients(bound, KEY, 6) for bound in (iwae_bound, dreg_bound))
    np.testing.assert_allclose(ordinary[2], double[2], rtol=1e-12)
    assert np.all(abs(ordinary[0] - double[0]) > 1e-3)  # and the encoder does not


def test_the_double_gradient_is_the_published_sum():
    """Sum of squared normalized weights times the slope of log w along each draw's path."""
    samples = 6
    gain, log_variance, weights = ROUGH
    mean = OBSERVED @ gain
    noise = jax.vmap(lambda key: jax.random.normal(key, mean.shape))(jax.random.split(KEY, samples))

    def log_weight(z, x, mean):
        log_prior = -0.5 * jnp.sum(z**2)
        log_q = -0.5 * jnp.sum((z - mean) ** 2 / jnp.exp(log_variance) + log_variance)
        return log_likelihood(x, weights @ z) + log_prior - log_q

    def of_example(x, mean, noise):
        latent = mean[None] + jnp.exp(log_variance / 2)[None] * noise
        values, slopes = jax.vmap(jax.value_and_grad(log_weight), (0, None, None))(latent, x, mean)
        share = jax.nn.softmax(values)[:, None] ** 2 * slopes
        return share.sum(axis=0), (share * (latent - mean[None]) / 2).sum(axis=0)

    by_mean, by_log_variance = jax.vmap(of_example, (0, 0, 1))(OBSERVED, mean, noise)
    found = gradients(dreg_bound, KEY, samples)
    np.testing.assert_allclose(found[0], OBSERVED.T @ by_mean, rtol=1e-10)
    np.testing.assert_allclose(found[1], by_log_variance.sum(axis=0), rtol=1e-10)


def test_both_gradients_have_one_mean():
    keys = jax.random.split(jax.random.key(8), 40_000)
    each = [
        jax.jit(jax.vmap(lambda key, bound=bound: gradients(bound, key, 3)[:2]))(keys)
        for bound in (iwae_bound, dreg_bound)
    ]
    for ordinary, double in zip(*each, strict=True):
        difference = ordinary - double
        error = difference.std(axis=0, ddof=1) / len(keys) ** 0.5
        assert np.all(abs(difference.mean(axis=0)) < 4 * error)
        assert np.all(error < 0.05 * abs(double.mean(axis=0)).max())


def test_at_the_posterior_the_double_gradient_has_no_noise():
    def bound(shift, bound_of):
        shifted = {**EXACT, "encode": lambda x: (exact_encoder(x)[0] + shift, exact_encoder(x)[1])}
        return bound_of(OBSERVED, **shifted, key=KEY, samples=4).sum()

    np.testing.assert_allclose(jax.grad(bound)(0.0, dreg_bound), 0, atol=1e-12)
    assert abs(jax.grad(bound)(0.0, iwae_bound)) > 1e-2


@pytest.mark.parametrize("bound_of", [log_importance_weights, iwae_bound, dreg_bound])
def test_bad_input_is_named(bound_of):
    with pytest.raises(ValueError, match="samples must be at least 1, got 0"):
        bound_of(OBSERVED, **EXACT, key=KEY, samples=0)
    whole = {**EXACT, "log_likelihood": lambda *_: jnp.zeros((2, 3))}
    with pytest.raises(ValueError, match=r"one value for each example, of shape \(2,\), got"):
        bound_of(OBSERVED, **whole, key=KEY, samples=2)
