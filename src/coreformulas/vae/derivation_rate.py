r"""Rate, distortion and information: what a latent code costs, and what it carries.

Here q is a joint: :math:`q(x)` is the distribution of the data, :math:`q(z \mid x)` the encoder,
and :math:`q(z) = \mathbb{E}_{q(x)}[q(z \mid x)]` the aggregate posterior. The rate is
:math:`R = \mathbb{E}_{q(x)} D_{KL}(q(z \mid x) \| p(z))` and the distortion
:math:`D = -\mathbb{E}_{q(x)} \mathbb{E}_{q(z \mid x)}[\log p(x \mid z)]`.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import KL, Density, Expectation, Gradient
from coreformulas.symbolic.worlds import ClosedFormWorld, FiniteWorld
from coreformulas.vae.derivation import (
    elbo,
    elbo_as_reconstruction_minus_kl,
    likelihood,
    mu,
    prior,
    q,
    x,
    z,
)

data, aggregate, backward = Density("q", x), Density("q", z), Density("q", x, z)
rate = Expectation(KL(q, prior), data)
information = Expectation(KL(q, aggregate), data)
distortion = -Expectation(Expectation(sp.log(likelihood), q), data)
entropy = -Expectation(sp.log(data), data)
_finite = (FiniteWorld({"p": (x, z), "q": (x, z)}, size=2),)
_proved = (ClosedFormWorld(evidence=("proved", "proved")),)


@register
def elbo_surgery() -> Derivation:
    r"""The rate is mutual information plus the divergence of the aggregate posterior."""
    return (
        Derivation(
            "elbo-surgery",
            "The rate is information plus a mismatch",
            rate,
            worlds=_finite,
            source="Hoffman and Johnson 2016",
        )
        .step(rules.definition_of_kl(), because="write the divergence as a mean")
        .step(
            rules.split_log_ratio(aggregate),
            because="put the aggregate posterior between encoder and prior",
        )
        .step(rules.linearity(), because="two means for each example")
        .step(rules.linearity(), because="and two over the data")
        .step(
            rules.recognize_kl(),
            because="encoder over aggregate: a divergence for each example",
        )
        .step(
            rules.total_expectation(),
            because="aggregate over prior does not see which x a code came from: average that out",
        )
        .step(rules.recognize_kl(), because="it is the divergence of the average from the prior")
        .conclude("=", information + KL(aggregate, prior))
    )


@register
def rate_bounds_information() -> Derivation:
    r"""The rate is an upper bound of the mutual information: :math:`R \ge I_q(x; z)`."""
    return (
        Derivation(
            "rate-bounds-information",
            "A code carries no more than its rate",
            rate,
            worlds=_finite,
            source="Alemi et al. 2018, section 2",
        )
        .step(rules.result_of(elbo_surgery(), {}), because="split the rate")
        .step(
            rules.nonnegative_divergence(),
            at=KL(aggregate, prior),
            because="what codes cost that do not fit the prior tells nothing about x",
        )
        .conclude(">=", information)
    )


@register
def distortion_bounds_information() -> Derivation:
    r"""Entropy minus distortion is a lower bound: :math:`I_q(x; z) \ge H - D`."""
    return (
        Derivation(
            "distortion-bounds-information",
            "A code carries at least what the decoder makes of it",
            information,
            worlds=_finite,
            source="Alemi et al. 2018, section 2",
        )
        .step(rules.definition_of_kl(), because="write the divergence as a mean")
        .step(rules.bayes(x, joint="q"), at=aggregate, because="bring in the way back to x")
        .step(rules.product_rule(x, joint="q"), because="the encoder cancels")
        .step(
            rules.split_log_ratio(likelihood),
            because="put the decoder, which can be computed, before the exact way back",
        )
        .step(rules.linearity(), because="two means for each example")
        .step(rules.linearity(), because="and two over the data")
        .step(
            rules.exchange_expectations(),
            at=Expectation(Expectation(sp.log(backward / likelihood), q), data),
            because="draw the code first, then an x that it came from",
        )
        .step(rules.recognize_kl(), because="what the decoder misses is a divergence")
        .step(rules.nonnegative_divergence(), because="a decoder can only lose information")
        .step(rules.expand_logarithm(), because="the logarithm of a ratio")
        .step(rules.linearity(), because="the data do not depend on the code")
        .step(rules.linearity(), because="distortion and entropy stand apart")
        .conclude(">=", entropy - distortion)
    )


@register
def rate_plus_distortion() -> Derivation:
    r"""Rate plus distortion is the mean negative ELBO: a diagonal for each value of it."""
    return (
        Derivation(
            "rate-plus-distortion",
            "Rate plus distortion is the negative ELBO",
            -Expectation(elbo, data),
            worlds=_finite,
            source="Alemi et al. 2018, section 2",
        )
        .step(
            rules.result_of(elbo_as_reconstruction_minus_kl(), {}),
            because="the form of the article, for every example",
        )
        .step(rules.linearity(), because="two means over the data")
        .conclude("=", distortion + rate)
    )


@register
def beta_as_constraint() -> Derivation:
    r"""The minimizer of D + beta R has the least distortion at its rate, or below."""
    best, best_rate = sp.symbols("D_* R_*", real=True)
    beta, slack, excess = sp.symbols("beta s delta", positive=True)
    return (
        Derivation(
            "beta-as-constraint",
            "The weight beta is the price of a constraint",
            (best + beta * best_rate + excess) - beta * (best_rate - slack),
            worlds=_proved,
            source="Higgins et al. 2017, section 2; Boyd and Vandenberghe 2004, section 5.1.3",
        )
        .step(rules.rearrange(sp.expand, "expand"), because="the rate of the minimizer cancels")
        .step(
            rules.increasing_from_zero(excess),
            because="no model has less than the minimum of distortion plus β times rate",
        )
        .step(
            rules.increasing_from_zero(slack),
            because="and this one keeps to the constraint: its rate is not above that one",
        )
        .conclude(">=", best)
    )


@register
def collapse_is_optimal() -> Derivation:
    r"""With a decoder that ignores z, no encoder does better than the prior."""
    decoder = Density("r", x)
    return (
        Derivation(
            "collapse-is-optimal",
            "Where the decoder ignores the code, collapse is optimal",
            Expectation(sp.log(decoder), q) - KL(q, prior),
            worlds=(FiniteWorld({"p": (z,), "q": (x, z), "r": (x,)}),),
            source="Bowman et al. 2016, section 3.1; Chen et al. 2017, section 2",
        )
        .step(rules.linearity(), because="the first term does not see the code")
        .step(
            rules.nonnegative_divergence(),
            because="what is left of the code is its price, zero where the encoder is the prior",
        )
        .conclude("<=", sp.log(decoder))
    )


@register
def free_bits_gradient() -> Derivation:
    r"""The gradient of a divergence with free nats: none below, all of it above."""
    free = sp.Symbol("F", positive=True)
    rest = sp.Symbol("c", positive=True)
    divergence = sp.factor_terms((mu**2 + rest) / 2)
    floor = sp.Piecewise((free, divergence <= free), (divergence, True))
    return (
        Derivation(
            "free-bits-gradient",
            "What free bits do to the gradient",
            Gradient(floor, mu),
            worlds=_proved,
            source="Kingma et al. 2016, on free bits",
        )
        .step(rules.differentiate(), because="a constant has no slope, the divergence has its own")
        .conclude("=", sp.Piecewise((0, divergence <= free), (mu, True)))
    )
