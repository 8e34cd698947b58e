"""What the rules refuse: every side condition, with an error that names rule, place and reason."""

import pytest
import sympy as sp

from coreformulas.symbolic import (
    KL,
    Density,
    Derivation,
    Expectation,
    Gradient,
    Integrate,
    Normal,
    ProductDensity,
    RuleError,
    rules,
    to_text,
)

x, z, y = sp.symbols("x z y", real=True)
mu = sp.Symbol("mu", real=True)
sigma = sp.Symbol("sigma", positive=True)
p_x, p_z, p_xz = Density("p", x), Density("p", z), Density("p", (x, z))
q = Density("q", z, x)
f = sp.Function("f", positive=True)(z)
g = sp.Function("g", real=True)(z)
t = sp.Symbol("t", positive=True)
epsilon = sp.Symbol("epsilon", real=True)
N = Normal(z, mu, sigma)
i, n, m = sp.symbols("i n m", integer=True, positive=True)
base = sp.IndexedBase("b", real=True)
q_i = Normal(base[i], 0, 1)
u, w = sp.IndexedBase("u", real=True)[i], sp.IndexedBase("w", real=True)[i]


def derive(start: sp.Expr) -> Derivation:
    return Derivation("under-test", "Under test", start, worlds=())


REFUSED = [
    (sp.exp(Expectation(g, q)), rules.jensen(), "not shown concave"),
    (sp.sin(Expectation(g, q)), rules.jensen(), "not shown concave"),
    (sp.log(Expectation(f, q)), rules.jensen("convex"), "not shown convex"),
    (sp.log(p_x), rules.jensen(), "a function of an expectation is expected"),
    (Expectation(sp.exp(g), q), rules.jensen_outward(), "not shown concave"),
    (sp.exp(g), rules.tangent_line(mu), "not shown concave"),
    (Density("p", z, x), rules.bayes(x), "conditioned on x already"),
    (Density("p", (x, z)), rules.bayes(z), "nothing is left to condition"),
    (q, rules.bayes(z), "a density named p is expected"),
    (p_xz, rules.marginalize(z), "stands in it already"),
    (p_xz, rules.product_rule(y), "no joint density of y"),
    (p_x, rules.product_rule(x), "a joint density named p is expected"),
    (Integrate(p_xz * q, z), rules.integrate_out(), "need not integrate to one"),
    (Integrate(q, x), rules.integrate_out(), "need not integrate to one"),
    (Integrate(p_xz, x), rules.change_of_measure(q), "is a density of"),
    (g, rules.expectation_of_constant(q), "it depends on"),
    (Expectation(g, q), rules.linearity(), "a sum or of a multiple is expected"),
    (Expectation(sp.log(p_z / q), q), rules.recognize_kl(), "logarithm of q over"),
    (Expectation(sp.log(q / p_x), q), rules.recognize_kl(), "density of other variables"),
    (sp.log(f), rules.log_of_product(mu), "not known to be positive"),
    (sp.log(f), rules.split_log_ratio(q), "no ratio"),
    (sp.log(g), rules.expand_logarithm(), "nothing positive"),
    (Expectation(sp.sin(z), Normal(z, mu, sigma)), rules.gaussian_moments(), "no polynomial in z"),
    (Expectation((z - mu) ** 2, N), rules.integrate_by_parts(), "not the distance from the mean"),
    (Expectation(z * g, N), rules.integrate_by_parts(), "not the distance from the mean"),
    (Expectation((z - mu) * g, q), rules.integrate_by_parts(), "under a normal density"),
    (Gradient(N, mu), rules.log_derivative(Normal(z, 0, 1)), "gradient of N(z; 0, 1)"),
    (Gradient(sp.sin(N), mu), rules.log_derivative(N), "is no factor"),
    (Gradient(mu * N, mu), rules.log_derivative(N), "itself depends on mu"),
    (Gradient(N + 1, mu), rules.log_derivative(N), "is no factor"),
    (Gradient(Expectation(z, N), mu), rules.differentiate(), "is no closed form"),
    (Gradient(g, mu), rules.differentiate(), "the gradient of a closed form is expected"),
    (Integrate(p_z * q, z), rules.recognize_expectation(p_x), "an integral with p(x) in it"),
    (Integrate(p_xz + p_z, z), rules.recognize_expectation(p_z), "is no factor"),
    (Integrate(p_x * p_z, z), rules.recognize_expectation(p_x), "no density of z"),
    (Expectation(g, q), rules.definition_of_variance(), "a variance is expected"),
    (g + mu, rules.common_factor(mu), "not known to be positive"),
    (g + mu, rules.common_factor(2), "does not stand in front"),
    (sp.Sum(u, (i, 1, n)), rules.linearity_of_sum(), "a sum of sums or of multiples"),
    (sp.Sum(u * w, (i, 1, n)), rules.linearity_of_sum(), "nothing to take apart"),
    (
        Gradient(Expectation(g, Normal(z, mu, sigma)), mu),
        rules.differentiate_inside(),
        "itself depends on mu",
    ),
    (Expectation(epsilon * z, Normal(z, mu, sigma)), rules.reparameterize(epsilon), "already"),
    (t**2, rules.stationary_minimum(t, 1), "slope at t = 1 is 2, not zero"),
    (-((t - 1) ** 2), rules.stationary_minimum(t, 1), "not shown convex"),
    (p_x, rules.rearrange(sp.expand, "expand"), "changes nothing"),
    (sp.log(g / f), rules.log_of_reciprocal(), "not known to be positive"),
    (sp.log(f), rules.log_of_reciprocal(), "the logarithm of a ratio is expected"),
    (
        sp.log(ProductDensity(q_i, i, n) / ProductDensity(q_i, i, m)),
        rules.log_of_products(),
        "do not run over the same index",
    ),
    (sp.Sum(u, (i, 1, n)), rules.factor_out_of_sum(w), "depends on the index i"),
    (sp.Sum(u, (i, 1, n)), rules.factor_out_of_sum(mu), "not known to differ from zero"),
    (
        Expectation(sp.Sum(u, (i, 1, m)), ProductDensity(q_i, i, n)),
        rules.marginal_expectation(),
        "no mean of a sum over i from 1 to n",
    ),
    (
        Expectation(sp.Sum(u * base[i + 1], (i, 1, n)), ProductDensity(q_i, i, n)),
        rules.marginal_expectation(),
        "depends on more than one coordinate",
    ),
    (t**2 - t, rules.increasing_from_zero(t), "not known to be positive for every t"),
    (mu**3, rules.increasing_from_zero(mu), "not known to be positive for every mu"),
    (Integrate(p_z * q, z), rules.constant_out_of_integral(), "no factor is free of z"),
    (Normal(x, z**2, sigma) * N, rules.complete_the_square(z), "is not linear in z"),
    (Normal(x, z, sp.exp(z)) * N, rules.complete_the_square(z), "outside the mean"),
    (N * p_x, rules.complete_the_square(z), "whose mean depends on z is expected"),
    (mu**2 + 1, rules.recognize_normal(Normal(mu, 0, 1)), "differs by"),
    (
        sp.log(Expectation(f, q)),
        rules.result_of(derive(sp.log(Expectation(f, q))).step(rules.jensen()), {}),
        "is an inequality; only equalities are used",
    ),
]


@pytest.mark.parametrize(("start", "rule", "reason"), REFUSED, ids=lambda value: str(value)[:50])
def test_a_rule_that_does_not_apply_says_which_where_and_why(start, rule, reason):
    with pytest.raises(RuleError) as caught:
        derive(start).step(rule)
    message = str(caught.value)
    assert f"rule '{rule.name}'" in message
    assert to_text(start) in message
    assert reason in message


def test_an_inequality_turns_around_under_a_negative_factor():
    derivation = derive(-2 * sp.log(Expectation(f, q))).step(rules.jensen())
    assert derivation.relation == "<="
    assert derivation.end == -2 * Expectation(sp.log(f), q)


def test_an_inequality_carries_through_sums_and_expectations():
    inner = sp.log(Expectation(f, q))
    derivation = derive(Expectation(inner + x, Density("r", x))).step(rules.jensen())
    assert derivation.relation == ">="
    assert derivation.end == Expectation(Expectation(sp.log(f), q) + x, Density("r", x))


def test_an_inequality_does_not_carry_through_what_is_not_linear():
    with pytest.raises(RuleError, match="does not carry through"):
        derive(sp.sin(sp.log(Expectation(f, q)))).step(rules.jensen())


def test_an_inequality_does_not_carry_through_a_factor_of_unknown_sign():
    with pytest.raises(RuleError, match="sign of the factor mu"):
        derive(mu * sp.log(Expectation(f, q))).step(rules.jensen())


def test_inequalities_that_point_apart_do_not_chain():
    start = sp.log(Expectation(f, q)) - sp.log(Expectation(f, p_z))
    one = derive(start).step(rules.jensen(), at=sp.log(Expectation(f, q)))
    with pytest.raises(RuleError, match="the lines above give >="):
        one.step(rules.jensen(), at=sp.log(Expectation(f, p_z)))


def test_a_place_that_is_not_there_is_an_error():
    with pytest.raises(RuleError, match="is no part of it"):
        derive(sp.log(p_x)).step(rules.bayes(z), at=p_z)


def test_a_variable_bound_outside_is_not_taken_for_a_constant():
    inner = Expectation(f, q)
    assert x in inner.free_symbols
    assert z not in inner.free_symbols
    assert derive(inner).step(rules.expectation_of_constant(Density("p", z))).end == Expectation(
        inner, Density("p", z)
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Density("p", ()), "at least one variable"),
        (lambda: Density("p", x, x), "both sides of the bar"),
        (lambda: Normal(z, 0, -1), "positive standard deviation is expected, got -1"),
        (lambda: KL(p_x, p_z), "densities of one variable"),
    ],
)
def test_words_refuse_what_has_no_meaning(make, message):
    with pytest.raises(ValueError, match=message):
        make()
