"""The losses of both players compute the derived formulas, in float64; duality is met exactly."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
from scipy.optimize import linprog

from coreformulas import gan
from coreformulas.evaluation import wasserstein_1d
from coreformulas.gan import derivation_losses as derived
from coreformulas.gan.derivation import p
from coreformulas.gan.derivation import q as density_q
from coreformulas.symbolic import Integrate, to_jax

GRID = np.linspace(-20, 20, 20_001)
SPACING = GRID[1] - GRID[0]
LOG_P = -0.5 * GRID**2 - 0.5 * np.log(2 * np.pi)
P = np.exp(LOG_P)


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize(
    ("loss", "derivation"),
    [
        (gan.generator_loss, derived.non_saturating_slope),
        (gan.saturating_generator_loss, derived.saturating_slope),
    ],
)
def test_the_slope_of_a_loss_is_the_derived_one(loss, derivation):
    logits = jnp.linspace(-30, 30, 121)
    slopes = jax.grad(lambda row: len(row) * loss(row))(logits)
    formula = to_jax(derivation().end, [derived.ell])
    np.testing.assert_allclose(slopes, formula(logits), rtol=1e-10)
    sides = jnp.abs(slopes[jnp.array([0, -1])])
    assert jnp.argmax(sides) == (0 if loss is gan.generator_loss else 1)  # where it saturates


def shifted(theta: jax.Array | float) -> jax.Array:
    return LOG_P + theta * GRID - theta**2 / 2


def kl_minus_twice_jsd(theta: jax.Array | float) -> jax.Array:
    log_q = shifted(theta)
    log_m = jnp.logaddexp(LOG_P, log_q) - jnp.log(2.0)
    q = jnp.exp(log_q)
    jsd = 0.5 * (P @ (LOG_P - log_m) + q @ (log_q - log_m))
    return SPACING * (q @ (log_q - LOG_P) - 2 * jsd)


@pytest.mark.parametrize("theta", [0.3, 1.0, 3.0])
def test_theorem_2_5_of_arjovsky_and_bottou(theta):
    """Draws move, the optimal discriminator stands still, and the direction is the derived one."""

    def loss_of_draws(position):
        logits = theta**2 / 2 - theta * (position + GRID)
        losses = jax.vmap(lambda one: gan.generator_loss(one[None]))(logits)
        return SPACING * (P @ losses)

    wanted = jax.grad(kl_minus_twice_jsd)(theta)
    np.testing.assert_allclose(2 * jax.grad(loss_of_draws)(theta), wanted, rtol=1e-8)
    twice_jsd = jax.grad(lambda t: SPACING * (jnp.exp(shifted(t)) @ (shifted(t) - LOG_P)))(theta)
    assert abs(wanted - twice_jsd) > 0.01  # it is not the gradient of the KL alone


def test_kl_minus_twice_jsd_is_the_derived_pair_of_means():
    q = np.exp(shifted(1.3))
    cost = -np.log(P / (P + q))
    constant = float(sum(t for t in derived.kl_minus_twice_jsd().end.args if t.is_number))
    found = SPACING * ((P + q) @ cost) + constant
    np.testing.assert_allclose(found, kl_minus_twice_jsd(1.3), rtol=1e-8)


def test_two_coins_have_the_derived_divergence_and_its_limit():
    end = derived.jsd_of_two_coins().end
    formula = to_jax(end, [derived.s])
    for odds in (1e-6, 0.2, 1.0):
        p, q = np.array([1, odds]) / (1 + odds), np.array([odds, 1]) / (1 + odds)
        m = (p + q) / 2
        direct = 0.5 * (p @ np.log(p / m) + q @ np.log(q / m))
        np.testing.assert_allclose(formula(odds), direct, rtol=1e-9, atol=1e-12)
    assert sp.limit(end, derived.s, 0) == sp.log(2)


def integrand(end: sp.Expr, names: dict) -> np.ndarray:
    """The body of the one integral of ``end``, at the densities on the grid."""
    (node,) = end.atoms(Integrate)
    symbols = {name: sp.Symbol(str(k), positive=True) for k, name in enumerate(names)}
    body = node.body.xreplace(symbols)
    return np.asarray(to_jax(body, list(symbols.values()))(*names.values()))


def costs(loss, values: np.ndarray, q: np.ndarray, satisfied: float) -> float:
    """The integral of p times the cost on real data, and q times that on generated data."""
    right = jnp.array([satisfied])
    real = jax.vmap(lambda value: loss(value[None], -right))(jnp.asarray(values))
    fake = jax.vmap(lambda value: loss(right, value[None]))(jnp.asarray(values))
    return float(SPACING * (P @ np.asarray(real) + q @ np.asarray(fake)))


def squared(real, fake):
    return gan.least_squares_discriminator_loss(real, fake, real_target=1.0, fake_target=-1.0)


def test_the_least_squares_optimum_is_the_derived_one():
    q = np.exp(shifted(0.8))
    names = {p: P, density_q: q, derived.a: -1.0, derived.b: 1.0}
    least = SPACING * integrand(derived.least_squares_optimum().end, names).sum()
    best = (P - q) / (P + q)
    np.testing.assert_allclose(costs(squared, best, q, 1.0), least, rtol=1e-8)
    for other in (best + 0.1, 0.9 * best, np.sign(best)):
        assert costs(squared, other, q, 1.0) > least + 1e-3
    pearson = integrand(derived.least_squares_divergence().end, {p: P, density_q: q})
    np.testing.assert_allclose(SPACING * pearson.sum(), SPACING * (P + q) @ best**2, rtol=1e-8)


def test_the_hinge_optimum_is_the_derived_one():
    q = np.exp(shifted(0.8))
    end = derived.hinge_optimum().end
    distance = SPACING * integrand(end, {p: P, density_q: q}).sum()
    least = float(end.subs(next(iter(end.atoms(Integrate))), distance))
    best = np.sign(P - q)
    np.testing.assert_allclose(costs(gan.hinge_discriminator_loss, best, q, 1.0), least, rtol=1e-8)
    for other in (0.9 * best, 1.5 * best, np.tanh(GRID)):
        assert costs(gan.hinge_discriminator_loss, other, q, 1.0) > least + 1e-3


def test_the_best_critic_reaches_the_cheapest_plan():
    """Kantorovich-Rubinstein on a line: the loss of the best critic against the sorted sum."""
    points = np.random.default_rng(0).normal(size=12)
    one, other = np.nonzero(~np.eye(12, dtype=bool))
    steep = np.eye(12)[one] - np.eye(12)[other]
    reach = np.abs(points[one] - points[other])
    gain = np.repeat([1 / 6, -1 / 6], 6)
    best = linprog(-gain, A_ub=steep, b_ub=reach, bounds=(None, None)).x
    loss = gan.wasserstein_critic_loss(jnp.asarray(best[:6]), jnp.asarray(best[6:]))
    np.testing.assert_allclose(-loss, wasserstein_1d(points[:6], points[6:]), rtol=1e-9)
