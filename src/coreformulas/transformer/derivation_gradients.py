r"""The derivatives of attention: the Jacobian of softmax, its bounds, and the gradients of Q, K, V.

R stands for the sum :math:`\sum e^{s_i}` over the keys that a derivation does not name, and A for
the sum of their :math:`e^{s_i} v_i`: both are as they may be, so any number of keys is covered.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.rule import Rule
from coreformulas.symbolic.softmax import Softmax
from coreformulas.symbolic.vocabulary import Expectation, Gradient
from coreformulas.transformer.derivation import KEYS, PROVED, j, p, s

score, other, value = sp.symbols("s t v", real=True)
others = sp.Symbol("R", positive=True)
rest = sp.Symbol("A", real=True)
weight, other_weight = sp.exp(score), sp.exp(other)
output = (weight * value + rest) / (weight + others)


def as_written(wanted: sp.Expr, name: str) -> Rule:
    """Algebra that ends in ``wanted``, where SymPy finds it equal; elsewhere it does not apply."""
    return rules.rearrange(
        lambda expr: wanted if sp.cancel(sp.together(wanted - expr)) == 0 else expr, name
    )


@register
def softmax_jacobian_diagonal() -> Derivation:
    r"""A weight rises with its own score by :math:`p (1 - p)`."""
    share = weight / (weight + others)
    wanted = share * (others / (weight + others))
    return (
        Derivation(
            "softmax-jacobian-diagonal",
            "The Jacobian of softmax: the diagonal",
            Gradient(share, score),
            worlds=PROVED,
        )
        .step(rules.differentiate(), because="a quotient of known functions")
        .step(as_written(wanted, "common denominator"), because="p, and 1 - p")
        .conclude("=", wanted)
    )


@register
def softmax_jacobian_off_diagonal() -> Derivation:
    r"""A weight falls with another key's score by the product of both weights."""
    total = weight + other_weight + others
    wanted = -(weight / total) * (other_weight / total)
    return (
        Derivation(
            "softmax-jacobian-off-diagonal",
            "The Jacobian of softmax: off the diagonal",
            Gradient(weight / total, other),
            worlds=PROVED,
        )
        .step(rules.differentiate(), because="the other score stands in the denominator alone")
        .conclude("=", wanted)
    )


@register
def softmax_jacobian_is_a_covariance() -> Derivation:
    r"""Along a direction u the Jacobian acts as a covariance: :math:`f^\top J u = Cov(f, u)`."""
    step = sp.Symbol("tau", real=True)
    u, f = (sp.Function(name, real=True)(j) for name in ("u", "f"))
    softmax = Softmax(s + step * u, j)
    return (
        Derivation(
            "softmax-jacobian-is-a-covariance",
            "The Jacobian of softmax is a covariance",
            Gradient(Expectation(f, softmax), step),
            worlds=KEYS,
        )
        .step(
            rules.differentiate_softmax_mean(),
            because="each weight grows by the weight times how far u lies above its mean",
        )
        .conclude(
            "=",
            Expectation(f * u, softmax) - Expectation(f, softmax) * Expectation(u, softmax),
        )
    )


@register
def softmax_jacobian_is_semidefinite() -> Derivation:
    r"""A variance is not negative: :math:`u^\top J u = E[u^2] - E[u]^2 \ge 0`."""
    u = sp.Function("u", real=True)(j)
    return (
        Derivation(
            "softmax-jacobian-is-semidefinite",
            "The Jacobian of softmax is positive semidefinite",
            Expectation(u, p) ** 2,
            worlds=KEYS,
        )
        .step(rules.jensen("convex"), because="the square is convex")
        .conclude("<=", Expectation(u**2, p))
    )


@register
def softmax_jacobian_row_bound() -> Derivation:
    r"""No row of the Jacobian has a larger absolute sum than 1/2.

    The row of a key with the weight p holds :math:`p (1 - p)` and, off the diagonal, minus p times
    weights that add up to :math:`1 - p`. Their absolute values add up to :math:`2 p (1 - p)`;
    the derivation is about minus that.
    """
    share, half = sp.Symbol("p", positive=True), sp.Rational(1, 2)
    return (
        Derivation(
            "softmax-jacobian-row-bound",
            "The Jacobian of softmax: no row is larger than one half",
            -share * (1 - share) - share * (1 - share),
            worlds=PROVED,
        )
        .step(
            rules.stationary_minimum(share, half),
            because="a parabola that is lowest where the weight is one half",
        )
        .conclude(">=", -half)
    )


@register
def attention_gradient_of_value() -> Derivation:
    r"""The output moves with a value by the weight of its key."""
    return (
        Derivation(
            "attention-gradient-of-value",
            "The gradient with respect to a value",
            Gradient(output, value),
            worlds=PROVED,
        )
        .step(rules.differentiate(), because="the output is linear in the values")
        .conclude("=", weight / (weight + others))
    )


@register
def attention_gradient_of_score() -> Derivation:
    r"""The output moves with a score by the weight times how far the value is from the output."""
    wanted = weight / (weight + others) * (value - output)
    return (
        Derivation(
            "attention-gradient-of-score",
            "The gradient with respect to a score",
            Gradient(output, score),
            worlds=PROVED,
        )
        .step(rules.differentiate(), because="the score stands above and below")
        .step(as_written(wanted, "collect"), because="what is subtracted is the output itself")
        .conclude("=", wanted)
    )


@register
def attention_gradient_of_query() -> Derivation:
    r"""The output moves with a query's coordinate by a covariance of values and keys.

    q and k(j) are one coordinate of the query and of the keys, r(j) what the other coordinates
    add to the dot product, and alpha is the scale :math:`1 / \sqrt{d_k}`.
    """
    q, alpha = sp.Symbol("q", real=True), sp.Symbol("alpha", positive=True)
    k, r, v = (sp.Function(name, real=True)(j) for name in ("k", "r", "v"))
    softmax = Softmax(alpha * (q * k + r), j)
    mean = lambda body: Expectation(body, softmax)  # noqa: E731
    return (
        Derivation(
            "attention-gradient-of-query",
            "The gradient with respect to a query",
            Gradient(mean(v), q),
            worlds=KEYS,
        )
        .step(rules.differentiate_softmax_mean(), because="the query stands in every score")
        .step(rules.linearity(), because="the scale is the same for every key")
        .step(rules.linearity(), because="here as well")
        .conclude("=", alpha * mean(k * v) - alpha * mean(k) * mean(v))
    )


@register
def attention_gradient_of_key() -> Derivation:
    r"""The output moves with a key's coordinate by the gradient of its score times the query's."""
    q, k, r = sp.symbols("q k r", real=True)
    alpha = sp.Symbol("alpha", positive=True)
    exponential = sp.exp(alpha * (q * k + r))
    attended = (exponential * value + rest) / (exponential + others)
    wanted = alpha * q * exponential / (exponential + others) * (value - attended)
    return (
        Derivation(
            "attention-gradient-of-key",
            "The gradient with respect to a key",
            Gradient(attended, k),
            worlds=PROVED,
        )
        .step(rules.differentiate(), because="a key stands in its own score alone")
        .step(as_written(wanted, "collect"), because="the gradient of the score, times the query")
        .conclude("=", wanted)
    )
