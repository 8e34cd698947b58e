"""Markov chains and masked sums: what rules give, what worlds find wrong, what is refused."""

import pytest
import sympy as sp

from coreformulas.symbolic import Density, Derivation, Expectation, RuleError, rules
from coreformulas.symbolic.errors import CheckError
from coreformulas.symbolic.rule import Rewriting, Rule
from coreformulas.symbolic.worlds import ChainWorld, CountedWorld, FiniteWorld
from coreformulas.symbolic.worlds.interpretation import World, interpret

times = x, y, z = sp.symbols("x y z", real=True)
CHAIN = ChainWorld("p", times)
j, t, k = sp.symbols("j t k", integer=True, positive=True)
m = sp.Function("m", real=True)
a = sp.IndexedBase("a", real=True)
UP_TO_THREE = {"m": sp.Piecewise((1, CountedWorld.argument <= 3), (0, True))}
COUNTED = CountedWorld(t, UP_TO_THREE)


def p(variables, given=()):
    return Density("p", variables, given)


def derive(start: sp.Expr, rule: Rule, world: World = CHAIN) -> Derivation:
    derivation = Derivation("under-test", "Under test", start, worlds=(world,)).step(rule)
    return derivation.conclude("=", derivation.end)


def replaced_by(start: sp.Expr, wrong: sp.Expr, world: World) -> Derivation:
    careless = Rule("careless", "", lambda node: node == start, lambda _: Rewriting(wrong), "it")
    return derive(start, careless, world)


def test_the_world_is_a_stationary_chain():
    """Each marginal of one variable is the same, and depends on both odds."""
    pi, odds = [], sp.symbols("p_a p_b", positive=True)
    for variable in times:
        chances = [
            interpret(p(variable), CHAIN, {variable: sp.Integer(state)}) for state in range(2)
        ]
        assert sp.simplify(sum(chances)) == 1
        pi.append(sp.simplify(chances[0]))
    assert pi[0] == pi[1] == pi[2]
    assert pi[0].free_symbols == set(odds)
    leave = interpret(p(y, x), CHAIN, {x: sp.Integer(0), y: sp.Integer(1)})
    assert sp.simplify(leave - odds[0] / (1 + odds[0])) == 0
    assert CHAIN.evidence().text == "exact for chains of two states"
    with pytest.raises(ValueError, match="variables: at least two are expected"):
        ChainWorld("p", (x,))


def test_of_all_before_the_last_is_enough():
    derivation = derive(Expectation(sp.log(p(z, (x, y))), p(times)), rules.markov_property(times))
    assert derivation.end == Expectation(sp.log(p(z, y)), p(times))
    assert derivation.check()[0][0].kind == "exact"
    assert derivation.assumptions == ("p is a Markov chain",)


def test_a_stationary_chain_is_the_same_one_step_earlier():
    start = Expectation(sp.log(p(z, y)) * p(y), p((y, z)))
    derivation = derive(start, rules.shift_in_time(times))
    assert derivation.end == Expectation(sp.log(p(y, x)) * p(x), p((x, y)))
    assert derivation.check()[0][0].kind == "exact"
    assert derivation.assumptions == ("p is stationary",)


@pytest.mark.parametrize(
    ("start", "wrong"),
    [
        (p(z, (x, y)), p(z, x)),  # the wrong one of two
        (Expectation(sp.log(p(z, y)), p((y, z))), Expectation(sp.log(p(z)), p((y, z)))),
    ],
)
def test_the_world_finds_what_no_chain_does(start, wrong):
    with pytest.raises(CheckError, match="does not hold"):
        replaced_by(start, wrong, CHAIN).check()


def test_what_is_no_chain_does_not_forget():
    joint = FiniteWorld({"p": times}, size=2)
    with pytest.raises(CheckError, match="does not hold"):
        derive(p(z, (x, y)), rules.markov_property(times), joint).check()
    with pytest.raises(CheckError, match="does not hold"):
        derive(Expectation(sp.log(p(z)), p(z)), rules.shift_in_time(times), joint).check()


def test_a_sum_ends_where_its_mask_ends():
    start = sp.Sum(m(j) * a[j], (j, 1, t + k))
    derivation = derive(start, rules.end_at_mask(m, t), COUNTED)
    assert derivation.end == sp.Sum(a[j], (j, 1, t))
    assert derivation.check()[0][0].text == "exact for t = 3"
    assert derivation.assumptions == ("m(j) is 1 up to j = t, and 0 for later keys",)
    too_early = replaced_by(start, sp.Sum(a[j], (j, 1, t - 1)), COUNTED)
    with pytest.raises(CheckError, match="does not hold"):
        too_early.check()


def test_the_last_term_stands_apart():
    start = sp.Sum(a[j], (j, 1, t + 1))
    derivation = derive(start, rules.split_last_term(), COUNTED)
    assert derivation.end == sp.Sum(a[j], (j, 1, t)) + a[t + 1]
    assert derivation.check()[0][0].kind == "exact"
    with pytest.raises(CheckError, match="does not hold"):
        replaced_by(start, sp.Sum(a[j], (j, 1, t)) + a[t], COUNTED).check()


@pytest.mark.parametrize(
    ("rule", "expr", "message"),
    [
        (rules.markov_property(times), p(y, (x, z)), "not given two or more, all before y"),
        (rules.markov_property(times), p(x, (y, z)), "not given two or more, all before x"),
        (
            rules.shift_in_time(times),
            Expectation(sp.log(p(z, x)), p((y, z))),
            "it is not all about y, z",
        ),
        (
            rules.shift_in_time(times),
            Expectation(sp.log(Density("q", z, y)), p((y, z))),
            "is about p",
        ),
        (
            rules.end_at_mask(m, t),
            sp.Sum(m(j) * a[j], (j, 1, k)),
            "k is not known to be at least t",
        ),
        (
            rules.end_at_mask(m, t),
            sp.Sum(m(j) + a[j], (j, 1, t + k)),
            "m(j) is no factor of its terms",
        ),
        (
            rules.end_at_mask(m, t),
            sp.Sum(m(j) ** 2 * a[j], (j, 1, t + k)),
            "m(j) is no factor of its terms",
        ),
        (rules.split_last_term(), sp.Sum(a[j], (j, 1, t - 1)), "not known to have a term"),
    ],
)
def test_what_does_not_fit_is_refused(rule, expr, message):
    with pytest.raises(RuleError) as caught:
        rule.rewrite(expr)
    assert message in str(caught.value)
