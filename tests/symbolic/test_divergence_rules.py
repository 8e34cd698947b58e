"""Rules about mixtures, divergences and integrals optimized point by point: what they refuse."""

import pytest
import sympy as sp

from coreformulas.symbolic import (
    JSD,
    KL,
    Density,
    Derivation,
    Expectation,
    Integrate,
    Mixture,
    RuleError,
    kill,
    rules,
    to_latex,
    to_text,
)
from coreformulas.symbolic.worlds import FiniteWorld, interpretation

x, z = sp.symbols("x z", real=True)
p, q, r = Density("p", x), Density("q", x), Density("r", x)
t = sp.Function("t", real=True)(x)
a = sp.Symbol("a", real=True)
WORLD = FiniteWorld({"p": (x,), "q": (x,)})


def derive(start: sp.Expr) -> Derivation:
    return Derivation("under-test", "Under test", start, worlds=(WORLD,))


REFUSED = [
    (KL(p, q), rules.definition_of_jsd(), "a Jensen-Shannon divergence is expected"),
    (KL(p, Mixture(p, q)) + KL(q, p), rules.recognize_jsd(), "two divergences from the mixture"),
    (KL(p, Mixture(p, q)) + 2 * KL(q, Mixture(p, q)), rules.recognize_jsd(), "two divergences"),
    (KL(p, Mixture(q, r)) + KL(q, Mixture(q, r)), rules.recognize_jsd(), "two divergences"),
    (sp.log(p / (p + q + r)), rules.recognize_mixture(p, q), "no multiple of the sum"),
    (sp.log(p / (p + q) ** 2), rules.recognize_mixture(p, q), "no multiple of the sum"),
    (sp.log(p / q), rules.write_mixture_out(), "a logarithm with a mixture in it"),
    (sp.log(p), rules.gibbs_inequality(), "a KL divergence is expected"),
    (sp.log(p / q), rules.log_of_share(), "over a sum is expected"),
    (sp.log(p / (p + a)), rules.log_of_share(), "not known to be a share"),
    (sp.log(2 * p / (p + q)), rules.log_of_share(), "not known to be a share"),
    (Integrate(p, x) + p, rules.join_integrals(), "not all integrals over one variable"),
    (Integrate(p, x) + Integrate(p, z), rules.join_integrals(), "not all integrals"),
    (Integrate(p, x), rules.split_integral(), "nothing to take apart"),
    (Integrate(p * t, x), rules.pointwise_minimum(t, q), "its slope at t(x) = q(x) is p(x)"),
    (Integrate(p * (t - q) ** 2, x), rules.pointwise_minimum(t, r), "its slope"),
    (Integrate(-p * (t - q) ** 2, x), rules.pointwise_minimum(t, q), "not known to be positive"),
    (Integrate(p, x), rules.pointwise_minimum(t, q), "an integral with t(x) in it is expected"),
]


@pytest.mark.parametrize(("start", "rule", "why"), REFUSED)
def test_a_rule_that_does_not_apply_says_why(start, rule, why):
    with pytest.raises(RuleError) as error:
        derive(start).step(rule)
    assert why in str(error.value)


def test_words_refuse_densities_of_other_variables():
    for word in (Mixture, JSD):
        with pytest.raises(ValueError, match="second: densities of one variable are expected"):
            word(p, Density("q", z))


def test_words_print_as_the_field_writes_them():
    assert to_text(JSD(p, q)) == "JSD(p(x), q(x))"
    assert to_text(p / Mixture(p, q)) == "p(x)/((p(x) + q(x))/2)"
    assert r"\tfrac12 (p(x) + q(x))" in to_latex(KL(p, Mixture(p, q)))
    assert to_latex(JSD(p, q)).startswith(r"\mathrm{JSD}")


def test_the_worlds_meaning_of_jsd_is_not_that_of_another_divergence():
    value = interpretation.interpret(JSD(p, q), WORLD)
    for other in (KL(p, q), KL(p, Mixture(p, q)), 2 * JSD(p, q)):
        assert not WORLD.is_zero(value - interpretation.interpret(other, WORLD))
    assert WORLD.is_zero(value - interpretation.interpret(JSD(q, p), WORLD))


def test_a_real_function_takes_negative_values_in_a_finite_world():
    assert interpretation.interpret(t, WORLD).is_positive is None
    positive = sp.Function("s", positive=True)(x)
    assert interpretation.interpret(positive, WORLD).is_positive


def test_a_wrong_minimum_is_no_inequality():
    """The gap of a pointwise minimum is worked out anew, and corruptions of it are rejected."""
    right = derive(Integrate(p * (t - q) ** 2, x)).step(rules.pointwise_minimum(t, q))
    assert right.conclude(">=", Integrate(sp.Integer(0), x)).relation == ">="
    start = Expectation((t - 1) ** 2 + q, p)
    chain = derive(start).step(rules.definition_of_expectation(), because="write it out")
    chain = chain.step(rules.pointwise_minimum(t, sp.Integer(1)), because="smallest at one")
    chain = chain.conclude(">=", Integrate(p * q, x))
    assert kill(chain).rate == 1.0
