"""The worlds are right by themselves: sums, Gaussian integrals, and the test for zero."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from coreformulas.symbolic import KL, Density, Expectation, Integrate, Normal
from coreformulas.symbolic.worlds import (
    ClosedFormWorld,
    FiniteWorld,
    NumericWorld,
    linear_gaussian,
)
from coreformulas.symbolic.worlds.closed_form import integrate_gaussian
from coreformulas.symbolic.worlds.interpretation import interpret
from coreformulas.symbolic.worlds.zero import is_zero

x, z = sp.symbols("x z", real=True)
a, b = sp.symbols("a b", positive=True)
u = sp.Symbol("u", real=True)


@pytest.mark.parametrize(
    "expr",
    [
        sp.log(a * b) - sp.log(a) - sp.log(b),
        sp.log(a**2 + 2 * a * b + b**2) - 2 * sp.log(a + b),
        sp.log(6 * a + 6 * b) - sp.log(2) - sp.log(3) - sp.log(a + b),
        sp.log(1 / (a + b)) + sp.log(a + b),
        sp.log(sp.exp(u) / (1 + sp.exp(u))) - u + sp.log(1 + sp.exp(u)),
        sp.log(1 + sp.exp(-u)) + u - sp.log(1 + sp.exp(u)),
        sp.exp(u / 2) ** 2 - sp.exp(u),
        sp.sqrt(a) ** 2 - a,
        (a**2 - b**2) / (a + b) - a + b,
        sp.log(sp.Rational(3, 4)) - sp.log(3) + 2 * sp.log(2),
        sp.log(a / b - 1) - sp.log(a - b) + sp.log(b),
    ],
)
def test_zero_is_recognized(expr):
    assert is_zero(expr)


@pytest.mark.parametrize(
    "expr",
    [
        sp.log(a + b) - sp.log(a) - sp.log(b),
        sp.log(a) ** 2 - 2 * sp.log(a),
        sp.exp(u) - 1 - u,
        sp.sqrt(a) - a,
        sp.Rational(1, 10**30),
        sp.log(2) - sp.Rational(6931471805599453, 10**16),
    ],
)
def test_what_is_not_zero_is_not_called_zero(expr):
    assert not is_zero(expr)


@given(st.lists(st.integers(-3, 3), min_size=3, max_size=3), st.integers(1, 3))
def test_gaussian_integrals_agree_with_quadrature(coefficients, scale):
    t = sp.Symbol("t", real=True)
    polynomial = sum(c * t**k for k, c in enumerate(coefficients))
    expr = polynomial * sp.exp(-((t - 1) ** 2) / scale + t / 2)
    exact = sp.N(integrate_gaussian(expr, t), 30)
    quadrature = mpmath.quad(sp.lambdify(t, expr, "mpmath"), [-mpmath.inf, 1, mpmath.inf])
    np.testing.assert_allclose(float(exact), float(str(quadrature)), rtol=1e-10, atol=1e-10)


def test_an_integral_without_a_gaussian_is_refused():
    t = sp.Symbol("t", real=True)
    with pytest.raises(ValueError, match="a quadratic is expected"):
        integrate_gaussian(sp.exp(t), t)


WORLDS = [FiniteWorld({"p": (x, z), "q": (x, z)}), ClosedFormWorld(linear_gaussian(x, z))]


@pytest.mark.parametrize("world", WORLDS, ids=["finite", "gaussian"])
def test_densities_of_a_world_belong_together(world):
    joint, evidence = Density("p", (x, z)), Density("p", x)
    posterior, likelihood, prior = Density("p", z, x), Density("p", x, z), Density("p", z)
    for identity in (
        sp.log(joint / (likelihood * prior)),
        sp.log(joint / (posterior * evidence)),
        Integrate(posterior, z) - 1,
        Integrate(prior, z) - 1,
        Integrate(Density("q", z, x), z) - 1,
        sp.log(Integrate(joint, z) / evidence),
    ):
        assert world.is_zero(interpret(identity, world))
    assert not world.is_zero(interpret(sp.log(posterior / Density("q", z, x)), world))


def test_the_finite_world_sums_over_its_states():
    world = FiniteWorld({"p": (x,)}, size=2)
    value = interpret(Expectation(sp.Function("f", positive=True)(x), Density("p", x)), world)
    p_1, p_2, f_1, f_2 = sp.symbols("p_1 p_2 f_1 f_2", positive=True)
    assert sp.simplify(value - (p_1 * f_1 + p_2 * f_2) / (p_1 + p_2)) == 0


def test_the_numeric_world_integrates_to_forty_digits():
    world = NumericWorld(count=3)
    kl = KL(Normal(z, 1, 2), Normal(z, 0, 3))
    exact = sp.log(sp.Rational(3, 2)) + sp.Rational(5, 18) - sp.Rational(1, 2)
    assert world.is_zero(interpret(kl - exact, world))
    assert not world.is_zero(interpret(kl - exact + sp.Rational(1, 10**30), world))


def test_a_world_without_a_formula_says_so():
    world = ClosedFormWorld(linear_gaussian(x, z))
    with pytest.raises(KeyError, match=r"no formula for r\(x\)"):
        interpret(Density("r", x), world)
