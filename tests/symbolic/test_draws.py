"""Averages of independent draws: their word, their world, and what their rules refuse."""

import pytest
import sympy as sp

from coreformulas.symbolic import (
    Average,
    Derivation,
    Expectation,
    Gradient,
    Normal,
    ProductDensity,
    RuleError,
    Variance,
    rules,
    to_latex,
    to_text,
)
from coreformulas.symbolic.vocabulary import Density
from coreformulas.symbolic.worlds import DrawsWorld
from coreformulas.symbolic.worlds.interpretation import interpret

x, z, mu = sp.symbols("x z mu", real=True)
i, j = sp.symbols("i j", integer=True, positive=True)
k = sp.Symbol("k", integer=True, positive=True)
draws = sp.IndexedBase("z", real=True)
w = sp.Function("w", positive=True)
q = Density("q", z, x)
many = ProductDensity(Density("q", draws[i], x), i, k)
average = Average(w(draws[i]), i, k)
WORLD = DrawsWorld({"q": (x, z)}, draws, z, k, size=2)
normal = Normal(z, mu, 1)


def line(start, rule):
    return Derivation("try", "", start, worlds=(WORLD,)).step(rule)


def test_an_average_is_a_sum_over_the_number_of_terms():
    a = sp.IndexedBase("a")
    whole, rest = (Average(a[i], i, k, *left_out).formula() for left_out in ((), (j,)))
    total = sp.Sum(a[i], (i, 1, k))
    assert whole == total / k
    assert rest == (total - a[j]) / (k - 1)
    assert average.is_positive
    assert Average(sp.Symbol("b"), i, k).is_positive is None
    assert i not in average.free_symbols
    assert {k, draws[i]} <= average.free_symbols


def test_an_average_prints_as_the_field_writes_it():
    assert to_latex(average) == r"\frac{1}{k} \sum_{i=1}^{k} w({z}_{i})"
    assert r"\frac{1}{k - 1} \sum_{i \ne j}" in to_latex(Average(w(draws[i]), i, k, j))
    assert to_text(average) == "mean_{i=1..k} w(z[i])"
    assert to_text(Average(w(draws[i]), i, k, j)) == "mean_{i!=j} w(z[i])"


def test_two_draws_from_two_states_have_four_outcomes():
    q_1, q_2, w_1, w_2 = sp.symbols("q_11 q_12 w_1 w_2", positive=True)
    first, second = q_1 / (q_1 + q_2), q_2 / (q_1 + q_2)
    found = interpret(Expectation(sp.log(average), many), WORLD)
    wanted = (
        first**2 * sp.log(w_1)
        + 2 * first * second * sp.log((w_1 + w_2) / 2)
        + second**2 * sp.log(w_2)
    )
    assert WORLD.is_zero(found - wanted)
    assert not WORLD.is_zero(found - wanted + second / 100)
    assert WORLD.evidence().text == "exact for K = k = 2"


def test_a_draw_that_is_not_averaged_over_has_no_meaning():
    fewer = ProductDensity(Density("q", draws[i], x), i, k - 1)
    with pytest.raises(KeyError, match="not averaged over"):
        interpret(Expectation(average, fewer), WORLD)


@pytest.mark.parametrize(
    ("start", "rule", "reason"),
    [
        (Expectation(w(z), Density("p", z)), rules.mean_of_draws(many, z), "the draws are of"),
        (
            Expectation(Average(w(draws[i]), i, k, j), many),
            rules.one_draw(z),
            "no average over all",
        ),
        (
            Variance(w(draws[i]), many),
            rules.variance_of_average(z),
            "no average over all",
        ),
        (Average(w(draws[i]), i, k, j), rules.leave_one_out(j), "left out already"),
        (average, rules.leave_one_out(i), "stands in it already"),
        (sp.log(Average(mu * i, i, k)), rules.jensen_for_average(), "not known to be positive"),
        (
            Expectation(Average(w(draws[j]), j, k), many),
            rules.equal_means(),
            "differ in more than the draw",
        ),
        (
            Expectation(sp.log(average), many),
            rules.forget_last_draw(),
            "the last of k draws is not left out",
        ),
        (Gradient(w(z), z), rules.quotient_rule(), "no quotient"),
        (
            Expectation(z * Gradient(sp.log(normal), mu), Normal(z, 0, 1)),
            rules.log_derivative_back(normal),
            "no mean under",
        ),
        (
            Expectation(mu * z * Gradient(sp.log(normal), mu), normal),
            rules.log_derivative_back(normal),
            "itself depends on mu",
        ),
    ],
)
def test_a_rule_that_does_not_apply_says_why(start, rule, reason):
    with pytest.raises(RuleError, match=reason):
        line(start, rule)


def test_an_inequality_of_averages_carries_its_gap():
    derived = line(sp.log(Average(Average(w(draws[i]), i, k, j), j, k)), rules.jensen_for_average())
    assert derived.relation == ">="
    outside = Expectation(derived.start, many)
    inside = Derivation("try", "", outside, worlds=(WORLD,)).step(rules.jensen_for_average())
    (found,) = inside.work_out(1)
    assert found.text == "exact for K = k = 2"


def test_the_quotient_rule_differentiates_what_is_known_and_names_what_is_not():
    derived = line(Gradient(z * w(z) / (w(z) + 2), z), rules.quotient_rule())
    slope = sp.Function("w'", real=True)(z)
    wanted = ((w(z) + z * slope) * (w(z) + 2) - z * w(z) * slope) / (w(z) + 2) ** 2
    assert sp.simplify(derived.end - wanted) == 0
