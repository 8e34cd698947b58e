"""Order and angles: what the rules give, what the permuted world finds wrong, what is refused."""

import pytest
import sympy as sp

from coreformulas.symbolic import Derivation, Expectation, RuleError, Softmax, rules
from coreformulas.symbolic.errors import CheckError
from coreformulas.symbolic.rule import Rewriting, Rule
from coreformulas.symbolic.worlds import ClosedFormWorld, PermutedWorld
from coreformulas.symbolic.worlds.interpretation import World, interpret

i, j = sp.symbols("i j", integer=True, positive=True)
a, b, c = sp.symbols("a b c", real=True)
pi = sp.Function("pi", integer=True)
s, v = (sp.Function(name, real=True) for name in ("s", "v"))
CYCLE = PermutedWorld(pi, (1, 2, 0))
PROVED = ClosedFormWorld(evidence=("proved", "proved"))


def derive(start: sp.Expr, rule: Rule, world: World = PROVED) -> Derivation:
    derivation = Derivation("under-test", "Under test", start, worlds=(world,)).step(rule)
    return derivation.conclude("=", derivation.end)


def test_the_world_takes_each_state_where_the_permutation_says():
    here = {j: sp.Integer(2), i: sp.Integer(0)}
    assert interpret(v(pi(j)), CYCLE, here) == sp.Symbol("v_1", real=True)
    assert interpret(s(pi(i), j), CYCLE, here) == sp.Symbol("s_23", real=True)
    assert interpret(v(pi(pi(j))), CYCLE, here) == sp.Symbol("v_2", real=True)
    assert CYCLE.evidence().text == "exact for K = 3, order 2, 3, 1"


@pytest.mark.parametrize("order", [(0, 0, 1), (1, 2, 3), (0, 2)])
def test_a_world_whose_order_is_none_is_refused(order):
    with pytest.raises(ValueError, match="order: each state from 0 once is expected"):
        PermutedWorld(pi, order)


def test_keys_may_be_counted_in_any_order():
    start = Expectation(v(pi(j)), Softmax(s(i, pi(j)), j))
    derivation = derive(start, rules.sum_in_any_order(pi), CYCLE)
    assert derivation.end == Expectation(v(j), Softmax(s(i, j), j))
    assert derivation.check()[0][0].kind == "exact"
    assert derivation.assumptions == ("pi is a permutation",)


@pytest.mark.parametrize(
    ("body", "score", "named"),
    [
        (v(j), s(i, pi(j)), "v(j)"),
        (v(pi(j)), s(i, pi(j)) + a * j, "a*j + s(i, pi(j))"),
        (v(pi(pi(j))), s(i, j), "s(i, j)"),
    ],
)
def test_what_knows_its_place_is_not_put_into_another_order(body, score, named):
    with pytest.raises(RuleError) as caught:
        rules.sum_in_any_order(pi).rewrite(Expectation(body, Softmax(score, j)))
    assert f"{named} depends on the place j itself" in str(caught.value)


def test_the_world_rejects_a_wrong_order():
    start = Expectation(v(pi(j)), Softmax(s(i, pi(j)), j))
    wrong = Expectation(v(j), Softmax(s(i, pi(j)), j))
    careless = Rule("careless", "", lambda node: node == start, lambda _: Rewriting(wrong), "it")
    with pytest.raises(CheckError):
        derive(start, careless, CYCLE).check()


@pytest.mark.parametrize(
    ("wave", "wanted"),
    [
        (sp.sin(c * (a + b)), sp.sin(a * c) * sp.cos(b * c) + sp.cos(a * c) * sp.sin(b * c)),
        (sp.cos(a - b), sp.cos(a) * sp.cos(b) + sp.sin(a) * sp.sin(b)),
    ],
)
def test_angles_are_added(wave, wanted):
    derivation = derive(wave, rules.angle_addition())
    assert derivation.end == wanted
    assert derivation.check()[0][0].kind == "proved"


def test_two_products_are_one_cosine():
    front = a * b
    start = front * sp.cos(a + c) * sp.cos(b) + front * sp.sin(a + c) * sp.sin(b)
    derivation = derive(start, rules.angle_difference(a + c - b))
    assert derivation.end == front * sp.cos(a + c - b)
    assert derivation.check()[0][0].kind == "proved"


x, into, out = (sp.IndexedBase(name, real=True) for name in "xVO")
INSIDE, OUTSIDE = (j, 1, 2), (i, 1, 2)


def test_a_product_of_three_is_put_into_other_brackets():
    start = sp.Sum(out[j] * sp.Sum(into[i, j] * x[i], OUTSIDE), INSIDE)
    derivation = derive(start, rules.reassociate())
    assert derivation.end == sp.Sum(x[i] * sp.Sum(into[i, j] * out[j], INSIDE), OUTSIDE)
    assert derivation.check()[0][0].kind == "proved"


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        (sp.Sum(into[i, j] * x[i], (i, 1, j)), "the bounds of the inner sum depend on j"),
        (sp.Sum(into[i, j], OUTSIDE), "nothing in the inner sum depends on i alone"),
    ],
)
def test_sums_that_hang_together_keep_their_brackets(inner, message):
    with pytest.raises(RuleError) as caught:
        rules.reassociate().rewrite(sp.Sum(out[j] * inner, INSIDE))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "expr", "message"),
    [
        (rules.angle_addition(), sp.sin(a), "a is no sum of two angles"),
        (rules.angle_addition(), sp.cos(a + b + c), "is no sum of two angles"),
        (
            rules.angle_difference(a - b),
            sp.sin(a) * sp.sin(b) + sp.sin(c),
            "no term is a product of two cosines",
        ),
        (
            rules.angle_difference(a - b),
            sp.cos(a) * sp.cos(b) + sp.sin(a) * sp.sin(c),
            "the sines do not belong to the cosines",
        ),
        (
            rules.angle_difference(a - b),
            sp.cos(a) * sp.cos(b) - sp.sin(a) * sp.sin(b),
            "the sines do not belong to the cosines",
        ),
        (
            rules.angle_difference(a + b),
            sp.cos(a) * sp.cos(b) + sp.sin(a) * sp.sin(b),
            "the angles do not differ by a + b",
        ),
    ],
)
def test_other_waves_are_refused(rule, expr, message):
    with pytest.raises(RuleError) as caught:
        rule.rewrite(expr)
    assert message in str(caught.value)
