"""Sums with a closed form: what they come to, and what is refused."""

import pytest
import sympy as sp

from coreformulas.symbolic import CheckError, Derivation, RuleError, rules, worlds

i, j, n, b = sp.symbols("i j n b", integer=True, positive=True)
x = sp.IndexedBase("x", real=True)
WORLD = worlds.DrawsWorld({}, sp.IndexedBase("z"), sp.Symbol("z", real=True), n)


def derive(start: sp.Expr, at: sp.Expr | None = None) -> Derivation:
    derivation = Derivation("under-test", "Under test", start, worlds=(WORLD,))
    carried = derivation.step(rules.carry_out_sum(), at=at)
    return carried.conclude("=", carried.end)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (sp.Sum(b, (i, 1, n)), b * n),
        (sp.Sum(i, (i, 1, n)), n * (n + 1) / 2),
        (sp.Sum(b * i**2, (i, 1, n)), b * n * (n + 1) * (2 * n + 1) / 6),
    ],
)
def test_a_polynomial_is_added_up(start, end):
    derivation = derive(start)
    assert derivation.end == end
    assert [item.kind for item in derivation.check()[0]] == ["exact"]


def test_an_inner_sum_may_end_where_the_outer_one_stands():
    inner = sp.Sum(1, (j, 1, i))
    derivation = derive(sp.Sum(b * inner, (i, 1, n)), at=inner)
    assert derivation.end == sp.Sum(b * i, (i, 1, n))
    assert [item.kind for item in derivation.check()[0]] == ["exact"]


def test_the_world_finds_a_wrong_total():
    derivation = derive(sp.Sum(i, (i, 1, n)))
    (line,) = derivation.lines
    wrong = Derivation(
        "under-test",
        "Under test",
        derivation.start,
        worlds=(WORLD,),
        lines=(type(line)(n**2 / 2, line.relation, line.rule, line.path),),
    )
    with pytest.raises(CheckError, match="does not hold"):
        wrong.work_out(1)


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (n**2, "a sum of a polynomial in the index is expected"),
        (sp.Sum(x[i], (i, 1, n)), "a sum of a polynomial in the index is expected"),
        (sp.Sum(sp.exp(i), (i, 1, n)), "no polynomial in i"),
        (sp.Sum(b * sp.Sum(j, (j, 1, n)), (i, 1, n)), "no polynomial in i"),
    ],
)
def test_what_has_no_closed_form_is_refused(start, reason):
    at = start if isinstance(start, sp.Sum) and not start.has(sp.Indexed) else None
    with pytest.raises(RuleError, match=reason):
        derive(start, at)
