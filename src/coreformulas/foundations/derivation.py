r"""Jensen's inequality for the logarithm, Gibbs' inequality, and the shift of log-sum-exp."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import KL, Density, Expectation, Normal
from coreformulas.symbolic.worlds import ClosedFormWorld, FiniteWorld

x, z = sp.symbols("x z", real=True)
p, q = Density("p", x), Density("q", x)
_finite = FiniteWorld({"p": (x,), "q": (x,)})


def _two_gaussians() -> ClosedFormWorld:
    """p and q normal with parameters at will; f log-linear, so that its mean is exact."""
    m, n, alpha, beta = sp.symbols("m n alpha beta", real=True)
    s, v = sp.symbols("s v", positive=True)
    return ClosedFormWorld(
        {p: Normal(x, m, s).formula(), q: Normal(x, n, v).formula()},
        {"f": sp.exp(alpha * ClosedFormWorld.argument + beta)},
        evidence=("exact", "exact for Gaussians (f log-linear)"),
    )


@register
def tangent_of_log() -> Derivation:
    r"""The logarithm lies under its tangent at one: :math:`t - 1 - \log t \ge 0`."""
    t = sp.Symbol("t", positive=True)
    exact = ClosedFormWorld(evidence=("proved", "proved"))
    return (
        Derivation(
            "tangent-of-log",
            "The logarithm lies under its tangent",
            t - 1 - sp.log(t),
            worlds=(exact,),
            source="Boyd and Vandenberghe 2004, section 3.1.3, eq. (3.2)",
        )
        .step(
            rules.stationary_minimum(t, 1),
            because="the slope 1 - 1/t is zero at t = 1 and the curvature 1/t² is positive",
        )
        .conclude(">=", sp.Integer(0))
    )


@register
def jensen_for_log() -> Derivation:
    r"""Jensen's inequality for the logarithm, from its tangent at the mean."""
    f = sp.Function("f", positive=True)(x)
    mean = Expectation(f, p)
    return (
        Derivation(
            "jensen-for-log",
            "Jensen's inequality for the logarithm",
            Expectation(sp.log(f), p),
            worlds=(_finite, _two_gaussians()),
            source="Jensen 1906; Cover and Thomas 2006, theorem 2.6.2",
        )
        .step(
            rules.tangent_line(mean),
            because="draw the tangent at the mean: every value lies under it",
        )
        .step(rules.linearity(), because="the tangent is a straight line, so its mean is easy")
        .conclude("<=", sp.log(mean))
    )


@register
def gibbs_inequality() -> Derivation:
    r"""A divergence is never negative: :math:`D_{KL}(p \| q) \ge 0`."""
    return (
        Derivation(
            "gibbs-inequality",
            "Gibbs' inequality: a divergence is never negative",
            KL(p, q),
            worlds=(_finite, _two_gaussians()),
            source="Kullback and Leibler 1951, lemma 3.1; Cover and Thomas 2006, theorem 2.6.3",
        )
        .step(rules.definition_of_kl(), because="write the divergence as a mean")
        .step(rules.log_of_reciprocal(), because="turn the ratio over, so that p can cancel")
        .step(rules.linearity(), because="the sign comes out of the mean")
        .step(rules.jensen_outward(), because="the logarithm of the mean is the larger one")
        .step(rules.definition_of_expectation(), because="now p cancels against 1/p")
        .step(rules.integrate_out(), because="q is a density: its integral is one, and log 1 = 0")
        .conclude(">=", sp.Integer(0))
    )


@register
def log_sum_exp_shift() -> Derivation:
    r"""Log-sum-exp may be shifted by any constant, which is how it is computed safely."""
    i, n = sp.symbols("i n", integer=True, positive=True)
    c = sp.Symbol("c", real=True)
    s = sp.IndexedBase("s", real=True)[i]
    return (
        Derivation(
            "log-sum-exp-shift",
            "Log-sum-exp may be shifted by any constant",
            sp.log(sp.Sum(sp.exp(s), (i, 1, n))),
            worlds=(ClosedFormWorld(evidence=("exact", "exact for n = 3")),),
            source="Blanchard et al. 2021, section 1",
        )
        .step(rules.factor_out_of_sum(sp.exp(c)), because="take a common factor out of the sum")
        .step(rules.log_of_product(sp.exp(c)), because="its logarithm is the constant itself")
        .conclude("=", c + sp.log(sp.Sum(sp.exp(s - c), (i, 1, n))))
    )
