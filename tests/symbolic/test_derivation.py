"""A derivation is computed, claimed and checked; what is wrong is refused and shown."""

from dataclasses import replace

import pytest
import sympy as sp

from coreformulas.symbolic import (
    CheckError,
    ClaimError,
    Density,
    Derivation,
    Expectation,
    Gap,
    Rewriting,
    Rule,
    registry,
    rules,
)
from coreformulas.symbolic.rule import Relation
from coreformulas.symbolic.worlds import FiniteWorld
from coreformulas.vae import derivation as vae

x, z = sp.symbols("x z", real=True)
p_x, q = Density("p", x), Density("q", z, x)
worlds = (FiniteWorld({"p": (x, z), "q": (x, z)}),)


def derive() -> Derivation:
    return Derivation("under-test", "Under test", sp.log(p_x), worlds=worlds)


def wrong_rule(after: sp.Expr, relation: Relation = "=", gap: Gap | None = None) -> Rule:
    """A rule that fits the start of ``derive()`` and computes something false."""
    return Rule(
        name="wrong on purpose",
        statement="",
        fits=lambda node: node == sp.log(p_x),
        rewrite=lambda _: Rewriting(after, relation, gap),
        form="",
    )


def test_a_claim_that_the_steps_do_not_reach_shows_both():
    derivation = derive().step(rules.marginalize(z))
    with pytest.raises(ClaimError) as caught:
        derivation.conclude("=", sp.log(q))
    assert "claimed: log(p(x)) = log(q(z | x))" in str(caught.value)
    assert "reached: log(p(x)) = log(∫ p(x, z) dz)" in str(caught.value)


def test_a_claim_with_another_relation_is_refused():
    derivation = derive().step(rules.marginalize(z))
    with pytest.raises(ClaimError, match=r"claimed: .* >= "):
        derivation.conclude(">=", derivation.end)


def test_a_derivation_without_a_claim_does_not_pass():
    with pytest.raises(ClaimError, match="call conclude"):
        derive().step(rules.marginalize(z)).check()


def test_steps_leave_the_derivation_they_start_from_alone():
    first = derive()
    first.step(rules.marginalize(z))
    assert first.lines == ()


def test_a_wrong_rule_is_caught_by_the_world():
    end = sp.log(q)
    derivation = derive().step(wrong_rule(end)).conclude("=", end)
    with pytest.raises(
        CheckError, match=r"line 1, FiniteWorld: log\(p\(x\)\) = log\(q\(z \| x\)\)"
    ):
        derivation.check()


def test_a_bound_with_the_wrong_gap_is_caught_by_the_world():
    end = Expectation(sp.log(Density("p", x, z)), q)
    gap = Gap(sp.Integer(1), "claimed", lambda _: None)
    derivation = derive().step(wrong_rule(end, ">=", gap)).conclude(">=", end)
    with pytest.raises(CheckError, match="line 1, FiniteWorld"):
        derivation.check()


def test_a_bound_whose_gap_is_zero_is_no_inequality():
    end = sp.log(p_x)
    rule = wrong_rule(end, ">=", Gap(sp.Integer(0), "claimed", lambda _: None))
    derivation = derive().step(rule).conclude(">=", end)
    with pytest.raises(CheckError, match="is not positive, so this is no inequality"):
        derivation.check()


def test_a_gap_whose_certificate_fails_is_refused():
    end = sp.log(p_x) - 1
    rule = wrong_rule(end, ">=", Gap(sp.Integer(1), "claimed", lambda _: "it may be negative"))
    with pytest.raises(CheckError, match="line 1, gap: it may be negative"):
        derive().step(rule).conclude(">=", end).check()


def test_a_line_written_by_hand_is_caught_by_its_rule():
    derivation = vae.elbo_by_jensen()
    lines = list(derivation.lines)
    lines[1] = replace(lines[1], expr=lines[1].expr + 1)
    with pytest.raises(CheckError, match="line 2, rule: 'insert one' gives"):
        replace(derivation, lines=tuple(lines)).check()


def test_assumptions_are_gathered_from_the_rules():
    assert vae.elbo_by_jensen().assumptions == (
        "q(z | x) > 0 wherever the integrand is not zero",
        "the expectation is finite",
    )


def test_a_result_is_used_only_where_it_fits_exactly():
    kl = vae.gaussian_kl()
    rule = rules.result_of(kl, {})
    assert Derivation("use", "Use", 3 * kl.start, worlds=()).step(rule).end == 3 * kl.end


def test_labels_are_unique_and_known():
    with pytest.raises(ValueError, match="'elbo-by-jensen' is registered already"):
        registry.register(vae.elbo_by_jensen)
    with pytest.raises(KeyError, match=r"Did you mean 'gaussian-kl'\?.*Known: .*elbo-by-jensen"):
        registry.get("gausian-kl")
