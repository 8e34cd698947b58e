r"""Blur: the best image of a code is an average, and what an average loses is a variance.

:math:`r(x, z) = p_\mathrm{data}(x) \, q(z \mid x)` is the joint distribution of data and codes.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import Density, Expectation, Gradient, Normal, Variance
from coreformulas.symbolic.worlds import ClosedFormWorld, FiniteWorld, linear_gaussian
from coreformulas.vae.derivation import binomial_log_likelihood

x, z, u, c = sp.symbols("x z u c", real=True)
codes, pixel, pixel_given_code = Density("r", z), Density("r", x), Density("r", x, z)
average = Expectation(x, pixel_given_code)
_worlds = (FiniteWorld({"r": (x, z)}), ClosedFormWorld(linear_gaussian(x, z, joint="r")))


@register
def conditional_mean() -> Derivation:
    r"""No image c of a code has a smaller squared error than the average of its images."""
    return (
        Derivation(
            "conditional-mean",
            "The best image of a code is the average over its images",
            Expectation((x - c) ** 2, pixel_given_code),
            worlds=_worlds,
            source="Bishop 2006, section 1.5.5, eqs. (1.89) and (1.90)",
        )
        .step(rules.rearrange(sp.expand, "expand"), because="the square is a quadratic in c")
        .step(rules.linearity(), because="c is one value for all images of the code")
        .step(
            rules.stationary_minimum(c, average),
            because="the slope 2 c - 2 E[x] is zero at the average, and the curvature is 2",
        )
        .step(rules.second_moment(), because="what remains is the variance that the code leaves")
        .conclude(">=", Variance(x, pixel_given_code))
    )


@register
def binomial_slope() -> Derivation:
    r"""The slope of the binomial likelihood in the logit is zero at the same average."""
    lemma = binomial_log_likelihood()
    names = {str(symbol): symbol for symbol in lemma.start.free_symbols}
    count, trials, ell = names["x"], names["n"], names["ell"]
    given = Density("r", count, z)
    return (
        Derivation(
            "binomial-slope",
            "The binomial likelihood asks for the same average",
            Gradient(Expectation(-lemma.end, given), ell),
            worlds=(FiniteWorld({"r": (count, z)}),),
            source="Bishop 2006, section 4.3.6",
        )
        .step(rules.differentiate_inside(), because="the images do not depend on the logit")
        .step(rules.differentiate(), because="only two of its terms move with the logit")
        .step(rules.linearity(), because="and only the count varies from image to image")
        .conclude("=", trials * sp.exp(ell) / (1 + sp.exp(ell)) - Expectation(count, given))
    )


@register
def total_variance() -> Derivation:
    r"""The law of total variance: what varies within a code, and what varies between codes."""
    return (
        Derivation(
            "total-variance",
            "The law of total variance",
            Variance(x, pixel),
            worlds=_worlds,
        )
        .step(rules.definition_of_variance(), because="two moments are needed")
        .step(
            rules.condition_on(z),
            at=Expectation(x**2, pixel),
            because="draw the code first, then an image of it",
        )
        .step(rules.second_moment(), because="within a code, a square is variance and mean")
        .step(rules.linearity(), because="two means instead of one")
        .step(
            rules.condition_on(z),
            at=Expectation(x, pixel),
            because="the mean in two stages as well",
        )
        .step(
            rules.second_moment(),
            at=Expectation(average**2, codes),
            because="between codes, the averages themselves vary",
        )
        .conclude("=", Expectation(Variance(x, pixel_given_code), codes) + Variance(average, codes))
    )


@register
def sharpness_lost() -> Derivation:
    r"""For a difference u of two pixels: the energy of the data, and of its average images."""
    step, given = Density("r", u), Density("r", u, z)
    return (
        Derivation(
            "sharpness-lost",
            "Average images lose the variance of their edges",
            Expectation(u**2, step),
            worlds=(FiniteWorld({"r": (u, z)}), ClosedFormWorld(linear_gaussian(u, z, joint="r"))),
        )
        .step(rules.condition_on(z), because="draw the code first, then an image of it")
        .step(rules.second_moment(), because="within a code, a square is variance and mean")
        .step(rules.linearity(), because="two means instead of one")
        .conclude(
            "=",
            Expectation(Expectation(u, given) ** 2, codes) + Expectation(Variance(u, given), codes),
        )
    )


@register
def speckle() -> Derivation:
    r"""What drawing adds to an edge, if each of its two pixels is drawn by itself."""
    x_1, x_2 = sp.symbols("x_1 x_2", real=True)
    first, second = Density("p", x_1, z), Density("s", x_2, z)
    m_1, m_2 = sp.symbols("m_1 m_2", real=True)
    s_1, s_2 = sp.symbols("s_1 s_2", positive=True)
    formulas = {
        first: Normal(x_1, m_1, s_1).formula(),
        second: Normal(x_2, m_2, s_2).formula(),
    }
    mean_1, mean_2 = Expectation(x_1, first), Expectation(x_2, second)

    def collect(expr: sp.Expr) -> sp.Expr:
        return expr - sp.expand((mean_1 - mean_2) ** 2) + (mean_1 - mean_2) ** 2

    return (
        Derivation(
            "speckle",
            "Drawing adds the variances of both pixels",
            Expectation(Expectation((x_1 - x_2) ** 2, second), first),
            worlds=(FiniteWorld({"p": (x_1, z), "s": (x_2, z)}), ClosedFormWorld(formulas)),
        )
        .step(rules.rearrange(sp.expand, "expand"), because="the square of a difference")
        .step(rules.linearity(), because="the first pixel is fixed while the second varies")
        .step(rules.linearity(), because="and then the first varies as well")
        .step(rules.second_moment(), because="a mean square is variance plus squared mean")
        .step(rules.second_moment(), because="for both pixels")
        .step(rules.rearrange(collect, "collect the square"), because="the edge of the mean image")
        .conclude("=", (mean_1 - mean_2) ** 2 + Variance(x_1, first) + Variance(x_2, second))
    )
