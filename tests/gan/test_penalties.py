"""Penalties on slopes against functions whose slopes are known; spectral norms against an SVD."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from coreformulas import gan

KEYS = jax.random.split(jax.random.key(0), 6)
REAL = jax.random.normal(KEYS[0], (6, 3))
FAKE = jax.random.normal(KEYS[1], (6, 3)) + 2
SLOPE = jnp.array([1.0, -2.0, 2.0])


def linear(data):
    return data @ SLOPE + 5


def quadratic(data):
    return jnp.sum(data**2, axis=-1) / 2  # its slope is the point itself


def test_r1_is_half_gamma_times_the_mean_squared_slope_at_real_data():
    np.testing.assert_allclose(gan.r1_penalty(linear, REAL, gamma=4.0), 4 / 2 * 9, rtol=1e-6)
    wanted = 0.3 / 2 * np.mean(np.sum(np.asarray(REAL) ** 2, axis=-1))
    np.testing.assert_allclose(gan.r1_penalty(quadratic, REAL, gamma=0.3), wanted, rtol=1e-6)


def test_gradient_penalty_is_the_squared_distance_of_the_slope_from_one():
    value = gan.gradient_penalty(linear, REAL, FAKE, key=KEYS[2])
    np.testing.assert_allclose(value, 10 * (3 - 1) ** 2, rtol=1e-6)
    unit = gan.gradient_penalty(lambda x: x @ SLOPE / 3, REAL, FAKE, weight=7.0, key=KEYS[2])
    np.testing.assert_allclose(unit, 0, atol=1e-6)


def test_gradient_penalty_looks_at_points_between_both_batches():
    zeros, ones = jnp.zeros((4000, 1)), jnp.ones((4000, 1))
    value = gan.gradient_penalty(quadratic, zeros, ones, weight=1.0, key=KEYS[3])
    # The slope at u is u, uniform on 0 to 1, and E[(u - 1)^2] = 1/3, with variance 1/5 - 1/9.
    assert abs(float(value) - 1 / 3) < 4 * np.sqrt((1 / 5 - 1 / 9) / 4000)
    other = gan.gradient_penalty(quadratic, zeros, ones, weight=1.0, key=KEYS[4])
    assert float(value) != float(other)


def test_a_flat_critic_has_a_finite_gradient():
    def penalty(scale):
        return gan.gradient_penalty(lambda x: scale * x[:, 0] ** 2, REAL * 0, REAL * 0, key=KEYS[2])

    value, slope = jax.value_and_grad(penalty)(1.0)
    assert value == 10.0
    assert slope == 0.0


def test_penalties_take_images():
    images = jnp.ones((4, 2, 3))
    value = gan.r1_penalty(lambda x: jnp.sum(x**2, axis=(1, 2)) / 2, images, gamma=2.0)
    np.testing.assert_allclose(value, 6.0, rtol=1e-6)


def test_bad_batches_are_named():
    penalty, r1 = inspect.unwrap(gan.gradient_penalty), inspect.unwrap(gan.r1_penalty)
    with pytest.raises(
        ValueError, match=r"fake must have the shape of real, \(6, 3\), got \(5, 3\)"
    ):
        penalty(linear, REAL, FAKE[:5], key=KEYS[2])
    with pytest.raises(ValueError, match=r"real must have shape \(batch, ...\), .* got \(0, 3\)"):
        r1(linear, REAL[:0], gamma=1.0)
    with pytest.raises(ValueError, match=r"one value for each of 6 examples .* got \(6, 3\)"):
        r1(lambda x: x, REAL, gamma=1.0)


def make(spectral_norm: bool) -> gan.Discriminator:
    config = gan.GANConfig(data=3, hidden=(16, 16), spectral_norm=spectral_norm)
    return gan.Discriminator(config, rngs=nnx.Rngs(jax.random.key(7)))


def test_spectral_norms_are_largest_singular_values():
    found = gan.spectral_norms(make(False))
    kernels = jax.tree.leaves(nnx.state(make(False), nnx.PathContains("kernel")))
    wanted = [np.linalg.svd(np.asarray(k), compute_uv=False)[0] for k in kernels]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    assert max(float(value) for value in found) > 1.2


def test_power_iteration_divides_by_the_largest_singular_value():
    model = make(True)
    weights = jax.tree.map(jnp.copy, nnx.state(model, nnx.Param))
    assert abs(float(gan.spectral_norms(model)[0]) - 1) > 1e-3  # one step is not enough
    for _ in range(100):
        model(REAL, update_stats=True)
    np.testing.assert_allclose(gan.spectral_norms(model), 1.0, rtol=1e-4)
    jax.tree.map(np.testing.assert_array_equal, weights, nnx.state(model, nnx.Param))


def test_a_spectrally_normalized_network_is_one_lipschitz():
    model = make(True)
    for _ in range(100):
        model(REAL, update_stats=True)
    rise = np.abs(np.asarray(model(REAL) - model(FAKE)))
    assert np.all(rise <= np.linalg.norm(np.asarray(REAL - FAKE), axis=-1) * (1 + 1e-4))
    assert float(gan.r1_penalty(model, REAL, gamma=2.0)) <= 1 + 1e-4


def test_penalties_of_a_spectrally_normalized_network_have_gradients():
    graph, weights, rest = nnx.split(make(True), nnx.Param, ...)

    def loss(weights):
        return gan.r1_penalty(nnx.merge(graph, weights, rest), REAL, gamma=1.0)

    leaves = jax.tree.leaves(jax.jit(jax.grad(loss))(weights))
    assert all(np.isfinite(leaf).all() for leaf in leaves)
    assert max(float(jnp.abs(leaf).max()) for leaf in leaves) > 1e-4
