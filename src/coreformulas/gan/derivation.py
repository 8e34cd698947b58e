r"""The minimax game: its loss, its optimal discriminator, and what is left for the generator.

Throughout, p is the density of the data, q that of what the generator makes, and the two meet the
discriminator equally often. :math:`\ell(x)` is its logit, :math:`D = 1 / (1 + e^{-\ell})`.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.divergence import JSD
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import Binomial, Density, Expectation
from coreformulas.symbolic.worlds import ClosedFormWorld, FiniteWorld

x = sp.Symbol("x", real=True)
p, q = Density("p", x), Density("q", x)
D = sp.Function("D", positive=True)(x)
logit = sp.Function("ell", real=True)(x)
half = sp.Rational(1, 2)
four = 2 * sp.log(2)
_finite = (FiniteWorld({"p": (x,), "q": (x,)}),)
_proved = (ClosedFormWorld(evidence=("proved", "proved")),)
_GOODFELLOW = "Goodfellow et al. 2014"


def _sigmoid(value: sp.Expr) -> sp.Expr:
    return 1 / (1 + sp.exp(-value))


def _loss(real: sp.Expr, fake: sp.Expr) -> sp.Expr:
    """Half the mean under p and half the mean under q."""
    return half * Expectation(real, p) + half * Expectation(fake, q)


@register
def discriminator_loss() -> Derivation:
    r"""The article's loss, as the cross-entropy of a fair two-class problem."""
    real, fake = Binomial(sp.Integer(1), 1, D), Binomial(sp.Integer(0), 1, D)
    return (
        Derivation(
            "discriminator-loss",
            "The discriminator's loss is a cross-entropy",
            _loss(-sp.log(real), -sp.log(fake)),
            worlds=_finite,
            source="Goodfellow 2016, section 3.2.1",
        )
        .step(rules.write_out(), because="one draw with chance D that comes out real")
        .step(rules.write_out(), because="one draw with chance D that comes out fake")
        .step(rules.linearity(), because="the sign comes out of the mean")
        .step(rules.linearity(), because="and out of the other one")
        .conclude("=", -half * Expectation(sp.log(D), p) - half * Expectation(sp.log(1 - D), q))
    )


@register
def discriminator_loss_in_logits() -> Derivation:
    r"""The same loss as a function of the logit, without a probability that could round to 0."""
    real, fake = sp.log(1 + sp.exp(-logit)), sp.log(1 + sp.exp(logit))
    chance = _sigmoid(logit)
    over = sp.together(1 - chance)
    return (
        Derivation(
            "discriminator-loss-in-logits",
            "The discriminator's loss in logits",
            _loss(-sp.log(chance), -sp.log(1 - chance)),
            worlds=_finite,
        )
        .step(rules.log_of_reciprocal(), at=sp.log(chance), because="D is one over a sum")
        .step(rules.common_denominator(), at=1 - chance, because="so is 1 - D")
        .step(rules.log_of_reciprocal(), at=sp.log(over), because="turn it over")
        .conclude("=", _loss(real, fake))
    )


@register
def optimal_discriminator() -> Derivation:
    r"""No discriminator does better than the one whose logit is log p/q."""
    return (
        Derivation(
            "optimal-discriminator",
            "The optimal discriminator, point by point",
            _loss(sp.log(1 + sp.exp(-logit)), sp.log(1 + sp.exp(logit))),
            worlds=_finite,
            source=f"{_GOODFELLOW}, proposition 1",
        )
        .step(rules.definition_of_expectation(), because="write both means as integrals")
        .step(rules.definition_of_expectation(), because="over the same x")
        .step(rules.join_integrals(), because="now each x has a cost of its own")
        .step(
            rules.pointwise_minimum(logit, sp.log(p / q)),
            because="the slope is zero where the logit is log p/q, and the curvature is positive",
        )
        .step(rules.split_integral(), because="back to two integrals")
        .step(rules.recognize_expectation(p), because="one under p")
        .step(rules.recognize_expectation(q), because="and one under q")
        .conclude(">=", _loss(sp.log(1 + q / p), sp.log(1 + p / q)))
    )


@register
def optimal_discriminator_probability() -> Derivation:
    r"""The sigmoid of the log density ratio is the share of p."""
    a, b = sp.symbols("p q", positive=True)
    return (
        Derivation(
            "optimal-discriminator-probability",
            "The probability that belongs to the optimal logit",
            _sigmoid(sp.log(a / b)),
            worlds=_proved,
            source=f"{_GOODFELLOW}, eq. (2)",
        )
        .step(rules.rearrange(sp.cancel, "cancel"), because="e to the minus log p/q is q/p")
        .conclude("=", a / (a + b))
    )


@register
def value_at_optimal_discriminator() -> Derivation:
    r"""What the generator plays for, once the discriminator is optimal."""
    best = p / (p + q)
    return (
        Derivation(
            "value-at-optimal-discriminator",
            "The game that is left for the generator",
            Expectation(sp.log(best), p) + Expectation(sp.log(1 - best), q),
            worlds=_finite,
            source=f"{_GOODFELLOW}, eqs. (4) to (6)",
        )
        .step(rules.common_denominator(), because="1 - p/(p + q) is the share of q")
        .step(rules.recognize_mixture(p, q), because="p + q is twice a density: the mixture")
        .step(rules.recognize_mixture(p, q), because="the same in the other term")
        .step(rules.linearity(), because="the constant comes out")
        .step(rules.linearity(), because="twice")
        .step(rules.recognize_kl(), because="what is left is a divergence from the mixture")
        .step(rules.recognize_kl(), because="and another one")
        .step(rules.recognize_jsd(), because="whose mean is the Jensen-Shannon divergence")
        .conclude("=", 2 * JSD(p, q) - four)
    )


@register
def minimum_of_the_game() -> Derivation:
    r"""The generator cannot get below minus log 4, and gets there only with q = p."""
    return (
        Derivation(
            "minimum-of-the-game",
            "The least value of the game",
            2 * JSD(p, q) - four,
            worlds=_finite,
            source=f"{_GOODFELLOW}, theorem 1",
        )
        .step(rules.definition_of_jsd(), because="two divergences from the mixture")
        .step(
            rules.gibbs_inequality(),
            because="the logarithm lies under its tangent; they touch only where p is the mixture",
        )
        .step(rules.gibbs_inequality(), because="and where q is the mixture, which is p = q")
        .conclude(">=", -four)
    )


@register
def jsd_upper_bound() -> Derivation:
    r"""The Jensen-Shannon divergence is at most log 2."""
    return (
        Derivation(
            "jsd-upper-bound",
            "The Jensen-Shannon divergence is at most log 2",
            JSD(p, q),
            worlds=_finite,
            source="Lin 1991",
        )
        .step(rules.definition_of_jsd(), because="two divergences from the mixture")
        .step(rules.definition_of_kl(), because="write the first as a mean")
        .step(rules.definition_of_kl(), because="and the second")
        .step(rules.write_mixture_out(), because="the mixture is half of each density")
        .step(rules.write_mixture_out(), because="in both")
        .step(rules.log_of_product(2), at=sp.log(2 * p / (p + q)), because="a 2 comes out")
        .step(rules.log_of_product(2), at=sp.log(2 * q / (p + q)), because="and another one")
        .step(rules.log_of_share(), because="what is left is a share of a sum: at most one")
        .step(rules.log_of_share(), because="in both")
        .step(rules.linearity(), because="the mean of a constant")
        .step(rules.linearity(), because="twice")
        .conclude("<=", sp.log(2))
    )
