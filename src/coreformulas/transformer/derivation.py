r"""The derivations behind attention: why softmax, why a dot product, why the square root.

A query scores each key j with :math:`s(j)`; attention averages the values with the weights
:math:`\mathrm{softmax}(s)_j`.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.softmax import LogSumExp, Softmax
from coreformulas.symbolic.vocabulary import (
    Density,
    Expectation,
    Normal,
    ProductDensity,
    Variance,
)
from coreformulas.symbolic.worlds import ClosedFormWorld, DrawsWorld, FiniteWorld

j = sp.Symbol("j", integer=True, positive=True)
s = sp.Function("s", real=True)(j)
p = Density("p", j)
PROVED = (ClosedFormWorld(evidence=("proved", "proved")),)
KEYS = (FiniteWorld({"p": (j,)}),)


@register
def lagrangian_of_one_weight() -> Derivation:
    r"""One key's part of the Lagrangian is least at the weight :math:`b = e^{s - 1 - \lambda}`.

    The part is :math:`p \log p - p s + \lambda p`, in which :math:`s - \lambda = 1 + \log b`.
    """
    weight, best = sp.symbols("p b", positive=True)
    return (
        Derivation(
            "lagrangian-of-one-weight",
            "The Lagrangian, one key at a time",
            weight * sp.log(weight) - weight * (1 + sp.log(best)),
            worlds=PROVED,
            source="Boyd and Vandenberghe 2004, section 5.5.3",
        )
        .step(
            rules.stationary_minimum(weight, best),
            because="the slope log p - log b is zero there, and the curvature 1/p is positive",
        )
        .step(rules.rearrange(sp.expand, "expand"), because="the logarithms cancel")
        .conclude(">=", -best)
    )


@register
def multiplier_of_the_weights() -> Derivation:
    r"""The dual :math:`\lambda + \sum_j b_j` is least where the weights b add up to one.

    With their sum W and :math:`Z = \sum_j e^{s_j}` the multiplier is
    :math:`\lambda = \log Z - 1 - \log W`.
    """
    normalizer, total = sp.symbols("Z W", positive=True)
    return (
        Derivation(
            "multiplier-of-the-weights",
            "The multiplier, and the value at the maximum",
            sp.log(normalizer) - 1 - sp.log(total) + total,
            worlds=PROVED,
            source="Boyd and Vandenberghe 2004, section 5.1.2",
        )
        .step(
            rules.stationary_minimum(total, 1),
            because="the slope 1 - 1/W is zero at W = 1, and the curvature is positive",
        )
        .conclude(">=", sp.log(normalizer))
    )


def _one_logarithm(expr: sp.Expr) -> sp.Expr:
    """The two logarithms under the mean as one."""
    logs = [term for term in expr.args if term.has(sp.log) and not isinstance(term, LogSumExp)]
    return expr - sp.Add(*logs) + sp.logcombine(sp.Add(*logs))


@register
def softmax_is_the_maximum() -> Derivation:
    r"""No weights p have a larger mean score plus entropy; what is missing is a KL divergence."""
    softmax = Softmax(s, j)
    body = sp.log(softmax) + LogSumExp(s, j) - sp.log(p)
    return (
        Derivation(
            "softmax-is-the-maximum",
            "Softmax is the best compromise of score and entropy",
            Expectation(s - sp.log(p), p),
            worlds=KEYS,
            source="Boyd and Vandenberghe 2004, section 3.3.1",
        )
        .step(rules.score_as_log_weight(j), because="this is what the softmax means")
        .step(
            rules.rearrange(_one_logarithm, "collect logarithms"),
            at=body,
            because="a ratio of two distributions appears",
        )
        .step(rules.log_of_reciprocal(), because="turn it over")
        .step(rules.linearity(), because="the normalizer is the same for every key")
        .step(rules.recognize_kl(), because="the mean log ratio is a divergence")
        .step(rules.nonnegative_divergence(), because="it is zero only where p is the softmax")
        .conclude("<=", LogSumExp(s, j))
    )


@register
def softmax_ignores_a_shift() -> Derivation:
    r"""What is added to every score cancels; R stands for the other keys' :math:`\sum e^{s_i}`."""
    score, shift = sp.symbols("s c", real=True)
    others = sp.Symbol("R", positive=True)
    return (
        Derivation(
            "softmax-ignores-a-shift",
            "Softmax ignores what all scores share",
            sp.exp(score + shift) / (sp.exp(score + shift) + others * sp.exp(shift)),
            worlds=PROVED,
        )
        .step(rules.rearrange(_divide_by(sp.exp(shift)), "cancel"), because="it is a factor of all")
        .conclude("=", sp.exp(score) / (sp.exp(score) + others))
    )


def _divide_by(factor: sp.Expr):
    def divided(expr: sp.Expr) -> sp.Expr:
        top, bottom = (sp.powsimp(sp.expand(part / factor)) for part in expr.as_numer_denom())
        return top / bottom

    return divided


@register
def weighted_mean_is_the_best_constant() -> Derivation:
    r"""Nadaraya-Watson: no constant is nearer to the values, in weighted squares, than the mean."""
    v, m = sp.Function("v", real=True)(j), sp.Symbol("m", real=True)
    mean, square = Expectation(v, p), Expectation(v**2, p)
    return (
        Derivation(
            "weighted-mean-is-the-best-constant",
            "The weighted mean is the best constant",
            Expectation((v - m) ** 2, p),
            worlds=KEYS,
            source="Nadaraya 1964; Watson 1964; Hastie et al. 2009, section 6.1",
        )
        .step(rules.rearrange(sp.expand, "expand"), at=(v - m) ** 2, because="a quadratic in m")
        .step(rules.linearity(), because="its coefficients are two means")
        .step(
            rules.stationary_minimum(m, mean),
            because="the slope 2 (m - E[v]) is zero at the mean, and the curvature is 2",
        )
        .conclude(">=", square - mean**2)
    )


_coordinate, _size = sp.symbols("c d", integer=True, positive=True)


@register
def distance_as_dot_product() -> Derivation:
    r"""A Gaussian kernel's exponent is a dot product, less half of each squared norm."""
    q, k = (sp.IndexedBase(name, real=True)[_coordinate] for name in ("q", "k"))
    limits = (_coordinate, 1, _size)
    return (
        Derivation(
            "distance-as-dot-product",
            "From a distance to a dot product",
            -sp.Sum((q - k) ** 2, limits) / 2,
            worlds=(ClosedFormWorld(evidence=("exact", "exact for d = 3")),),
        )
        .step(
            rules.rearrange(sp.expand, "expand"),
            at=(q - k) ** 2,
            because="with a mixed term",
        )
        .step(rules.linearity_of_sum(), because="three sums over the coordinates")
        .conclude("=", sp.Sum(k * q, limits) - sp.Sum(q**2, limits) / 2 - sp.Sum(k**2, limits) / 2)
    )


@register
def product_variance() -> Derivation:
    r"""One coordinate's share: :math:`\mathrm{Var}(q k) = 1 + \rho^2` at the correlation rho."""
    q, epsilon, rho = sp.symbols("q epsilon rho", real=True)
    standard, noise = Normal(q, 0, 1), Normal(epsilon, 0, 1)
    product = q * (rho * q + sp.sqrt(1 - rho**2) * epsilon)
    return (
        Derivation(
            "product-variance",
            "The variance of one product",
            Expectation(Expectation(product**2, noise), standard)
            - Expectation(Expectation(product, noise), standard) ** 2,
            worlds=PROVED,
        )
        .step(rules.gaussian_moments(), because="the noise in the key averages out of the mean")
        .step(rules.gaussian_moments(), because="which is the correlation")
        .step(rules.gaussian_moments(), because="the square averaged over the noise")
        .step(rules.gaussian_moments(), because="and over the query, whose fourth moment is 3")
        .conclude("=", 1 + rho**2)
    )


@register
def score_variance() -> Derivation:
    r"""d independent coordinates: the variances of the products f add up, the scale is squared."""
    i, d = sp.symbols("i d", integer=True, positive=True)
    scale, z = sp.Symbol("alpha", positive=True), sp.Symbol("z", real=True)
    f = sp.Function("f", real=True)
    pairs = sp.IndexedBase("z", real=True)
    every = ProductDensity(Density("r", pairs[i]), i, d)
    return (
        Derivation(
            "score-variance",
            "The variance of a score",
            Variance(scale * sp.Sum(f(pairs[i]), (i, 1, d)), every),
            worlds=(DrawsWorld({"r": (z,)}, pairs, z, d),),
            source="Vaswani et al. 2017, footnote 4",
        )
        .step(rules.variance_of_sum(z), because="independent terms have no covariance")
        .conclude("=", scale**2 * d * Variance(f(z), Density("r", z)))
    )
