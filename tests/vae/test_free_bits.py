"""Free bits and the warm-up: values, gradients on both sides of the allowance, and errors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coreformulas.vae import free_bits, kl_warmup

KL = jnp.array([[0.1, 2.0, 0.3], [0.3, 4.0, 0.1]])  # means 0.2, 3 and 0.2


def test_each_group_pays_at_least_its_allowance():
    np.testing.assert_allclose(free_bits(KL, 0.5), 0.5 + 3 + 0.5, rtol=1e-6)
    np.testing.assert_allclose(free_bits(KL, 0.0), 3.4, rtol=1e-6)
    np.testing.assert_allclose(free_bits(KL, 5.0), 15, rtol=1e-6)


def test_the_maximum_is_of_the_batch_mean_and_not_of_each_example():
    np.testing.assert_allclose(free_bits(KL[:, 1:2], 2.5), 3, rtol=1e-6)


def test_only_groups_above_the_allowance_get_a_gradient():
    slope = jax.grad(free_bits)(KL, 0.5)
    np.testing.assert_array_equal(slope, [[0, 0.5, 0], [0, 0.5, 0]])


def test_the_allowance_may_be_traced():
    found = jax.jit(jax.vmap(lambda free: free_bits(KL, free)))(jnp.array([0.0, 0.5]))
    np.testing.assert_allclose(found, [3.4, 4.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("step", "steps", "weight"),
    [(0, 10.0, 0), (5, 10.0, 0.5), (10, 10.0, 1), (99, 10.0, 1), (0, 0.0, 1)],
)
def test_the_weight_rises_to_one_and_stays(step, steps, weight):
    np.testing.assert_allclose(kl_warmup(step, steps), weight, rtol=1e-6)


@pytest.mark.parametrize("bad", [-0.1, float("nan"), float("inf")])
def test_bad_allowances_and_lengths_are_named(bad):
    with pytest.raises(ValueError, match="free_nats must be a finite number of at least 0, got"):
        free_bits(KL, bad)
    with pytest.raises(ValueError, match="steps must be a finite number of at least 0, got"):
        kl_warmup(1, bad)


def test_an_empty_batch_is_refused():
    with pytest.raises(ValueError, match=r"\(batch, groups\), got \(0, 3\)"):
        free_bits(KL[:0], 0.1)
