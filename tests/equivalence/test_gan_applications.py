"""The conditional game and the cycle, in JAX, against their derivations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
from flax import nnx

from coreformulas.gan import (
    ConditionalConfig,
    ConditionalDiscriminator,
    cycle_consistency_loss,
    discriminator_loss,
)
from coreformulas.gan import derivation_applications as derived
from coreformulas.symbolic import Expectation

REAL, FAKE = np.array([3, 1, 2]), np.array([1, 2, 3])  # how often each of three images comes


def loss_at(logits):
    return discriminator_loss(jnp.repeat(logits, REAL), jnp.repeat(logits, FAKE))


def value(expr: sp.Expr, **values: float) -> float:
    return float(expr.subs({s: values[str(s)] for s in expr.free_symbols}))


def bound() -> float:
    """The end of the derivation, where three images stand for all."""
    p, q = sp.symbols("p q", positive=True)
    shares = {derived.real_given: (p, REAL / 6), derived.fake_given: (q, FAKE / 6)}
    names = {density: symbol for density, (symbol, _) in shares.items()}

    def mean(node: sp.Expr) -> sp.Expr:
        assert isinstance(node, Expectation)
        body = node.body.xreplace(names)
        costs = [value(body, p=a, q=b) for a, b in zip(REAL / 6, FAKE / 6, strict=True)]
        return sp.Float(shares[node.density][1] @ costs)

    end = derived.conditional_optimal_discriminator().end
    return float(end.replace(lambda node: isinstance(node, Expectation), mean))


def test_the_log_ratio_of_a_class_is_the_lowest_point_of_the_loss():
    best = jnp.log(jnp.asarray(REAL / FAKE, jnp.float32))
    np.testing.assert_allclose(loss_at(best), bound(), rtol=1e-6)
    np.testing.assert_allclose(jax.grad(loss_at)(best), 0, atol=1e-6)
    for seed in range(5):
        step = 0.3 * jax.random.normal(jax.random.key(seed), (3,))
        assert float(loss_at(best + step)) > bound()


def test_between_classes_the_discriminator_differs_by_the_derived_projection():
    config = ConditionalConfig(latent=1, hidden=(1,), data=2, classes=3)
    judge = ConditionalDiscriminator(config, rngs=nnx.Rngs(jax.random.key(0)))
    v, w = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.3, -0.7])
    judge.classes.embedding[...] = jnp.asarray(v - w, jnp.float32)[:, None]
    image = jnp.array([0.4, -0.9])
    phi = float(jax.nn.leaky_relu(judge.layers[0](image), 0.2)[0])
    totals = {"Z": np.exp(v * phi).sum(), "W": np.exp(w * phi).sum()}
    chain = derived.projection_of_two_softmaxes()
    ends = [value(chain.end, phi=phi, v=a, w=b, **totals) for a, b in zip(v, w, strict=True)]
    ratios = jax.nn.log_softmax(v * phi) - jax.nn.log_softmax(w * phi)
    np.testing.assert_allclose(ratios, ends, atol=1e-6)
    logits = judge(jnp.tile(image, (3, 1)), jnp.arange(3))
    np.testing.assert_allclose(logits - logits[0], np.subtract(ends, ends[0]), atol=1e-5)


@pytest.mark.parametrize("c", [1.7, -1.7, 0.4])
@pytest.mark.parametrize("off", [1.0, 0.8])
def test_linear_translators_have_the_losses_that_are_derived(c, off):
    points, weights = np.polynomial.hermite_e.hermegauss(8)
    weights, a, b, m, sigma = weights / weights.sum(), 1.7, off / c, 0.6, 0.9
    x = sigma * points
    values = {"a": a, "b": b, "c": c, "m": m, "sigma": sigma}
    around, there = b * ((c * x + m) - m), c * x + m
    cycle = value(derived.cycle_loss_of_linear_translators().end, **values)
    error = value(derived.translation_error_of_linear_translators().end, **values)
    assert weights @ (around - x) ** 2 == pytest.approx(cycle, abs=1e-12)
    assert weights @ (there - (a * x + m)) ** 2 == pytest.approx(error, abs=1e-12)
    # The loss that is trained takes the absolute value where the derivation takes the square.
    trained = cycle_consistency_loss(jnp.asarray(x)[:, None], jnp.asarray(around)[:, None])
    assert float(trained) == pytest.approx(np.sqrt(cycle) / sigma * abs(x).mean(), abs=1e-6)
