"""The refined q against the best one of a linear model, which is known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coreformulas.vae import elbo, refine_posterior

WEIGHTS = np.array([[1.2, 0.4], [0.1, 0.9], [0.5, -0.6]], np.float32)
OBSERVED = np.array([[0.5, -1.0, 2.0], [1.5, 0.2, -0.3]], np.float32)
MODEL = {
    "encode": lambda x: (jnp.zeros((x.shape[0], 2)), jnp.zeros((x.shape[0], 2))),
    "decode": lambda z: z @ WEIGHTS.T,
    "log_likelihood": lambda x, center: -0.5 * jnp.sum((x - center) ** 2, axis=-1),
}


@pytest.fixture(scope="module")
def refined():
    return refine_posterior(OBSERVED, **MODEL, key=jax.random.key(0), steps=800, samples=32)


def test_the_best_factorized_gaussian_is_found(refined):
    """Mean of the posterior, and one over the diagonal of its precision (Bishop 2006, 10.1.2)."""
    precision = np.eye(2) + WEIGHTS.T @ WEIGHTS
    mean = OBSERVED @ WEIGHTS @ np.linalg.inv(precision)
    np.testing.assert_allclose(refined.mean, mean, atol=0.02)
    variance = np.broadcast_to(1 / np.diag(precision), (2, 2))
    np.testing.assert_allclose(np.exp(refined.log_variance), variance, rtol=0.05)


def test_every_example_has_a_better_bound(refined):
    def bound(encode):
        return elbo(
            OBSERVED, **{**MODEL, "encode": encode}, key=jax.random.key(1), samples=20_000
        ).value

    assert np.all(bound(lambda _: tuple(refined)) > bound(MODEL["encode"]) + 0.1)


def test_examples_are_refined_alone(refined):
    """The gradient of one does not feel how many others there are."""
    alone = refine_posterior(OBSERVED[:1], **MODEL, key=jax.random.key(0), steps=800, samples=32)
    np.testing.assert_allclose(alone.mean[0], refined.mean[0], atol=0.03)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("steps", 0, "at least 1"),
        ("samples", 0, "at least 1"),
        ("learning_rate", 0.0, "a finite number above 0"),
        ("learning_rate", float("nan"), "a finite number above 0"),
    ],
)
def test_bad_numbers_are_named(name, value, wanted):
    with pytest.raises(ValueError, match=f"{name} must be {wanted}, got {value}"):
        refine_posterior(OBSERVED, **MODEL, key=jax.random.key(0), **{name: value})
