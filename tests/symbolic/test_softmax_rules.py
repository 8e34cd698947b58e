"""The words and rules of attention: what they mean, what they give, and what they refuse."""

import pytest
import sympy as sp

from coreformulas.symbolic import (
    KL,
    Density,
    Derivation,
    Expectation,
    Gradient,
    LogSumExp,
    ProductDensity,
    RuleError,
    Softmax,
    Variance,
    rules,
    to_latex,
    to_text,
    worlds,
)
from coreformulas.symbolic.worlds.interpretation import interpret

j, i, d = sp.symbols("j i d", integer=True, positive=True)
x = sp.Symbol("x", real=True)
s, f, u = (sp.Function(name, real=True)(j) for name in ("s", "f", "u"))
p, softmax = Density("p", j), Softmax(s, j)
draws = sp.IndexedBase("x", real=True)
g = sp.Function("g", real=True)
every = ProductDensity(Density("r", draws[i]), i, d)
KEYS = worlds.FiniteWorld({"p": (j,)})


def derive(
    start: sp.Expr, rule, world: worlds.FiniteWorld | worlds.DrawsWorld = KEYS
) -> Derivation:
    derivation = Derivation("under-test", "Under test", start, worlds=(world,)).step(rule)
    return derivation.conclude("=", derivation.end)


def test_the_words_mean_softmax_and_its_normalizer():
    scores = sp.symbols("s_1:4", real=True)
    total = sum(map(sp.exp, scores))
    assert interpret(softmax, KEYS, {j: sp.Integer(1)}) == sp.exp(scores[1]) / total
    assert interpret(LogSumExp(s, j), KEYS, {j: sp.Integer(1)}) == sp.log(total)
    assert interpret(Expectation(1, softmax), KEYS).equals(1)


def test_the_words_print_as_the_field_writes_them():
    assert to_latex(softmax) == r"\mathrm{softmax}_{j}(s(j))"
    assert to_latex(LogSumExp(s, j)) == r"\log \sum_{j} e^{s(j)}"
    assert to_text(softmax) == "softmax_j(s(j))"
    assert to_text(LogSumExp(s, j)) == "log sum_j exp(s(j))"


def test_the_normalizer_depends_on_no_single_key():
    assert LogSumExp(x * s, j).free_symbols == {x}
    assert Softmax(x * s, j).free_symbols == {x, j}


def test_a_score_is_a_log_weight_plus_the_normalizer():
    derivation = derive(Expectation(s, p), rules.score_as_log_weight(j))
    assert derivation.end == Expectation(sp.log(softmax) + LogSumExp(s, j), p)
    assert [item.kind for item in derivation.check()[0]] == ["exact"]


def test_a_divergence_from_softmax_is_recognized_and_not_negative():
    derivation = derive(Expectation(sp.log(p / softmax), p), rules.recognize_kl())
    assert derivation.end == KL(p, softmax)
    assert [item.kind for item in derivation.check()[0]] == ["exact"]
    bound = derivation.step(rules.nonnegative_divergence()).conclude(">=", sp.Integer(0))
    assert [item.kind for item in bound.check()[1]] == ["proved", "exact"]


def test_the_gradient_of_a_softmax_mean_is_a_covariance():
    moved = Softmax(s + sp.sin(x) * u, j)
    derivation = derive(Gradient(Expectation(f, moved), x), rules.differentiate_softmax_mean())
    slope = sp.cos(x) * u
    assert derivation.end == Expectation(f * slope, moved) - Expectation(f, moved) * Expectation(
        slope, moved
    )
    assert [item.kind for item in derivation.check()[0]] == ["exact"]


def test_variances_of_independent_terms_add_up():
    start = Variance(3 * sp.Sum(g(draws[i]) ** 2, (i, 1, d)), every)
    world = worlds.DrawsWorld({"r": (x,)}, draws, x, d)
    derivation = derive(start, rules.variance_of_sum(x), world)
    assert derivation.end == 9 * d * Variance(g(x) ** 2, Density("r", x))
    assert [item.kind for item in derivation.check()[0]] == ["exact"]


@pytest.mark.parametrize(
    ("start", "rule", "reason"),
    [
        (Expectation(sp.log(p), p), rules.score_as_log_weight(j), "a function of j is expected"),
        (Expectation(s, p), rules.score_as_log_weight(i), "a function of i is expected"),
        (
            Gradient(Expectation(x * f, Softmax(x * s, j)), x),
            rules.differentiate_softmax_mean(),
            "itself depends on x",
        ),
        (
            Gradient(Expectation(f, softmax), x),
            rules.differentiate_softmax_mean(),
            r"the gradient of s\(j\) is 0",
        ),
        (
            Gradient(Expectation(f, Softmax(g(x) * s, j)), x),
            rules.differentiate_softmax_mean(),
            "the gradient of .* is ",
        ),
        (
            Gradient(Expectation(x * f, p), x),
            rules.differentiate_softmax_mean(),
            "under a softmax is expected",
        ),
        (
            Variance(sp.Sum(g(draws[i]), (i, 1, d - 1)), every),
            rules.variance_of_sum(x),
            "no sum over i from 1 to d",
        ),
        (Variance(g(draws[1]), every), rules.variance_of_sum(x), "no sum over i from 1 to d"),
        (
            Variance(sp.Sum(g(draws[i]) * g(draws[1]), (i, 1, d)), every),
            rules.variance_of_sum(x),
            "depends on more than",
        ),
        (
            Variance(g(draws[1]) * sp.Sum(g(draws[i]), (i, 1, d)), every),
            rules.variance_of_sum(x),
            "depends on more than",
        ),
        (
            Variance(sp.Sum(i * g(draws[i]), (i, 1, d)), every),
            rules.variance_of_sum(x),
            "the terms are not alike",
        ),
        (Variance(g(x), Density("r", x)), rules.variance_of_sum(x), "independent terms is expect"),
    ],
)
def test_what_does_not_fit_is_refused(start, rule, reason):
    with pytest.raises(RuleError, match=reason):
        Derivation("under-test", "Under test", start, worlds=()).step(rule)
