"""The losses: against naive float64 formulas, at extreme logits, and their errors."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import expit

from coreformulas import gan

ROWS = hnp.arrays(np.float32, 7, elements=st.floats(-8, 8, width=32))
PAIRS = {
    "discriminator_loss": lambda r, f: -(np.log(expit(r)).mean() + np.log(expit(-f)).mean()) / 2,
    "wasserstein_critic_loss": lambda r, f: f.mean() - r.mean(),
    "least_squares_discriminator_loss": lambda r, f: ((r - 1) ** 2).mean() / 2 + (f**2).mean() / 2,
    "hinge_discriminator_loss": lambda r, f: (
        np.maximum(0, 1 - r).mean() + np.maximum(0, 1 + f).mean()
    ),
}
SINGLE = {
    "generator_loss": lambda f: -np.log(expit(f)).mean() / 2,
    "saturating_generator_loss": lambda f: np.log(expit(-f)).mean() / 2,
    "wasserstein_generator_loss": lambda f: -f.mean(),
    "least_squares_generator_loss": lambda f: ((f - 1) ** 2).mean() / 2,
    "hinge_generator_loss": lambda f: -f.mean(),
}


def unchecked(name: str):
    """The function without the shape check that only tests install, to reach its own errors."""
    return inspect.unwrap(getattr(gan, name))


@pytest.mark.parametrize("name", PAIRS)
@given(ROWS, ROWS)
@settings(max_examples=25)
def test_losses_of_two_rows_match_the_naive_formula(name, real, fake):
    wanted = PAIRS[name](real.astype(float), fake.astype(float))
    found = getattr(gan, name)(jnp.asarray(real), jnp.asarray(fake))
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", SINGLE)
@given(ROWS)
@settings(max_examples=25)
def test_losses_of_generated_data_match_the_naive_formula(name, fake):
    found = getattr(gan, name)(jnp.asarray(fake))
    np.testing.assert_allclose(found, SINGLE[name](fake.astype(float)), rtol=1e-5, atol=1e-5)


def test_targets_of_the_least_squares_loss_are_used():
    real, fake = jnp.array([3.0, 5.0]), jnp.array([-1.0, 1.0])
    value = gan.least_squares_discriminator_loss(real, fake, real_target=4.0, fake_target=-1.0)
    np.testing.assert_allclose(value, 0.5 * 1 + 0.5 * 2)
    np.testing.assert_allclose(gan.least_squares_generator_loss(fake, wanted=1.0), 0.5 * 2)


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_cross_entropies_are_exact_and_smooth_at_extreme_logits(size):
    row, other = jnp.array([size], jnp.float32), jnp.zeros(1)
    wrong = 1e4 / 2  # what a logit of this size costs where it is on the wrong side
    cases = [
        (lambda t: gan.discriminator_loss(t, other) - np.log(2) / 2, size < 0, -0.5),
        (lambda t: gan.discriminator_loss(other, t) - np.log(2) / 2, size > 0, 0.5),
        (gan.generator_loss, size < 0, -0.5),
    ]
    for loss, is_wrong, slope in cases:
        value, gradient = jax.value_and_grad(loss)(row)
        np.testing.assert_allclose(value, wrong if is_wrong else 0.0, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(gradient, [slope if is_wrong else 0.0], rtol=1e-6)
    value, gradient = jax.value_and_grad(gan.saturating_generator_loss)(row)
    np.testing.assert_allclose(value, -wrong if size > 0 else 0.0, rtol=1e-6)
    np.testing.assert_allclose(gradient, [-0.5 if size > 0 else 0.0], rtol=1e-6)


def test_tiny_losses_keep_their_digits():
    """log(1 + e^-20) is 2e-9, which 1 - D rounds to zero in float32."""
    sure = jnp.full(3, 20.0)
    np.testing.assert_allclose(gan.generator_loss(sure), 0.5 * np.log1p(np.exp(-20.0)), rtol=1e-5)


def test_the_game_is_zero_sum_only_with_the_saturating_loss():
    real, fake = jnp.array([0.3, -1.2, 2.0]), jnp.array([-0.7, 0.1, 1.5])
    slope = jax.grad(gan.discriminator_loss, 1)(real, fake)
    np.testing.assert_allclose(jax.grad(gan.saturating_generator_loss)(fake), -slope, rtol=1e-6)
    assert np.all(np.abs(np.asarray(jax.grad(gan.generator_loss)(fake) + slope)) > 1e-3)


def test_losses_work_under_jit_and_vmap():
    real = jax.random.normal(jax.random.key(0), (4, 5))
    fake = jax.random.normal(jax.random.key(1), (4, 5))
    each = jax.jit(jax.vmap(gan.discriminator_loss))(real, fake)
    np.testing.assert_allclose(each[2], gan.discriminator_loss(real[2], fake[2]), rtol=1e-6)
    assert np.isnan(jax.jit(gan.generator_loss)(jnp.array([jnp.nan])))  # values are not known


@pytest.mark.parametrize("name", PAIRS)
def test_rows_that_do_not_fit_are_named(name):
    loss = unchecked(name)
    second = list(inspect.signature(loss).parameters)[1]
    with pytest.raises(ValueError, match=rf"{second} must have the shape of .*\(3,\), got \(4,\)"):
        loss(jnp.zeros(3), jnp.zeros(4))
    with pytest.raises(ValueError, match=r"must have shape \(batch,\), batch >= 1, got \(0,\)"):
        loss(jnp.zeros(0), jnp.zeros(0))
    with pytest.raises(ValueError, match=r"must have shape \(batch,\), .* got \(3, 1\)"):
        loss(jnp.zeros((3, 1)), jnp.zeros((3, 1)))
    with pytest.raises(ValueError, match=rf"{second} must hold finite numbers, got nan"):
        loss(jnp.zeros(2), jnp.array([0.0, jnp.nan]))


@pytest.mark.parametrize("name", SINGLE)
def test_bad_generated_logits_are_named(name):
    loss = unchecked(name)
    with pytest.raises(ValueError, match=r"fake_\w+ must have shape \(batch,\)"):
        loss(jnp.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"fake_\w+ must hold finite numbers, got -inf"):
        loss(jnp.array([0.0, -jnp.inf]))
