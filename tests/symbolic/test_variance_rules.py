"""Averages in two stages and second moments: what the rules give, and what they refuse."""

import pytest
import sympy as sp

from coreformulas.symbolic import (
    Density,
    Derivation,
    Expectation,
    Normal,
    RuleError,
    Variance,
    rules,
    worlds,
)
from coreformulas.symbolic.worlds.zero import is_zero

x, y, z, mu = sp.symbols("x y z mu", real=True)
sigma = sp.Symbol("sigma", positive=True)
r_x, r_z, r_xz = Density("r", x), Density("r", z), Density("r", x, z)
world = worlds.FiniteWorld({"r": (x, z)})


def derive(start: sp.Expr, rule) -> Derivation:
    derivation = Derivation("under-test", "Under test", start, worlds=(world,)).step(rule)
    return derivation.conclude("=", derivation.end)


def test_an_average_in_two_stages_is_the_average():
    derivation = derive(Expectation(x**3, r_x), rules.condition_on(z))
    assert derivation.end == Expectation(Expectation(x**3, r_xz), r_z)
    assert [item.kind for item in derivation.check()[0]] == ["exact"]


def test_a_mean_square_is_variance_plus_squared_mean():
    derivation = derive(Expectation(x**2, r_xz), rules.second_moment())
    assert derivation.end == Variance(x, r_xz) + Expectation(x, r_xz) ** 2
    assert [item.kind for item in derivation.check()[0]] == ["exact"]


@pytest.mark.parametrize(
    ("start", "rule", "reason"),
    [
        (Expectation(x, r_xz), rules.condition_on(z), "z stands in its density already"),
        (Expectation(x, r_x), rules.condition_on(x), "x stands in its density already"),
        (Expectation(x * z, r_x), rules.condition_on(z), "depends on z, which is not drawn"),
        (Expectation(x, Normal(x, mu, sigma)), rules.condition_on(z), "named density is expected"),
        (Expectation(x**3, r_x), rules.second_moment(), "the expectation of a square is expected"),
        (Variance(x, r_x), rules.second_moment(), "the expectation of a square is expected"),
    ],
)
def test_what_does_not_fit_is_refused(start, rule, reason):
    with pytest.raises(RuleError, match=reason):
        Derivation("under-test", "Under test", start, worlds=()).step(rule)


def test_what_is_infinite_or_undefined_does_not_vanish():
    assert not is_zero(sp.zoo * x)
    assert not is_zero(sp.nan)
    assert is_zero(x - x)
