r"""What the kernel says to a formula that somebody wrote, and to the one that it derives.

A formula is *restated*: claimed of a derivation that another part of the book has built. It passes
where it stands in the derived relation and has the derived value in every world of the derivation,
in whatever way it is spelled; elsewhere the kernel refuses it, and the difference is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.errors import ClaimError, DerivationError
from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.registry import get, register
from coreformulas.symbolic.rule import Relation
from coreformulas.symbolic.vocabulary import KL, Density, Expectation, Gradient, Integrate
from coreformulas.symbolic.worlds import ClosedFormWorld, FiniteWorld
from coreformulas.symbolic.worlds.interpretation import interpret

x, z, ell = sp.symbols("x z ell", real=True)
place = sp.Symbol("t", real=True)
share = sp.Symbol("w", positive=True)
half = sp.Rational(1, 2)
p, q = Density("p", x), Density("q", x)
logit = sp.Function("ell", real=True)(x)
encoder, prior, decoder = Density("q", z, x), Density("p", z), Density("p", x, z)
tokens, padding = Density("p", place), Density("q", place)
loss = sp.Function("f", real=True)(place)
pixels, latents, i, k = sp.symbols("D K i k", integer=True, positive=True)
weight, kl_weight = sp.symbols("s w", positive=True)


@dataclass(frozen=True)
class Verdict:
    """What the kernel found.

    Attributes:
        accepted: whether the formula holds.
        message: what the kernel said where it does not; empty where it does.
        difference: the derived form minus the stated one; None where they cannot be subtracted.
    """

    accepted: bool
    message: str = ""
    difference: sp.Expr | None = None


@dataclass(frozen=True)
class Statement:
    """A formula as it was written, and the right one, put to one derivation.

    Attributes:
        label: the derivation that decides.
        wrong: puts the formula as it was written; raises ``DerivationError``.
        right: puts the right one; returns the derivation.
        difference: the derived form minus the stated one, where the two can be subtracted.
    """

    label: str
    wrong: Callable[[], Derivation]
    right: Callable[[], Derivation]
    difference: sp.Expr | None = None


def restate(derivation: Derivation, relation: Relation, claimed: sp.Expr) -> Derivation:
    r"""The derivation, if its start stands in ``relation`` to ``claimed`` too.

    Raises:
        ClaimError: if the lines give another relation, or if the value of ``claimed`` differs from
            that of the last line in one of the worlds.
    """
    worlds = derivation.worlds
    same = all(world.is_zero(interpret(derivation.end - claimed, world)) for world in worlds)
    if relation == derivation.relation and same:
        return derivation
    stated, reached = (
        f"{to_text(derivation.start)} {sign} {to_text(form)}"
        for sign, form in ((relation, claimed), (derivation.relation, derivation.end))
    )
    raise ClaimError(derivation.label, stated, reached)


def judge(put: Callable[[], Derivation], difference: sp.Expr | None = None) -> Verdict:
    """Put a formula to the kernel and return what it says, with every line worked out.

    Args:
        put: builds or restates a derivation, as ``Statement.wrong`` and ``Statement.right`` do.
        difference: what to show where the formula is refused.
    """
    try:
        put().check()
    except DerivationError as error:
        return Verdict(False, str(error), difference)
    return Verdict(True)


def _restated(label: str, relation: Relation, wrong: sp.Expr, right: sp.Expr) -> Statement:
    """A wrong form and a right one of what one derivation reaches by ``relation``."""
    difference = right - wrong
    return Statement(
        label,
        lambda: restate(get(label), relation, wrong),
        lambda: restate(get(label), relation, right),
        difference if difference.has(sp.exp) else sp.expand(difference),
    )


def _sigmoid(value: sp.Expr) -> sp.Expr:
    return 1 / (1 + sp.exp(-value))


def _optimal(claimed: sp.Expr) -> Derivation:
    """The start of the derivation of the best discriminator, with ``claimed`` as its logit."""
    derived = get("optimal-discriminator")
    chain = Derivation("optimal-discriminator", derived.title, derived.start, derived.worlds)
    chain = chain.step(rules.definition_of_expectation()).step(rules.definition_of_expectation())
    chain = chain.step(rules.join_integrals()).step(rules.pointwise_minimum(logit, claimed))
    return chain.conclude(">=", chain.end)


@register
def slope_of_the_discriminator() -> Derivation:
    r"""By how much D moves with its logit: :math:`D (1 - D)`, and never by as much."""
    return (
        Derivation(
            "slope-of-the-discriminator",
            "The slope of the discriminator in its logit",
            Gradient(_sigmoid(ell), ell),
            worlds=(ClosedFormWorld(evidence=("proved", "proved")),),
        )
        .step(rules.differentiate(), because="D is a logistic function of its logit")
        .step(rules.rearrange(_two_shares, "factor"), because="this is D times 1 - D")
        .conclude("=", _sigmoid(ell) * _sigmoid(-ell))
    )


def _two_shares(expr: sp.Expr) -> sp.Expr:
    """The slope as D times 1 - D, where it is that."""
    wanted = _sigmoid(ell) * _sigmoid(-ell)
    return wanted if sp.simplify(expr - wanted) == 0 else expr


@register
def padding_in_the_mean() -> Derivation:
    r"""The mean of a loss over all places of a batch, a share w of which is padding."""
    return (
        Derivation(
            "padding-in-the-mean",
            "What a mean over padding is a mean of",
            Integrate(((1 - share) * tokens + share * padding) * loss, place),
            worlds=(FiniteWorld({"p": (place,), "q": (place,)}),),
        )
        .step(rules.split_integral(), because="a place is either a token or padding")
        .step(rules.recognize_expectation(tokens), because="the loss of a token")
        .step(rules.recognize_expectation(padding), because="and that of padding")
        .conclude("=", (1 - share) * Expectation(loss, tokens) + share * Expectation(loss, padding))
    )


def statements() -> dict[str, Statement]:
    """The formulas of ``coreformulas.comparison.ERRATA``, by the same ids.

    The derivations of all parts must be loaded: ``coreformulas.catalogue.load_all``.
    """
    return _about_gans() | _about_vaes() | {"padding-counted": _padding()}


def _about_gans() -> dict[str, Statement]:
    chance = _sigmoid(ell)
    return {
        "inverted-discriminator": Statement(
            "optimal-discriminator",
            lambda: _optimal(sp.log(q / p)),
            lambda: _optimal(sp.log(p / q)),
            2 * sp.log(p / q),
        ),
        "slope-of-probability": _restated(
            "slope-of-the-discriminator", "=", sp.Integer(1), chance * (1 - chance)
        ),
        "saturation-near-one": _restated(
            "saturating-slope", "=", -half * (1 - chance), -half * chance
        ),
        "same-descent": _restated(
            "non-saturating-slope", "=", -half * chance, -half * (1 - chance)
        ),
    }


def _about_vaes() -> dict[str, Statement]:
    errors = sp.Sum(sp.IndexedBase("r", real=True)[i], (i, 1, pixels))
    divergences = sp.Sum(sp.IndexedBase("kappa", real=True)[k], (k, 1, latents))
    front = weight / pixels
    beta = kl_weight * pixels / (weight * latents)
    fit, divergence = Expectation(sp.log(decoder), encoder), KL(encoder, prior)
    bound = get("elbo-by-jensen")
    return {
        "hidden-beta": _restated(
            "hidden-beta",
            "=",
            front * (errors + kl_weight * divergences),
            front * (errors + beta * divergences),
        ),
        "minimized-elbo": Statement(
            "elbo-by-jensen",
            lambda: restate(bound, "<=", bound.end),
            lambda: restate(bound, ">=", bound.end),
        ),
        "maximized-kl": _restated(
            "elbo-as-reconstruction-minus-kl", "=", fit + divergence, fit - divergence
        ),
    }


def _padding() -> Statement:
    token, filler = Expectation(loss, tokens), Expectation(loss, padding)
    return _restated("padding-in-the-mean", "=", token, (1 - share) * token + share * filler)
