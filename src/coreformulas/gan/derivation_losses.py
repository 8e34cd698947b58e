r"""The losses of the two players: their slopes, what they minimize, and other losses than F2.

As in the minimax game, p is the density of the data and q that of the generator. Where q moves, it
moves along :math:`q_t = (1 - t) q + t r` toward any density r: every direction in which the
generator's density can change is a multiple of some :math:`r - q`.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.gan.derivation import D, four, half, p, q, x
from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.divergence import JSD
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import KL, Density, Expectation, Gradient, Integrate
from coreformulas.symbolic.worlds import ClosedFormWorld, FiniteWorld

ell, a, b = sp.symbols("ell a b", real=True)
t, s = sp.symbols("t s", positive=True)
r = Density("r", x)
value = sp.Function("f", real=True)(x)
_moved = (1 - t) * q + t * r
_finite = (FiniteWorld({"p": (x,), "q": (x,), "r": (x,)}),)
_proved = (ClosedFormWorld(evidence=("proved", "proved")),)
# Where the algebra of three states is slow.
_two = (FiniteWorld({"p": (x,), "q": (x,), "r": (x,)}, size=2),)
_ARJOVSKY = "Arjovsky and Bottou 2017, theorem 2.5"


def _divide_by_exponential(expr: sp.Expr) -> sp.Expr:
    """Numerator and denominator divided by the exponential of the logit."""
    parts = (sp.expand(part * sp.exp(-ell)) for part in sp.fraction(expr))
    return next(parts) / next(parts)


def _collect_logarithms(expr: sp.Expr) -> sp.Expr:
    """A sum of logarithms, each with its whole coefficient."""
    flat = sp.expand(expr)
    return sp.Add(*(sp.cancel(flat.coeff(item)) * item for item in flat.atoms(sp.log)))


def _factor(expr: sp.Expr) -> sp.Expr:
    """The integrand as one fraction of products."""
    return Integrate(sp.factor(expr.args[0]), x)


@register
def non_saturating_slope() -> Derivation:
    r"""The slope of the article's loss in the logit of one generated example."""
    return (
        Derivation(
            "non-saturating-slope",
            "The slope of the non-saturating loss",
            Gradient(half * sp.log(1 + sp.exp(-ell)), ell),
            worlds=_proved,
            source="Goodfellow 2016, section 3.2.3",
        )
        .step(rules.differentiate(), because="the slope of -log D in the logit")
        .step(rules.rearrange(sp.simplify, "simplify"), because="this is minus (1 - D)/2")
        .conclude("=", -1 / (2 + 2 * sp.exp(ell)))
    )


@register
def saturating_slope() -> Derivation:
    r"""The slope of the minimax loss in the logit of one generated example."""
    return (
        Derivation(
            "saturating-slope",
            "The slope of the minimax loss",
            Gradient(-half * sp.log(1 + sp.exp(ell)), ell),
            worlds=_proved,
            source="Goodfellow et al. 2014, section 3",
        )
        .step(rules.differentiate(), because="the slope of log(1 - D) in the logit")
        .step(rules.rearrange(_divide_by_exponential, "divide"), because="this is minus D/2")
        .conclude("=", -1 / (2 + 2 * sp.exp(-ell)))
    )


@register
def kl_minus_twice_jsd() -> Derivation:
    r"""The divergence KL minus twice the JSD, by the optimal discriminator."""
    best = p / (p + q)
    return (
        Derivation(
            "kl-minus-twice-jsd",
            "KL minus twice the JSD",
            KL(q, p) - 2 * JSD(p, q),
            worlds=_finite,
            source=_ARJOVSKY,
        )
        .step(rules.definition_of_jsd(), because="twice the JSD is two divergences")
        .step(rules.definition_of_kl(), because="write each as a mean")
        .step(rules.definition_of_kl(), because="the second")
        .step(rules.definition_of_kl(), because="and the third")
        .step(rules.write_mixture_out(), because="the mixture is half of each density")
        .step(rules.write_mixture_out(), because="in both places")
        .step(rules.log_of_product(2), at=sp.log(2 * p / (p + q)), because="a 2 comes out")
        .step(rules.log_of_product(2), at=sp.log(2 * q / (p + q)), because="and another one")
        .step(rules.split_log_ratio(p + q), at=sp.log(q / p), because="put p + q in between")
        .step(rules.linearity(), because="take the means apart")
        .step(rules.linearity(), because="the second")
        .step(rules.linearity(), because="and the third: the shares of q cancel")
        .step(rules.log_of_reciprocal(), at=sp.log((p + q) / p), because="turn the ratio over")
        .step(rules.linearity(), because="and both means are of log D")
        .conclude("=", -Expectation(sp.log(best), p) - Expectation(sp.log(best), q) - four)
    )


@register
def gradient_of_kl_minus_twice_jsd() -> Derivation:
    r"""How the sum of both means changes as the generator's density moves."""
    whole = p + _moved
    cost = sp.log(whole / p)
    return (
        Derivation(
            "gradient-of-kl-minus-twice-jsd",
            "The direction of KL minus twice the JSD",
            Gradient(Integrate(whole * cost, x), t),
            worlds=_two,
            source=_ARJOVSKY,
        )
        .step(rules.differentiate_under_integral(), because="x does not depend on t")
        .step(rules.differentiate_integrand(), because="a product of two things that move")
        .step(rules.split_integral(), because="one integral for each term")
        .step(
            rules.integrate_out(), at=Integrate(r, x), because="the new density integrates to one"
        )
        .step(rules.integrate_out(), at=Integrate(q, x), because="and so does the old: they cancel")
        .step(rules.split_integral(), because="what is left is linear in both")
        .step(rules.recognize_expectation(q), because="a mean under the old density")
        .step(rules.recognize_expectation(r), because="and one under the new")
        .conclude("=", Expectation(cost, r) - Expectation(cost, q))
    )


@register
def gradient_with_discriminator_fixed() -> Derivation:
    r"""The direction that the non-saturating loss gives, while the discriminator stands still."""
    return (
        Derivation(
            "gradient-with-discriminator-fixed",
            "The direction of the non-saturating loss",
            Gradient(Integrate(-_moved * sp.log(D), x), t),
            worlds=_finite,
            source=_ARJOVSKY,
        )
        .step(rules.differentiate_under_integral(), because="x does not depend on t")
        .step(rules.differentiate_integrand(), because="only the density moves")
        .step(rules.split_integral(), because="one integral for each density")
        .step(rules.recognize_expectation(q), because="a mean under the old density")
        .step(rules.recognize_expectation(r), because="and one under the new")
        .conclude("=", Expectation(sp.log(D), q) - Expectation(sp.log(D), r))
    )


@register
def jsd_of_two_coins() -> Derivation:
    r"""Two coins that disagree: the divergence as their overlap s shrinks."""
    sure, rare = 1 / (1 + s), s / (1 + s)
    return (
        Derivation(
            "jsd-of-two-coins",
            "The divergence of two coins that disagree",
            sure * sp.log(sure / half) + rare * sp.log(rare / half),
            worlds=_proved,
        )
        .step(rules.expand_logarithm(), at=sp.log(sure / half), because="take it apart")
        .step(rules.expand_logarithm(), at=sp.log(rare / half), because="and the other one")
        .step(rules.rearrange(_collect_logarithms, "collect"), because="both shares add up to one")
        .conclude("=", sp.log(2) - sp.log(1 + s) + s * sp.log(s) / (1 + s))
    )


@register
def least_squares_optimum() -> Derivation:
    r"""The best discriminator of the least-squares loss, with targets b for real and a for fake."""
    best = (b * p + a * q) / (p + q)
    return (
        Derivation(
            "least-squares-optimum",
            "The optimal least-squares discriminator",
            half * Expectation((value - b) ** 2, p) + half * Expectation((value - a) ** 2, q),
            worlds=_two,
            source="Mao et al. 2017, section 3.2",
        )
        .step(rules.definition_of_expectation(), because="write both means as integrals")
        .step(rules.definition_of_expectation(), because="over the same x")
        .step(rules.join_integrals(), because="each x has a cost of its own")
        .step(
            rules.pointwise_minimum(value, best),
            because="a parabola: its slope is zero at the mean of the targets, weighted by p and q",
        )
        .step(rules.rearrange(_factor, "factor"), because="tidy up")
        .conclude(">=", Integrate(half * (a - b) ** 2 * p * q / (p + q), x))
    )


@register
def least_squares_divergence() -> Derivation:
    r"""What the generator minimizes against it, for the targets b = 1, a = -1 and c = 0."""
    best = (p - q) / (p + q)
    return (
        Derivation(
            "least-squares-divergence",
            "The divergence behind the least-squares loss",
            Expectation(best**2, p) + Expectation(best**2, q),
            worlds=_two,
            source="Mao et al. 2017, section 3.2",
        )
        .step(rules.definition_of_expectation(), because="write both means as integrals")
        .step(rules.definition_of_expectation(), because="over the same x")
        .step(rules.join_integrals(), because="one integral")
        .step(rules.rearrange(_factor, "factor"), because="p + q cancels")
        .conclude("=", Integrate((p - q) ** 2 / (p + q), x))
    )


@register
def hinge_optimum() -> Derivation:
    r"""The least value of the hinge loss: twice the overlap of the two densities."""
    return (
        Derivation(
            "hinge-optimum",
            "The optimal hinge discriminator",
            Expectation(sp.Max(0, 1 - value), p) + Expectation(sp.Max(0, 1 + value), q),
            worlds=_finite,
            source="Lim and Ye 2017",
        )
        .step(rules.definition_of_expectation(), because="write both means as integrals")
        .step(rules.definition_of_expectation(), because="over the same x")
        .step(rules.join_integrals(), because="each x has a cost of its own")
        .step(
            rules.pointwise_minimum_at_kinks(value),
            because="at 1 the cost is 2 q, at -1 it is 2 p; take the lower one",
        )
        .step(rules.split_integral(), because="one integral for each term")
        .step(rules.integrate_out(), at=Integrate(p, x), because="a density integrates to one")
        .step(rules.integrate_out(), at=Integrate(q, x), because="and so does the other")
        .conclude(">=", 2 - Integrate(sp.Abs(p - q), x))
    )
