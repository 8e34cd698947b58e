r"""The ELBO of a linear VAE: exact, tight along the principal axes, and loose at a rotation."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import Expectation, Normal
from coreformulas.symbolic.worlds import ClosedFormWorld

x, w, m = sp.symbols("x w m", real=True)
sigma, r = sp.symbols("sigma r", positive=True)
half = sp.Rational(1, 2)
total = w**2 + sigma**2


@register
def linear_squared_error() -> Derivation:
    r"""What a linear decoder misses on average, for one centered pixel and two latent variables."""
    w_1, w_2, m_1, m_2, z_1, z_2 = sp.symbols("w_1 w_2 m_1 m_2 z_1 z_2", real=True)
    s_1, s_2 = sp.symbols("s_1 s_2", positive=True)
    first, second = Normal(z_1, m_1, s_1), Normal(z_2, m_2, s_2)
    return (
        Derivation(
            "linear-squared-error",
            "The mean squared error of a linear decoder",
            Expectation(Expectation((x - w_1 * z_1 - w_2 * z_2) ** 2, second), first),
            worlds=(ClosedFormWorld(evidence=("exact", "exact for one pixel and K = 2")),),
            source="Lucas et al. 2019, section 4",
        )
        .step(rules.gaussian_moments(), because="average over the second latent variable")
        .step(rules.gaussian_moments(), because="and over the first: each adds its own variance")
        .conclude(
            "=",
            (x - w_1 * m_1 - w_2 * m_2) ** 2 + w_1**2 * s_1**2 + w_2**2 * s_2**2,
        )
    )


@register
def linear_elbo_tight() -> Derivation:
    r"""Minus the ELBO along one axis, at its best encoder, is minus the log marginal likelihood."""
    centered = Normal(x, 0, sp.sqrt(total))
    cost = (
        half * sp.log(2 * sp.pi * sigma**2)
        + (x - w * m) ** 2 / (2 * sigma**2)
        + m**2 / 2
        + r / 2
        - sp.log(r * sigma**2 / total) / 2
        - half
    )
    return (
        Derivation(
            "linear-elbo-tight",
            "Along a principal axis the ELBO is tight",
            cost,
            worlds=(ClosedFormWorld(evidence=("proved", "proved")),),
            source="Lucas et al. 2019, section 4; Dai et al. 2018",
        )
        .step(
            rules.stationary_minimum(m, w * x / total),
            because="zero slope at the mean of the posterior, curvature w²/σ² + 1",
        )
        .step(
            rules.stationary_minimum(r, 1),
            because="zero slope at the variance of the posterior, curvature 1/(2 r²)",
        )
        .step(
            rules.recognize_normal(centered),
            because="what is left is the marginal likelihood: the bound is attained",
        )
        .conclude(">=", -sp.log(centered))
    )


@register
def mean_field_gap() -> Derivation:
    r"""The best independent Gaussian q for a correlated Gaussian posterior, for K = 2.

    The posterior has a precision matrix with off-diagonal b, lower right entry d and determinant e,
    so that the product of its diagonal is e + b². The variances of q are r_1 and r_2 times the
    best ones, which are one over that diagonal.
    """
    z_1, z_2, b = sp.symbols("z_1 z_2 b", real=True)
    d, e, r_1, r_2 = sp.symbols("d e r_1 r_2", positive=True)
    first = Normal(z_1, 0, sp.sqrt(r_1 * d) / sp.sqrt(e + b**2))
    second = Normal(z_2, 0, sp.sqrt(r_2 / d))
    exact = Normal(z_1, 0, sp.sqrt(d / e)) * Normal(z_2, -b * z_1 / d, 1 / sp.sqrt(d))
    return (
        Derivation(
            "mean-field-gap",
            "The price of independence",
            Expectation(Expectation(sp.log(first * second / exact), second), first),
            worlds=(ClosedFormWorld(evidence=("exact", "exact for K = 2")),),
            source="Bishop 2006, eqs. (10.12) to (10.15)",
        )
        .step(rules.write_out(), because="put the four formulas in")
        .step(rules.expand_logarithm(), because="the logarithm undoes the exponentials")
        .step(rules.gaussian_moments(), because="average over the second latent variable")
        .step(rules.gaussian_moments(), because="and over the first")
        .step(rules.rearrange(sp.simplify, "simplify"), because="two fractions add up to r₁/2")
        .step(
            rules.stationary_minimum(r_1, 1),
            because="the best variance is one over the diagonal of the precision",
        )
        .step(rules.stationary_minimum(r_2, 1), because="likewise for the second")
        .conclude(">=", (sp.log(b**2 + e) - sp.log(e)) / 2)
    )


@register
def rotation_gap() -> Derivation:
    r"""The mean-field gap when two latent axes are turned by theta; m_1, m_2 are w_j² + sigma²."""
    m_1, m_2 = sp.symbols("m_1 m_2", positive=True)
    theta = sp.Symbol("theta", real=True)
    turned = sp.sin(theta) ** 2
    diagonal = (m_1 - (m_1 - m_2) * turned) * (m_2 + (m_1 - m_2) * turned)
    return (
        Derivation(
            "rotation-gap",
            "What the ELBO loses at a rotation",
            sp.log(diagonal / (m_1 * m_2)) / 2,
            worlds=(ClosedFormWorld(evidence=("exact", "exact for K = 2")),),
            source="Lucas et al. 2019, section 4",
        )
        .step(
            rules.rearrange(lambda f: _as_excess_over_one(f, turned * (1 - turned)), "collect"),
            because="the product of the diagonal exceeds the determinant by the square of b",
        )
        .conclude("=", sp.log(1 + (m_1 - m_2) ** 2 * turned * (1 - turned) / (m_1 * m_2)) / 2)
    )


def _as_excess_over_one(expr: sp.Expr, factor: sp.Expr) -> sp.Expr:
    """``log(a)`` as ``log(1 + factor * rest)``, with the rest in factors."""

    def collected(argument: sp.Expr) -> sp.Expr:
        return sp.log(1 + factor * sp.factor(sp.cancel((argument - 1) / factor)))

    return expr.replace(sp.log, collected)
