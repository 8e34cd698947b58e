r"""Where the answer is known: the marginal likelihood of probabilistic PCA and its maximum.

Along each principal axis of the data the model is scalar, :math:`z \sim N(0, 1)` and
:math:`x \mid z \sim N(w z + \mu, \sigma^2)`, and the axes add up; :math:`v` is the variance of the
data along the axis (an eigenvalue of the sample covariance).
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import Expectation, Integrate, Normal
from coreformulas.symbolic.worlds import ClosedFormWorld

x, z, mu, w = sp.symbols("x z mu w", real=True)
sigma, v, delta, tau = sp.symbols("sigma v delta tau", positive=True)
half = sp.Rational(1, 2)
total = w**2 + sigma**2
prior, likelihood = Normal(z, 0, 1), Normal(x, w * z + mu, sigma)
marginal = Normal(x, mu, sp.sqrt(total))
posterior = Normal(z, w * (x - mu) / total, sigma / sp.sqrt(total))
_proved = (ClosedFormWorld(evidence=("proved", "proved")),)


@register
def ppca_posterior() -> Derivation:
    r"""Prior times likelihood is marginal times posterior, both normal."""
    return (
        Derivation(
            "ppca-posterior",
            "Prior times likelihood is marginal times posterior",
            prior * likelihood,
            worlds=_proved,
            source="Tipping and Bishop 1999, section 3.1; Bishop 2006, eqs. (2.113) to (2.117)",
        )
        .step(
            rules.complete_the_square(z),
            because="the exponent is a quadratic in z: its center and width make the posterior",
        )
        .conclude("=", marginal * posterior)
    )


@register
def ppca_marginal() -> Derivation:
    r"""The marginal likelihood: :math:`p(x) = N(x; \mu, w^2 + \sigma^2)`."""
    return (
        Derivation(
            "ppca-marginal",
            "The marginal likelihood of the linear model",
            Integrate(prior * likelihood, z),
            worlds=_proved,
            source="Tipping and Bishop 1999, section 3.1; Bishop 2006, eqs. (12.35) and (12.36)",
        )
        .step(
            rules.result_of(ppca_posterior(), {}),
            because="collect what depends on z in one density of z",
        )
        .step(rules.constant_out_of_integral(), because="the marginal does not depend on z")
        .step(rules.integrate_out(), because="the posterior integrates to one")
        .conclude("=", marginal)
    )


@register
def ppca_log_likelihood() -> Derivation:
    r"""The mean log-likelihood of data with mean mu and variance v along the axis."""
    return (
        Derivation(
            "ppca-log-likelihood",
            "The mean log-likelihood along one axis",
            Expectation(sp.log(marginal), Normal(x, mu, sp.sqrt(v))),
            worlds=_proved,
            source="Tipping and Bishop 1999, section 3.1; Bishop 2006, eq. (12.44)",
        )
        .step(rules.write_out(), because="put the formula in")
        .step(rules.expand_logarithm(), because="the logarithm undoes the exponential")
        .step(rules.linearity(), because="only the square is left to average")
        .step(rules.gaussian_moments(), because="and it averages to the variance of the data")
        .conclude(
            "=", -half * sp.log(2) - half * sp.log(sp.pi) - half * sp.log(total) - v / (2 * total)
        )
    )


@register
def ppca_maximum() -> Derivation:
    r"""No precision does better than one over the variance of the data."""
    return (
        Derivation(
            "ppca-maximum",
            "The best variance of the model is that of the data",
            v * tau - sp.log(tau),
            worlds=_proved,
            source="Tipping and Bishop 1999, eq. (7) and appendix A",
        )
        .step(
            rules.stationary_minimum(tau, 1 / v),
            because="the slope v - 1/τ is zero there, and the curvature 1/τ² is positive",
        )
        .step(rules.rearrange(sp.expand_log, "expand"), because="log 1/v is minus log v")
        .conclude(">=", 1 + sp.log(v))
    )


@register
def ppca_dead_axis() -> Derivation:
    r"""Where the noise exceeds the data by delta, the best squared weight t is zero."""
    t = sp.Symbol("t", positive=True)
    return (
        Derivation(
            "ppca-dead-axis",
            "An axis under the noise is best left alone",
            v / (v + delta + t) + sp.log(v + delta + t),
            worlds=_proved,
            source="Tipping and Bishop 1999, appendix A; Lucas et al. 2019, section 4",
        )
        .step(
            rules.increasing_from_zero(t),
            because="the slope (t + δ)/(v + δ + t)² is positive: more weight costs more",
        )
        .conclude(">=", v / (v + delta) + sp.log(v + delta))
    )


@register
def ppca_noise() -> Derivation:
    r"""The best noise is the mean of the variances that are left to it."""
    return (
        Derivation(
            "ppca-noise",
            "The noise is the mean of the variances left over",
            ((v + delta) * tau - sp.log(tau)) + ((v - delta) * tau - sp.log(tau)),
            worlds=(ClosedFormWorld(evidence=("exact", "exact for two axes left over")),),
            source="Tipping and Bishop 1999, eq. (8)",
        )
        .step(
            rules.rearrange(sp.expand, "expand"),
            because="the two variances matter by their mean v alone",
        )
        .step(
            rules.stationary_minimum(tau, 1 / v),
            because="the slope 2 v - 2/τ is zero there, and the curvature 2/τ² is positive",
        )
        .step(rules.rearrange(sp.expand_log, "expand"), because="log 1/v is minus log v")
        .conclude(">=", 2 + 2 * sp.log(v))
    )


@register
def ppca_tilted_axis() -> Derivation:
    r"""What a weight vector loses that is turned away from the principal axis, for D = 2."""
    v_1, v_2 = sp.symbols("v_1 v_2", positive=True)
    r = sp.Symbol("r", real=True)
    tilt = sp.Symbol("theta", real=True)
    turned = sp.sin(tilt) ** 2
    along, across = v_1 - (v_1 - v_2) * turned, v_2 + (v_1 - v_2) * turned
    return (
        Derivation(
            "ppca-tilted-axis",
            "The price of missing the principal axis",
            along / (r**2 + sigma**2)
            + across / sigma**2
            - v_1 / (r**2 + sigma**2)
            - v_2 / sigma**2,
            worlds=(ClosedFormWorld(evidence=("exact", "exact for D = 2")),),
            source="Tipping and Bishop 1999, appendix A",
        )
        .step(
            rules.rearrange(sp.factor, "factor"),
            because="what is lost along the weight is noise across it",
        )
        .conclude(
            "=",
            r**2 * (v_1 - v_2) * turned / (sigma**2 * (r**2 + sigma**2)),
        )
    )
