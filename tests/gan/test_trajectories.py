"""Where the Dirac-GAN goes: closed orbits, decay, the limit cycle; and bad input, by name."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import i0

from coreformulas.gan import (
    alternating_step,
    clip_critic,
    consensus_field,
    fitted_eigenvalues,
    flow_step,
    instance_noise_field,
    minimax_field,
    nonsaturating_field,
    penalized_wasserstein_field,
    r1_field,
    simultaneous_step,
    trajectory,
    wasserstein_field,
)


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def follow(field, start, count, step=0.02):
    return np.asarray(trajectory(flow_step(field, step), jnp.asarray(start, float), count))


def test_one_step_moves_as_the_formulas_say():
    def field(point):
        return jnp.stack([2 * point[1], -3 * point[0]])

    start = jnp.array([1.0, 10.0])
    np.testing.assert_allclose(simultaneous_step(field, 0.1)(start), [3.0, 9.7])
    np.testing.assert_allclose(alternating_step(field, 0.1)(start), [3.0, 9.1])
    points = trajectory(lambda point: 2 * point, start, 3)
    np.testing.assert_allclose(points, [[1, 10], [2, 20], [4, 40], [8, 80]])


def test_the_flow_is_of_fourth_order():
    def turn(point):
        return jnp.stack([-point[1], point[0]])

    errors = []
    for count in (20, 40):
        end = follow(turn, [1.0, 0.0], count, step=1 / count)[-1]
        errors.append(np.linalg.norm(end - [np.cos(1), np.sin(1)]))
    assert errors[0] < 1e-6
    np.testing.assert_allclose(errors[0] / errors[1], 16, rtol=0.1)


@pytest.mark.parametrize("radius", [0.2, 1.5])
def test_the_minimax_orbit_is_a_circle_with_the_derived_period(radius):
    period = 2 * np.pi * (1 + i0(radius**2 / 2))
    path = follow(minimax_field, [radius, 0.0], 800, step=period / 800)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), radius, rtol=1e-7)
    np.testing.assert_allclose(path[-1], [radius, 0.0], atol=1e-6)
    assert path[400, 0] < 0


def test_simultaneous_steps_lead_away_from_everywhere():
    start = jnp.array([1.7, -0.9])
    path = np.asarray(trajectory(simultaneous_step(minimax_field, 0.3), start, 200))
    assert np.all(np.diff(np.linalg.norm(path, axis=1)) > 0)


def test_the_nonsaturating_flow_decays_like_one_over_the_root_of_time():
    path = follow(nonsaturating_field, [0.4, 0.0], 4000, step=0.1)
    inverse = 2 / (path**2).sum(axis=1)
    slope = np.polyfit(0.1 * np.arange(4001), inverse, 1)[0]
    np.testing.assert_allclose(slope, 0.25, atol=1e-3)


@pytest.mark.parametrize("start", [[0.05, 0.02], [3.0, -1.0]])
@pytest.mark.parametrize("gamma", [0.3, 1.0])
def test_wgan_gp_ends_on_the_derived_limit_cycle(start, gamma):
    omega = np.sqrt(4 - gamma**2) / 2
    radius = gamma / np.tanh(np.pi * gamma / (4 * omega))
    path = follow(penalized_wasserstein_field(gamma), start, 30_000, step=0.002)
    (down,) = np.nonzero((path[:-1, 1] > 0) & (path[1:, 1] <= 0))
    np.testing.assert_allclose(path[down[-1], 0], radius, atol=5e-3)
    np.testing.assert_allclose(0.002 * np.diff(down)[-1], 2 * np.pi / omega, atol=5e-3)


def test_a_clipped_critic_never_arrives():
    step = flow_step(wasserstein_field, 0.01)
    path = np.asarray(trajectory(lambda p: clip_critic(step(p)), jnp.array([2.0, 0.3]), 3000))
    assert np.abs(path[1:, 1]).max() <= 1
    np.testing.assert_allclose(np.linalg.norm(path[-500:], axis=1), 1, rtol=1e-6)


def test_the_fit_finds_the_map_that_made_the_points():
    matrix = np.array([[0.9, -0.4], [0.3, 0.8]])
    path = trajectory(lambda point: jnp.asarray(matrix) @ point, jnp.array([1.0, -2.0]), 12)
    found, wanted = fitted_eigenvalues(path), np.linalg.eigvals(matrix)
    np.testing.assert_allclose(found[0], wanted[np.argmax(wanted.imag)], rtol=1e-10)
    np.testing.assert_allclose(found[1], np.conj(found[0]), rtol=1e-10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: simultaneous_step(minimax_field, 0.0), r"step_size must be positive, got 0\.0"),
        (lambda: alternating_step(minimax_field, -1.0), r"step_size must be positive, got -1\.0"),
        (lambda: flow_step(minimax_field, 0.0), "duration must be positive"),
        (lambda: trajectory(minimax_field, jnp.ones(2), 0), "count must be at least 1, got 0"),
        (lambda: fitted_eigenvalues(jnp.ones((3, 2))), "at least 4 points, got 3"),
        (lambda: fitted_eigenvalues(jnp.full((5, 2), jnp.nan)), "points must be finite"),
        (lambda: r1_field(-0.1), r"gamma must be zero or more, got -0\.1"),
        (lambda: consensus_field(-1.0), "gamma must be zero or more"),
        (lambda: penalized_wasserstein_field(float("nan")), "gamma must be zero or more, got nan"),
        (lambda: instance_noise_field(-2.0), r"scale must be zero or more, got -2\.0"),
        (
            lambda: inspect.unwrap(clip_critic)(jnp.ones(2), 0.0),
            r"bound must be positive, got 0\.0",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
