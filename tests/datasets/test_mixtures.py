"""Mixtures of Gaussians: the density by its definition, the score by autodiff, draws by both."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.stats import norm

from coreformulas.datasets import GaussianMixture, grid, ring

POINTS = jnp.array([[0.3, -0.2], [1.0, 0.02], [-2.1, 4.0], [0.0, 0.0]])
WIDE = ring(standard_deviation=0.3)


def test_log_density_is_that_of_the_mixture():
    parts = [norm.pdf(POINTS, mean[None], 0.3).prod(axis=1) for mean in WIDE.means]
    expected = np.log(np.mean(np.asarray(parts), axis=0))
    np.testing.assert_allclose(WIDE.log_density(POINTS), expected, rtol=1e-4)


def test_density_integrates_to_one():
    side = np.linspace(-3, 3, 201, dtype=np.float32)
    points = jnp.asarray(np.stack(np.meshgrid(side, side), axis=-1))
    total = jnp.exp(WIDE.log_density(points)).sum() * (side[1] - side[0]) ** 2
    np.testing.assert_allclose(total, 1, rtol=1e-4)


def test_score_is_the_gradient_of_the_log_density():
    gradients = jax.vmap(jax.grad(WIDE.log_density))(POINTS)
    np.testing.assert_allclose(WIDE.score(POINTS), gradients, rtol=1e-3, atol=1e-4)


def test_far_from_every_mode_the_density_is_small_but_finite():
    assert np.isfinite(ring().log_density(POINTS)).all()
    assert np.isfinite(ring().score(POINTS)).all()


def test_draws_have_the_moments_of_the_mixture():
    draws = np.asarray(grid().sample(100_000, key=jax.random.key(0)))
    np.testing.assert_allclose(draws.mean(axis=0), 0, atol=5 * np.sqrt(8 / 100_000))
    np.testing.assert_allclose(draws.var(axis=0), 8 + 0.05**2, rtol=0.02)  # of -4, -2, 0, 2, 4: 8
    offsets = np.abs(draws - 2 * np.round(draws / 2))
    np.testing.assert_allclose(np.sqrt(np.mean(offsets**2)), 0.05, rtol=0.02)


def test_every_mode_is_drawn_equally_often():
    draws = np.asarray(ring().sample(80_000, key=jax.random.key(1)))
    nearest = np.linalg.norm(draws[:, None] - ring().means[None], axis=-1).argmin(axis=1)
    counts = np.bincount(nearest, minlength=8)
    np.testing.assert_allclose(counts, 10_000, atol=5 * np.sqrt(80_000 * 7 / 64))


def test_the_set_ups_are_those_of_pacgan():
    assert ring().means.shape == (8, 2)
    np.testing.assert_allclose(np.linalg.norm(ring().means, axis=1), 1, rtol=1e-6)
    assert sorted(set(grid().means.ravel().tolist())) == [-4, -2, 0, 2, 4]
    assert (ring().standard_deviation, grid().standard_deviation) == (0.01, 0.05)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ring(0), "modes must be a whole number >= 1, got 0"),
        (lambda: ring(radius=-1.0), "radius must be a positive"),
        (lambda: grid(spacing=float("nan")), "spacing must be a positive"),
        (lambda: grid(standard_deviation=0.0), "standard_deviation must be a positive"),
        (lambda: GaussianMixture(np.zeros((0, 2)), 1.0), "means must be finite"),
        (lambda: GaussianMixture(np.full((1, 2), np.nan), 1.0), "means must be finite"),
        (lambda: ring().sample(0, key=jax.random.key(0)), "count must be at least 1, got 0"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
