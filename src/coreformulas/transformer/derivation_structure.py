r"""Derivations about the build of a Transformer: heads, counts, and the size of gradients.

d is the width :math:`d_{model}`, f the hidden units :math:`d_{ff}`, n the length, V the
vocabulary, L the number of layers.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import Expectation, Gradient, Normal
from coreformulas.symbolic.worlds import ClosedFormWorld
from coreformulas.transformer.derivation import PROVED

d, f, n, V, L = sp.symbols("d f n V L", integer=True, positive=True)
# What a sublayer adds to a variance of one, and how many sublayers came before.
added = sp.Symbol("v", positive=True)
before = sp.Symbol("k", integer=True, nonnegative=True)


@register
def head_as_low_rank_map() -> Derivation:
    r"""What one head writes is the token times one matrix, the product of a tall and a wide one.

    x is what the head attends to, V(a, c) its map into the head, O(c) one column of its map out of
    it; c runs over the d_k coordinates of the head.
    """
    a, c = sp.symbols("a c", integer=True, positive=True)
    size = sp.Symbol("d_k", integer=True, positive=True)
    x, into, out = (sp.IndexedBase(name, real=True) for name in ("x", "V", "O"))
    inside, outside = (c, 1, size), (a, 1, d)
    return (
        Derivation(
            "head-as-low-rank-map",
            "A head is a map of low rank",
            sp.Sum(out[c] * sp.Sum(into[a, c] * x[a], outside), inside),
            worlds=(ClosedFormWorld(evidence=("exact", "exact for d = d_k = 3")),),
            source="Vaswani et al. 2017, section 3.2.2",
        )
        .step(rules.reassociate(), because="both maps of the head make one matrix of rank d_k")
        .conclude("=", sp.Sum(x[a] * sp.Sum(into[a, c] * out[c], inside), outside))
    )


@register
def layer_parameters() -> Derivation:
    r"""Four maps of attention, two of the feed-forward network, two normalizations, all biases."""
    return (
        Derivation(
            "layer-parameters",
            "The parameters of a layer",
            4 * d * (d + 1) + f * (d + 1) + d * (f + 1) + 2 * (2 * d),
            worlds=PROVED,
        )
        .step(rules.rearrange(sp.expand, "expand"), because="the heads have canceled already")
        .conclude("=", 4 * d**2 + 2 * d * f + 9 * d + f)
    )


@register
def model_parameters() -> Derivation:
    r"""A language model: embedding, L layers, a last normalization, and the map to the logits.

    N is the number of parameters of one layer.
    """
    layer = sp.Symbol("N", integer=True, positive=True)
    return (
        Derivation(
            "model-parameters",
            "The parameters of a language model",
            V * d + L * layer + 2 * d + V * (d + 1),
            worlds=PROVED,
        )
        .step(
            rules.rearrange(_collect_vocabulary, "collect"),
            because="what grows with the layers, with the vocabulary, and the rest",
        )
        .conclude("=", L * layer + V * (2 * d + 1) + 2 * d)
    )


def _collect_vocabulary(expr: sp.Expr) -> sp.Expr:
    """The terms in V collected, those in L left as they are."""
    layers = [term for term in expr.args if term.has(L)]
    rest = sp.expand(expr - sp.Add(*layers))
    words = sp.Add(*(term for term in rest.args if term.has(V)))
    return sp.Add(*layers, sp.factor(words), rest - words)


@register
def layer_flops() -> Derivation:
    r"""The matrix products of one layer for n tokens, 2 a b c for an (a, b) times a (b, c)."""
    projections = 4 * (2 * n * d * d)
    scores_and_mean = 2 * (2 * n * n * d)
    feed_forward = 2 * (2 * n * d * f)
    return (
        Derivation(
            "layer-flops",
            "The products of a layer",
            projections + scores_and_mean + feed_forward,
            worlds=PROVED,
        )
        .step(rules.rearrange(sp.factor, "factor"), because="three parts, and one of them is n")
        .conclude("=", 4 * d * n * (2 * d + f + n))
    )


@register
def residual_variance() -> Derivation:
    r"""What a sublayer adds to x, of the variance v and independent of x, adds to its variance."""
    x, change = sp.symbols("x y", real=True)
    own, new = Normal(x, 0, 1), Normal(change, 0, sp.sqrt(added))
    return (
        Derivation(
            "residual-variance",
            "Each residual connection adds variance",
            Expectation(Expectation((x + change) ** 2, new), own),
            worlds=PROVED,
            source="Xiong et al. 2020, section 3.3",
        )
        .step(rules.rearrange(sp.expand, "expand"), at=(x + change) ** 2, because="a square")
        .step(rules.gaussian_moments(), because="the mixed term averages out")
        .step(rules.gaussian_moments(), because="and x has the variance one")
        .conclude("=", 1 + added)
    )


@register
def gradient_of_scale_invariant() -> Derivation:
    r"""The gradient of what is normalized falls with its size c: :math:`f(c x)' = c f'(c x)`.

    A normalization f ignores the size, f(c x) = f(x), so that :math:`f'(c x) = f'(x) / c`.
    """
    x = sp.Symbol("x", real=True)
    scale = sp.Symbol("c", positive=True)
    function = sp.Function("f", real=True)
    slope = sp.Function("f'", real=True)
    cubic = {"f": ClosedFormWorld.argument**3 + ClosedFormWorld.argument}
    return (
        Derivation(
            "gradient-of-scale-invariant",
            "What is normalized passes gradients divided by its size",
            Gradient(function(scale * x), x),
            worlds=(ClosedFormWorld(functions=cubic, evidence=("exact", "exact for cubic f")),),
        )
        .step(rules.chain_rule(), because="the inner derivative is the size")
        .conclude("=", scale * slope(scale * x))
    )


@register
def pre_norm_gain() -> Derivation:
    r"""The mean square of a gradient on its way back through sublayer k of a pre-norm stack.

    The stream has the variance 1 + k v there; the branch sees it normalized, which divides its
    gradient's mean square by that.
    """
    return (
        Derivation(
            "pre-norm-gain",
            "Pre-norm: the gain of one sublayer is a ratio of neighbors",
            1 + added / (1 + before * added),
            worlds=PROVED,
        )
        .step(rules.common_denominator(), because="the product over many sublayers telescopes")
        .step(rules.rearrange(_collected_top, "collect"), because="the variance one sublayer later")
        .conclude("=", (1 + (before + 1) * added) / (1 + before * added))
    )


def _collected_top(expr: sp.Expr) -> sp.Expr:
    top, bottom = sp.fraction(expr)
    return sp.collect(sp.expand(top), added) / bottom
