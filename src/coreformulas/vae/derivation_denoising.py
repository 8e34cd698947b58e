r"""Denoising: the best linear filter, and a bound whose encoder sees a noisy image y alone."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import Density, Expectation, Normal
from coreformulas.symbolic.worlds import ClosedFormWorld, FiniteWorld

x, y, z, a, epsilon = sp.symbols("x y z a epsilon", real=True)
s, v = sp.symbols("s v", positive=True)


@register
def wiener_filter() -> Derivation:
    r"""Along one principal axis of variance v, under noise of variance s²: shrink by v/(v + s²)."""
    signal, noise = Normal(x, 0, sp.sqrt(v)), Normal(epsilon, 0, s)
    return (
        Derivation(
            "wiener-filter",
            "The best linear denoiser, along one axis",
            Expectation(Expectation((a * (x + epsilon) - x) ** 2, noise), signal),
            worlds=(ClosedFormWorld(evidence=("proved", "proved")),),
            source="Wiener 1949; Bishop 2006, section 1.5.5",
        )
        .step(rules.gaussian_moments(), because="average over the noise first")
        .step(rules.rearrange(sp.expand, "expand"), because="a polynomial in the pixel")
        .step(rules.gaussian_moments(), because="and it depends on the variance of the data alone")
        .step(
            rules.stationary_minimum(a, v / (v + s**2)),
            because="the slope is zero there, and the curvature 2 (v + s²) is positive",
        )
        .step(rules.rearrange(sp.factor, "factor"), because="collect")
        .conclude(">=", s**2 * v / (s**2 + v))
    )


@register
def denoising_bound() -> Derivation:
    r"""The bound on a clean image x holds for an encoder that is shown a noisy one, y."""
    evidence, joint = Density("p", x), Density("p", (x, z))
    q = Density("q", z, y)
    return (
        Derivation(
            "denoising-bound",
            "The bound holds for an encoder that sees noise",
            sp.log(evidence),
            worlds=(FiniteWorld({"p": (x, z), "q": (y, z)}),),
            source="Im et al. 2017",
        )
        .step(rules.marginalize(z), because="the model says how x arises from every z")
        .step(rules.change_of_measure(q), because="any density of z will do, so one given y")
        .step(rules.jensen(), because="the logarithm may go inside, at the price of a bound")
        .conclude(">=", Expectation(sp.log(joint / q), q))
    )
