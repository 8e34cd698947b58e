r"""Rate and distortion of a linear VAE along one principal axis: where the trade is known exactly.

The data have the variance v on the axis; the encoder is :math:`N(a x, s^2)`, and the decoder has
the mean w z. With the weight beta before the rate and the decoder's variance sigma^2, what counts
is their product :math:`\tau = \beta \sigma^2`.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import KL, Expectation, Normal
from coreformulas.symbolic.worlds import ClosedFormWorld
from coreformulas.vae.derivation import gaussian_kl

x, z = sp.symbols("x z", real=True)
_proved = (ClosedFormWorld(evidence=("proved", "proved")),)
a, w = sp.symbols("a w", real=True)
s, v, tau, delta = sp.symbols("s v tau delta", positive=True)
_code, _axis = Normal(z, a * x, s), Normal(x, 0, sp.sqrt(v))


@register
def linear_rate() -> Derivation:
    r"""The rate of a linear encoder along an axis on which the data have the variance v."""
    lemma = gaussian_kl()
    names = {str(symbol): symbol for symbol in lemma.end.free_symbols}
    values = {
        names["mu_1"]: _code.mean,
        names["sigma_1"]: _code.scale,
        names["mu_2"]: sp.Integer(0),
        names["sigma_2"]: sp.Integer(1),
    }
    return (
        Derivation(
            "linear-rate",
            "The rate of a linear encoder",
            Expectation(KL(_code, Normal(z, 0, 1)), _axis),
            worlds=_proved,
        )
        .step(rules.result_of(lemma, values), because="both are Gaussians")
        .step(rules.linearity(), because="only a square of x is left to average")
        .step(rules.gaussian_moments(), because="and it averages to the variance of the data")
        .conclude("=", a**2 * v / 2 + s**2 / 2 - sp.log(s) - sp.Rational(1, 2))
    )


@register
def linear_code_error() -> Derivation:
    r"""The squared error that a linear encoder leaves to a linear decoder."""
    return (
        Derivation(
            "linear-code-error",
            "The squared error after a linear code",
            Expectation(Expectation((x - w * z) ** 2, _code), _axis),
            worlds=_proved,
        )
        .step(rules.gaussian_moments(), because="the mean over the codes of one example")
        .step(rules.gaussian_moments(), because="the mean over the data")
        .conclude("=", v * (a * w - 1) ** 2 + s**2 * w**2)
    )


# The best linear VAE with the noise tau on an axis of variance tau + delta (chapter vae/exact).
_total = tau + delta
_optimum = {
    v: _total,
    w: sp.sqrt(delta),
    a: sp.sqrt(delta) / _total,
    s: sp.sqrt(tau) / sp.sqrt(_total),
}


@register
def linear_rate_at_optimum() -> Derivation:
    r"""Half the logarithm of variance over noise, where the variance is the larger one."""
    return (
        Derivation(
            "linear-rate-at-optimum",
            "The rate of the best linear VAE",
            linear_rate().end.xreplace(_optimum),
            worlds=_proved,
            source="Cover and Thomas 2006, section 10.3.3",
        )
        .step(
            rules.rearrange(_cancel_ratios, "cancel"),
            because="squared mean and variance add up to one: the codes fit the prior",
        )
        .conclude("=", sp.log(_total) / 2 - sp.log(tau) / 2)
    )


def _cancel_ratios(expr: sp.Expr) -> sp.Expr:
    logarithms, ratios = sp.sift(expr.args, lambda term: term.has(sp.log), binary=True)
    return sp.expand(sp.expand_log(sp.Add(*logarithms))) + sp.cancel(sp.Add(*ratios))


@register
def linear_error_at_optimum() -> Derivation:
    r"""The squared error is the noise level, whatever the variance of the axis."""
    return (
        Derivation(
            "linear-error-at-optimum",
            "The squared error of the best linear VAE",
            linear_code_error().end.xreplace(_optimum),
            worlds=_proved,
            source="Cover and Thomas 2006, section 10.3.3",
        )
        .step(rules.rearrange(sp.factor, "factor"), because="the variance of the axis cancels")
        .conclude("=", tau)
    )
