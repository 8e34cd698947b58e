"""Rules about kinks, gradients inside integrals, and couplings: what they refuse."""

import pytest
import sympy as sp

from coreformulas.symbolic import (
    Density,
    Derivation,
    Expectation,
    Gradient,
    Integrate,
    RuleError,
    kill,
    rules,
)
from coreformulas.symbolic.worlds import FiniteWorld

x, y = sp.symbols("x y", real=True)
s = sp.Symbol("s", positive=True)
p, q = Density("p", x), Density("q", x)
moving = Density("p", x, s)
plan = Density("c", (x, y))
f = sp.Function("f", real=True)
WORLD = FiniteWorld({"p": (x,), "q": (x,), "c": (x, y)})


def hinge(weight: sp.Expr, other: sp.Expr) -> sp.Expr:
    return weight * sp.Max(0, 1 - f(x)) + other * sp.Max(0, 1 + f(x))


def derive(start: sp.Expr) -> Derivation:
    return Derivation("under-test", "Under test", start, worlds=(WORLD,))


KINKS = rules.pointwise_minimum_at_kinks(f(x))
REFUSED = [
    (Integrate(p, x), KINKS, "an integral with f(x) in it is expected"),
    (Integrate(p * f(x), x), KINKS, "not known to rise beyond -1"),
    (Integrate(hinge(p, -q), x), KINKS, "not known to rise beyond 1"),
    (Integrate(p * f(x) ** 2, x), KINKS, "no straight line between -1 and 1"),
    (Integrate(hinge(p, q) + p * sp.Max(0, f(x)), x), KINKS, "no straight line"),
    (Gradient(moving * s, s), rules.differentiate_integrand(), "itself depends on s"),
    (Gradient(Integrate(p * s, x), s), rules.differentiate_integrand(), "without integrals"),
    (sp.Abs(sp.Symbol("z")), rules.drop_absolute_value(), "of a real number is expected"),
    (f(x), rules.drop_absolute_value(), "absolute value of a real number is expected"),
    (Expectation(f(x), p), rules.average_out(), "a mean under a joint density is expected"),
    (Expectation(f(x) * f(y), plan), rules.average_out(), "every variable"),
    (Expectation(s, plan), rules.average_out(), "or none does"),
    (sp.log(sp.Abs(f(x))), rules.drop_absolute_value(), "does not carry through"),
]


@pytest.mark.parametrize(("start", "rule", "why"), REFUSED)
def test_a_rule_that_does_not_apply_says_why(start, rule, why):
    with pytest.raises(RuleError) as error:
        derive(start).step(rule)
    assert why in str(error.value)


def test_the_lower_kink_is_found_on_either_side():
    chain = derive(Integrate(hinge(3 * p, q), x)).step(KINKS, because="lowest at a kink")
    assert chain.end == Integrate(3 * p + q - sp.Abs(3 * p - q), x)
    assert chain.relation == ">="
    assert kill(chain.conclude(">=", chain.end)).rate == 1.0


def test_a_gradient_is_carried_out_between_densities():
    start = Gradient(p * sp.log(p + s * q), s)
    chain = derive(start).step(rules.differentiate_integrand(), because="only s moves")
    assert chain.end == p * q / (p + s * q)
    assert kill(chain.conclude("=", p * q / (p + s * q))).rate == 1.0
