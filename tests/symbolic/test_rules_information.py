"""The rules about two averages and about divergences: what they make, and what they refuse."""

import pytest
import sympy as sp

from coreformulas.symbolic import KL, Density, Derivation, Expectation, Normal, RuleError, rules

x, z = sp.symbols("x z", real=True)
f, g = (sp.Function("f", real=True)(z), sp.Function("g", real=True)(x))
data, encoder = Density("q", x), Density("q", z, x)
aggregate, backward = Density("q", z), Density("q", x, z)
prior, decoder = Density("p", z), Density("p", x, z)


def derive(start: sp.Expr) -> Derivation:
    return Derivation("under-test", "Under test", start, worlds=())


def test_total_expectation_leaves_the_marginal():
    start = Expectation(Expectation(f, encoder), data)
    assert derive(start).step(rules.total_expectation()).end == Expectation(f, aggregate)


def test_exchange_turns_the_order_around_and_back():
    start = Expectation(Expectation(f * g, encoder), data)
    once = derive(start).step(rules.exchange_expectations())
    assert once.end == Expectation(Expectation(f * g, backward), aggregate)
    assert once.step(rules.exchange_expectations()).end == start


@pytest.mark.parametrize("start", [KL(encoder, prior), Expectation(KL(encoder, prior), data)])
@pytest.mark.parametrize(("sign", "relation"), [(1, ">="), (-1, "<=")])
def test_a_divergence_is_left_out_toward_the_right_side(start, sign, relation):
    done = derive(f + sign * start).step(rules.nonnegative_divergence())
    assert (done.relation, done.end) == (relation, f)


REFUSED = [
    (Expectation(Expectation(f * g, encoder), data), rules.total_expectation(), "depends on"),
    (Expectation(f, encoder), rules.total_expectation(), "a mean over q"),
    (Expectation(Expectation(f, encoder), Density("p", x)), rules.total_expectation(), "a mean"),
    (Expectation(Expectation(f, aggregate), data), rules.exchange_expectations(), "a mean"),
    (
        Expectation(Expectation(f, Normal(z, 0, 1)), data),
        rules.exchange_expectations(),
        "a mean over q",
    ),
    (Expectation(f, encoder), rules.nonnegative_divergence(), "a divergence"),
    (sp.exp(KL(encoder, prior)), rules.nonnegative_divergence(), "does not carry through"),
]


@pytest.mark.parametrize(("start", "rule", "reason"), REFUSED)
def test_a_rule_says_why_it_does_not_apply(start, rule, reason):
    with pytest.raises(RuleError, match=reason):
        derive(start).step(rule)
