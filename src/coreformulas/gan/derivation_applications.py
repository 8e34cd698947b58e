r"""Two games with more to say: one about the class too, and one that goes there and back.

In the first, p and q are the densities of real and generated pairs of an image x and its class y,
and :math:`\ell(x)` is the logit for images that are presented as class y. In the second, x is one
coordinate of an image, the styles differ by a scale a and a shift m, and the two translators are
linear.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import Density, Expectation, Normal
from coreformulas.symbolic.worlds import ClosedFormWorld, FiniteWorld

x, y = sp.symbols("x y", real=True)
logit = sp.Function("ell", real=True)(x)
half = sp.Rational(1, 2)
real_given, fake_given = Density("p", x, y), Density("q", x, y)
_pairs = (FiniteWorld({"p": (x, y), "q": (x, y)}),)
_proved = (ClosedFormWorld(evidence=("proved", "proved")),)
_MIYATO = "Miyato and Koyama 2018"


def _loss(real: sp.Expr, fake: sp.Expr) -> sp.Expr:
    """Half the mean over real and half the mean over generated images of the class y."""
    return half * Expectation(real, real_given) + half * Expectation(fake, fake_given)


@register
def conditional_optimal_discriminator() -> Derivation:
    r"""For each class, the best logit is the log ratio of that class's two densities."""
    return (
        Derivation(
            "conditional-optimal-discriminator",
            "The optimal discriminator that is told the class",
            _loss(sp.log(1 + sp.exp(-logit)), sp.log(1 + sp.exp(logit))),
            worlds=_pairs,
            source="Goodfellow et al. 2014, proposition 1, for each class",
        )
        .step(rules.definition_of_expectation(), because="write both means as integrals")
        .step(rules.definition_of_expectation(), because="over the same images")
        .step(rules.join_integrals(), because="each image of this class has a cost of its own")
        .step(
            rules.pointwise_minimum(logit, sp.log(real_given / fake_given)),
            because="the slope is zero at the log ratio, and the curvature is positive",
        )
        .step(rules.split_integral(), because="back to two integrals")
        .step(rules.recognize_expectation(real_given), because="one over real images")
        .step(rules.recognize_expectation(fake_given), because="and one over generated ones")
        .conclude(
            ">=",
            _loss(sp.log(1 + fake_given / real_given), sp.log(1 + real_given / fake_given)),
        )
    )


@register
def conditional_logit_in_two_parts() -> Derivation:
    r"""The log ratio of pairs asks two questions: is it real, and is it of this class?"""
    real, fake = Density("p", (x, y)), Density("q", (x, y))
    of_class = Density("p", y, x) / Density("q", y, x)
    return (
        Derivation(
            "conditional-logit-in-two-parts",
            "The best logit has a part for the class and a part for the image",
            sp.log(real / fake),
            worlds=_pairs,
            source=f"{_MIYATO}, section 2",
        )
        .step(rules.product_rule(x, "p"), because="a real pair is an image and its class")
        .step(rules.product_rule(x, "q"), because="and so is a generated one")
        .step(rules.log_of_product(of_class), because="the ratio of the classes comes out")
        .conclude("=", sp.log(of_class) + sp.log(Density("p", x) / Density("q", x)))
    )


@register
def projection_of_two_softmaxes() -> Derivation:
    r"""Between two softmaxes of the same features the class part is linear in the features.

    One feature :math:`\phi`; more of them add up. Z and W are the two sums over all classes, which
    depend on the image and not on the class.
    """
    phi, v, w = sp.symbols("phi v w", real=True)
    total, other = sp.symbols("Z W", positive=True)
    ratio = (sp.exp(v * phi) / total) / (sp.exp(w * phi) / other)
    return (
        Derivation(
            "projection-of-two-softmaxes",
            "The class part of the logit is a projection",
            sp.log(ratio),
            worlds=_proved,
            source=f"{_MIYATO}, section 3",
        )
        .step(rules.expand_logarithm(), because="the logarithm undoes both exponentials")
        .step(
            rules.rearrange(lambda line: sp.collect(line, phi), "collect"),
            because="what depends on the class multiplies the feature",
        )
        .conclude("=", (v - w) * phi + sp.log(other) - sp.log(total))
    )


a, b, c, m = sp.symbols("a b c m", real=True)
sigma = sp.Symbol("sigma", positive=True)
images = Normal(x, 0, sigma)


def _expand_inside(mean: sp.Expr) -> sp.Expr:
    assert isinstance(mean, Expectation)
    return Expectation(sp.expand(mean.body), mean.density)


@register
def cycle_loss_of_linear_translators() -> Derivation:
    r"""The cycle asks that the way back undoes the way there, and asks nothing else."""
    there = c * x + m
    return (
        Derivation(
            "cycle-loss-of-linear-translators",
            "The cycle loss sees the product of both translators alone",
            Expectation((b * (there - m) - x) ** 2, images),
            worlds=_proved,
        )
        .step(rules.rearrange(_expand_inside, "expand"), because="multiply out")
        .step(rules.gaussian_moments(), because="the mean square is the variance")
        .step(rules.rearrange(sp.factor, "factor"), because="read the square")
        .conclude("=", sigma**2 * (b * c - 1) ** 2)
    )


@register
def translation_error_of_linear_translators() -> Derivation:
    r"""The error against the truth, of which no unpaired loss knows anything."""
    return (
        Derivation(
            "translation-error-of-linear-translators",
            "The error against the true translation",
            Expectation(((c * x + m) - (a * x + m)) ** 2, images),
            worlds=_proved,
        )
        .step(rules.rearrange(_expand_inside, "expand"), because="multiply out")
        .step(rules.gaussian_moments(), because="the mean square is the variance")
        .step(rules.rearrange(sp.factor, "factor"), because="read the square")
        .conclude("=", sigma**2 * (a - c) ** 2)
    )
