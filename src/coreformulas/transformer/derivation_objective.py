r"""The derivations behind the loss of a translator: the chain rule, cross-entropy, smoothed labels.

A decoder predicts the token v with the probability :math:`p(v) = \mathrm{softmax}(s)_v`; its label
is a distribution q.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.rule import Rule
from coreformulas.symbolic.vocabulary import KL, Density, Expectation, Gradient, Integrate
from coreformulas.symbolic.worlds import ClosedFormWorld, FiniteWorld

PROVED = (ClosedFormWorld(evidence=("proved", "proved")),)

token = sp.Symbol("v", integer=True, positive=True)
prediction, label, uniform = (Density(name, token) for name in "pqu")
surprise = sp.log(1 / prediction)

margin, score = sp.symbols("m s", real=True)
odds, wrong = sp.symbols("r W", positive=True)
target, others = sp.Symbol("q", real=True), sp.Symbol("R", positive=True)


@register
def teacher_forcing() -> Derivation:
    r"""The chain rule: a translation costs what its tokens cost, each after the true ones before.

    Written for three tokens; each further one is one more product rule.
    """
    source = sp.Symbol("x", real=True)
    first, second, third = tokens = sp.symbols("y_1:4", real=True)
    return (
        Derivation(
            "teacher-forcing",
            "A translation, token by token",
            -sp.log(Density("p", tokens, source)),
            worlds=(FiniteWorld({"p": (source, *tokens)}, size=2),),
            source="Sutskever et al. 2014, section 2",
        )
        .step(rules.product_rule(first), because="the first token, and the others after it")
        .step(rules.product_rule(second), because="the second after the first, and so on")
        .step(rules.expand_logarithm(), because="every token has a term of its own")
        .conclude(
            "=",
            -sp.log(Density("p", first, source))
            - sp.log(Density("p", second, (source, first)))
            - sp.log(Density("p", third, (source, first, second))),
        )
    )


@register
def cross_entropy_floor() -> Derivation:
    r"""No prediction costs less than the entropy of the labels, and only the labels reach it."""
    entropy = Expectation(sp.log(1 / label), label)
    return (
        Derivation(
            "cross-entropy-floor",
            "Cross-entropy is entropy plus a divergence",
            Expectation(surprise, label),
            worlds=(FiniteWorld({"p": (token,), "q": (token,)}),),
            source="Cover and Thomas 2006, section 5.4",
        )
        .step(rules.split_log_ratio(label), because="compare the prediction with the labels")
        .step(rules.linearity(), because="a part without the prediction, and one with it")
        .step(rules.recognize_kl(), because="the mean log ratio is a divergence")
        .step(rules.nonnegative_divergence(), because="it is zero only where they are equal")
        .conclude(">=", entropy)
    )


def _insert_uniform(expr: sp.Expr) -> sp.Expr:
    """A mean of log 1/p as that of log u/p and log 1/u."""
    return expr.xreplace({surprise: sp.log(uniform / prediction) + sp.log(1 / uniform)})


@register
def smoothing_pulls_to_uniform() -> Derivation:
    r"""Smoothed labels :math:`(1 - \varepsilon) q + \varepsilon u` add a divergence from u."""
    share = sp.Symbol("epsilon", positive=True)
    of_label, of_uniform = (Expectation(surprise, density) for density in (label, uniform))
    return (
        Derivation(
            "smoothing-pulls-to-uniform",
            "Smoothed labels pull toward the uniform distribution",
            Integrate(((1 - share) * label + share * uniform) * surprise, token),
            worlds=(FiniteWorld(dict.fromkeys("pqu", (token,))),),
            source="Szegedy et al. 2016, section 7",
        )
        .step(rules.split_integral(), because="a mixture of labels costs the mixture of the costs")
        .step(rules.recognize_expectation(label), because="the loss without smoothing")
        .step(rules.recognize_expectation(uniform), because="and the loss of guessing blindly")
        .step(
            rules.rearrange(_insert_uniform, "insert one"),
            at=of_uniform,
            because="compare the prediction with the uniform distribution",
        )
        .step(rules.linearity(), because="the second part does not depend on the prediction")
        .step(rules.recognize_kl(), because="the mean log ratio is a divergence")
        .conclude(
            "=",
            (1 - share) * of_label
            + share * (KL(uniform, prediction) + Expectation(sp.log(1 / uniform), uniform)),
        )
    )


def _as_written(wanted: sp.Expr, name: str) -> Rule:
    """Algebra that ends in ``wanted``, where SymPy finds it equal; elsewhere it does not apply."""

    def equal(expr: sp.Expr) -> bool:
        difference = sp.expand_log(wanted - expr)
        return sp.cancel(sp.together(sp.expand(difference))) == 0

    return rules.rearrange(lambda expr: wanted if equal(expr) else expr, name)


def _entropy() -> sp.Expr:
    """Of a label with the odds r against each of W others."""
    total = odds + wrong
    return -odds / total * sp.log(odds / total) - wrong / total * sp.log(1 / total)


@register
def smoothed_optimum() -> Derivation:
    r"""Smoothing makes the best margin of the right token finite: :math:`m = \log r`.

    The labels give the right token r times the probability of each of the W wrong ones; the
    prediction scores it higher than these by the margin m.
    """
    total, scores = odds + wrong, sp.exp(margin) + wrong
    loss = sp.log(scores) - odds / total * margin
    return (
        Derivation(
            "smoothed-optimum",
            "The best margin under smoothed labels",
            -odds / total * sp.log(sp.exp(margin) / scores) - wrong / total * sp.log(1 / scores),
            worlds=PROVED,
        )
        .step(_as_written(loss, "collect logarithms"), because="the normalizer is in both")
        .step(
            rules.stationary_minimum(margin, sp.log(odds)),
            because="there the prediction is the label, and the loss is convex in the margin",
        )
        .step(_as_written(_entropy(), "collect logarithms"), because="which is the label's entropy")
        .conclude(">=", _entropy())
    )


@register
def cross_entropy_slope() -> Derivation:
    r"""The loss moves with a score by prediction minus label; R sums all other :math:`e^{s_i}`."""
    return (
        Derivation(
            "cross-entropy-slope",
            "The gradient of the cross-entropy",
            Gradient(sp.log(sp.exp(score) + others) - target * score, score),
            worlds=PROVED,
        )
        .step(rules.differentiate(), because="the normalizer grows by the share of this token")
        .conclude("=", sp.exp(score) / (sp.exp(score) + others) - target)
    )
