"""The words and rules of dynamical systems: what they mean, what they refuse, what they print."""

import pytest
import sympy as sp

from coreformulas.symbolic import (
    AlongFlow,
    CharacteristicPolynomial,
    Derivation,
    Determinant,
    Expectation,
    Gradient,
    Normal,
    RuleError,
    kill,
    rules,
    to_latex,
    to_text,
)
from coreformulas.symbolic.worlds import ClosedFormWorld
from coreformulas.symbolic.worlds.interpretation import interpret
from coreformulas.symbolic.worlds.zero import is_zero

x, y, epsilon, u = sp.symbols("x y epsilon u", real=True)
t = sp.Symbol("lambda")
g = sp.Symbol("gamma", positive=True)
WORLD = ClosedFormWorld(evidence=("proved", "proved"))
NOISE = Normal(epsilon, 0, g)


def derive(start: sp.Expr) -> Derivation:
    return Derivation("made-up", "Made up", start, worlds=(WORLD,))


@pytest.mark.parametrize(
    "field",
    [
        (x**2 + 3 * y, sp.sin(x) - y),
        (sp.exp(x * y) - 1, x + g * y + y**3),
        (2 * x, 3 * y),
    ],
)
@pytest.mark.parametrize("point", [(0, 0), (1, 2)])
def test_the_polynomial_is_that_of_the_jacobian_matrix(field, point):
    place = dict(zip((x, y), point, strict=True))
    matrix = sp.Matrix(field).jacobian([x, y]).subs(place)
    wanted = matrix.charpoly(t).as_expr()
    word = CharacteristicPolynomial(field, (x, y), point, t)
    assert sp.simplify(interpret(word, WORLD) - wanted) == 0
    by_rules = derive(word).step(rules.jacobian_at_point()).step(rules.expand_determinant())
    assert sp.simplify(by_rules.end - wanted) == 0
    by_rules.conclude("=", by_rules.end).check()


def test_a_determinant_of_three_rows():
    rows = [[1, x, 2], [y, 3, 0], [4, g, 5]]
    wanted = sp.Matrix(rows).det()
    assert sp.expand(interpret(Determinant(*rows), WORLD) - wanted) == 0
    done = derive(Determinant(*rows)).step(rules.expand_determinant())
    assert sp.expand(done.end - wanted) == 0


def test_gradients_and_means_in_a_field():
    loss = Expectation(sp.log(1 + sp.exp(x * (y + epsilon))), NOISE)
    word = CharacteristicPolynomial((-Gradient(loss, y), Gradient(loss, x)), (y, x), (0, 0), t)
    # By hand: the derivatives at zero are -1/2, 1/2 and the mean of epsilon²/4.
    wanted = t * (t - g**2 / 4) + sp.Rational(1, 4)
    assert sp.simplify(interpret(word, WORLD) - wanted) == 0


def test_the_rate_along_a_flow_is_the_derivative_of_a_solution():
    time = sp.Symbol("t", real=True)
    # x' = -g x, y' = x has the solution x = exp(-g t), y = -exp(-g t) / g.
    solution = {x: sp.exp(-g * time), y: -sp.exp(-g * time) / g}
    body = x**2 * y + sp.sin(y)
    word = AlongFlow(body, (x, y), (-g * x, x))
    rate = interpret(word, WORLD)
    assert sp.simplify(rate.subs(solution) - sp.diff(body.subs(solution), time)) == 0
    assert sp.simplify(derive(word).step(rules.chain_rule_along_flow()).end - rate) == 0


ROTATION = CharacteristicPolynomial((-y, x), (x, y), (0, 0), t)
REFUSED = [
    (x + t, rules.jacobian_at_point(), "a characteristic polynomial is expected"),
    (
        CharacteristicPolynomial((Gradient(x * y, x), y), (x, y), (0, 0), t),
        rules.jacobian_at_point(),
        "gradients that are not carried out",
    ),
    (
        CharacteristicPolynomial((x / y, y), (x, y), (0, 0), t),
        rules.jacobian_at_point(),
        "has no value there",
    ),
    (
        CharacteristicPolynomial(
            (Expectation(epsilon**2, Normal(epsilon, x, 1)), y), (x, y), (0, 0), t
        ),
        rules.jacobian_at_point(),
        "depends on x",
    ),
    (ROTATION, rules.expand_determinant(), "a determinant is expected"),
    (t**2 + 1, rules.eigenvalues(t, sp.I, sp.I), "do not add up to the trace 0"),
    (t**2 + 1, rules.eigenvalues(t, 2 * sp.I, -2 * sp.I), "do not multiply to the determinant 1"),
    (t**2 + 1, rules.eigenvalues(t, 1, -1), "do not multiply"),
    (2 * t**2 + 1, rules.eigenvalues(t, sp.I, -sp.I), "begins with a square"),
    (t + 1, rules.eigenvalues(t, 1, -1), "no quadratic in lambda"),
    (sp.exp(t) + 1, rules.eigenvalues(t, 1, -1), "a quadratic in lambda is expected"),
    (
        AlongFlow(Gradient(x * y, x), (x,), (y,)),
        rules.chain_rule_along_flow(),
        "a rate along the flow of a closed form",
    ),
    (
        Expectation(epsilon**2, NOISE),
        rules.mean_of_constants(),
        "something that does not vary is expected",
    ),
]


@pytest.mark.parametrize(("start", "rule", "reason"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_rule_that_does_not_apply_says_why(start, rule, reason):
    with pytest.raises(RuleError) as caught:
        derive(start).step(rule)
    assert reason in str(caught.value)
    assert f"rule '{rule.name}'" in str(caught.value)


def test_every_mean_of_a_constant_goes_at_once_and_no_other():
    mean = Expectation(epsilon**2, NOISE)
    start = Expectation(x, NOISE) + y * Expectation(sp.Integer(2), NOISE) + mean
    assert derive(start).step(rules.mean_of_constants()).end == x + 2 * y + mean


def test_every_corruption_of_an_eigenvalue_claim_is_rejected():
    root = sp.sqrt(g**2 - 1) / 2
    field = (y / 2, -x / 2 - g * y)
    derivation = (
        derive(CharacteristicPolynomial(field, (x, y), (0, 0), t))
        .step(rules.jacobian_at_point())
        .step(rules.expand_determinant())
        .step(rules.eigenvalues(t, -g / 2 + root, -g / 2 - root))
        .conclude("=", (t + g / 2 - root) * (t + g / 2 + root))
    )
    kills = kill(derivation)
    assert kills.made > 50
    assert kills.by_check == kills.made
    assert kills.by_worlds > 0.8 * kills.made


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: CharacteristicPolynomial((x,), (x, y), (0, 0), t), "field: one entry for each"),
        (lambda: CharacteristicPolynomial((x, y), (x, y), (0,), t), "point: one entry for each"),
        (lambda: Determinant((x, y)), "a square matrix is expected"),
        (lambda: AlongFlow(x, (x, y), (y,)), "field: one entry for each of 2"),
    ],
)
def test_words_that_do_not_fit_together_are_refused(make, reason):
    with pytest.raises(ValueError, match=reason):
        make()


def test_a_derivative_that_does_not_exist_is_no_value():
    word = CharacteristicPolynomial((x / y, y), (x, y), (0, 0), t)
    with pytest.raises(ValueError, match="has no derivative there"):
        interpret(word, WORLD)


def test_words_print_as_the_field_writes_them():
    assert to_text(ROTATION) == "det(lambda I - d(-y, x)/d(x, y) at (0, 0))"
    assert to_text(Determinant((x, 1), (0, y))) == "det[x, 1; 0, y]"
    assert to_text(AlongFlow(x, (x, y), (y, -x))) == "d/dt x where d/dt (x, y) = (y, -x)"
    assert r"\begin{pmatrix} - y \\[0.4em] x \end{pmatrix}" in to_latex(ROTATION)
    assert to_latex(Determinant((x, 1), (0, y))) == (
        r"\det \begin{pmatrix} x & 1 \\[0.4em] 0 & y \end{pmatrix}"
    )
    assert r"\frac{d}{dt}" in to_latex(AlongFlow(x * y, (x,), (y,)))


@pytest.mark.parametrize(
    "expr",
    [
        (t - sp.I / 2) * (t + sp.I / 2) - t**2 - sp.Rational(1, 4),
        (x + sp.sqrt(g**2 - 1)) * (x - sp.sqrt(g**2 - 1)) - x**2 + g**2 - 1,
        sp.sin(u) ** 2 + sp.cos(u) ** 2 - 1,
        sp.cosh(u) ** 2 - sp.sinh(u) ** 2 - 1,
        sp.tanh(u / 2) - (sp.exp(u) - 1) / (sp.exp(u) + 1),
        16 * sp.sin(u / 2) ** 2 - 4 * (2 - sp.exp(sp.I * u) - sp.exp(-sp.I * u)),
    ],
)
def test_zeros_with_roots_and_the_imaginary_unit_are_recognized(expr):
    assert is_zero(expr)


@pytest.mark.parametrize(
    "expr",
    [
        (t - sp.I / 2) * (t + sp.I / 2) - t**2 + sp.Rational(1, 4),
        sp.sqrt(g**2 - 1) - g,
        sp.sin(u) ** 2 - sp.cos(u) ** 2,
        sp.Rational(1, 10**30) * sp.I,
    ],
)
def test_what_is_not_zero_is_not_called_so(expr):
    assert not is_zero(expr)
