"""The losses compute the formulas of the derivations, value and gradient, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from coreformulas import gan
from coreformulas.gan import derivation as derived
from coreformulas.symbolic import Expectation, to_jax

ELL = sp.Symbol("ell", real=True)
GRID = np.linspace(-12, 12, 48_001)
SPACING = GRID[1] - GRID[0]


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def mean_under(expr: sp.Expr, density: sp.Expr):
    """The factor and the integrand, as a function of the logit, of the mean under a density."""
    (term,) = (
        term
        for term in sp.Add.make_args(expr)
        if any(mean.density == density for mean in term.atoms(Expectation))
    )
    factor, mean = term.as_independent(Expectation, as_Add=False)
    assert isinstance(mean, Expectation)
    return float(factor), to_jax(mean.body.xreplace({derived.logit: ELL}), [ELL])


@pytest.mark.parametrize("side", ["start", "end"])
def test_the_loss_is_the_derived_cross_entropy(side):
    chain = derived.discriminator_loss_in_logits()
    (a, real_cost), (b, fake_cost) = (
        mean_under(getattr(chain, side), density) for density in (derived.p, derived.q)
    )
    real = 3 * jax.random.normal(jax.random.key(0), (50,))
    fake = 3 * jax.random.normal(jax.random.key(1), (50,))

    def formula(real, fake):
        return a * jnp.mean(real_cost(real)) + b * jnp.mean(fake_cost(fake))

    np.testing.assert_allclose(gan.discriminator_loss(real, fake), formula(real, fake), rtol=1e-12)
    ours = jax.grad(gan.discriminator_loss, (0, 1))(real, fake)
    theirs = jax.grad(formula, (0, 1))(real, fake)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)


def normal(mean: float, scale: float) -> np.ndarray:
    return np.exp(-0.5 * ((GRID - mean) / scale) ** 2) / (scale * np.sqrt(2 * np.pi))


def loss_by_quadrature(logits: np.ndarray, p: np.ndarray, q: np.ndarray) -> float:
    """The package's loss, its means as weighted sums over a grid."""
    costs = jax.vmap(
        lambda t: jnp.stack(
            [
                gan.discriminator_loss(t[None], jnp.full(1, -1e9)),
                gan.discriminator_loss(jnp.full(1, 1e9), t[None]),
            ]
        )
    )(jnp.asarray(logits))
    return float(SPACING * (p @ np.asarray(costs[:, 0]) + q @ np.asarray(costs[:, 1])))


@pytest.fixture
def densities() -> tuple[np.ndarray, np.ndarray]:
    return 0.3 * normal(-2, 0.5) + 0.7 * normal(1, 0.8), normal(0, 1.5)


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """From entropies, as no derivation has it."""
    entropy = lambda f: -SPACING * np.sum(f * np.log(f))  # noqa: E731
    return entropy((p + q) / 2) - entropy(p) / 2 - entropy(q) / 2


def test_the_loss_at_the_optimal_logit_is_log_2_minus_jsd(densities):
    p, q = densities
    best = loss_by_quadrature(np.log(p / q), p, q)
    jsd = jensen_shannon(p, q)
    assert jsd > 0.05
    np.testing.assert_allclose(best, np.log(2) - jsd, rtol=1e-9)
    # The derived value of the game, minus log 4 plus twice the divergence, is minus twice the loss.
    end = derived.value_at_optimal_discriminator().end
    (divergence,) = end.atoms(type(derived.jsd_upper_bound().start))
    value = float(end.xreplace({divergence: sp.Float(jsd, 30)}))
    np.testing.assert_allclose(-2 * best, value, rtol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_no_other_logit_does_better(densities, seed):
    p, q = densities
    key = jax.random.key(seed)
    slope, shift, wave = np.asarray(jax.random.normal(key, (3,)))
    best = loss_by_quadrature(np.log(p / q), p, q)
    other = np.log(p / q) + 0.3 * (slope * np.tanh(GRID) + shift + wave * np.sin(3 * GRID))
    assert loss_by_quadrature(other, p, q) > best + 1e-6


def test_the_optimal_probability_is_the_sigmoid_of_the_optimal_logit(densities):
    p, q = densities
    end = derived.optimal_discriminator_probability().end
    formula = to_jax(end, sorted(end.free_symbols, key=str))
    np.testing.assert_allclose(jax.nn.sigmoid(np.log(p / q)), formula(p, q), rtol=1e-10)


def test_jsd_lies_between_its_derived_bounds():
    (lowest,) = (derived.minimum_of_the_game().end,)
    highest = derived.jsd_upper_bound().end
    values = [jensen_shannon(normal(0, 1), normal(shift, 1)) for shift in (0.0, 0.5, 2.0, 8.0)]
    games = [2 * value - np.log(4) for value in values]
    assert np.all(np.diff(values) > 0.01)
    np.testing.assert_allclose(games[0], float(lowest), atol=1e-12)
    assert values[-1] < float(highest) < values[-1] + 1e-3
