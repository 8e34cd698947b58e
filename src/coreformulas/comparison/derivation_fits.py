r"""One Gaussian for a target with two modes: what each divergence asks of it.

The target is :math:`p = \frac12 N(-a, s^2) + \frac12 N(a, s^2)` where it is named, and any density
with a finite variance where it is not.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.divergence import Mixture
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import (
    KL,
    Density,
    Expectation,
    Gradient,
    Integrate,
    Normal,
    Variance,
)
from coreformulas.symbolic.worlds import ClosedFormWorld, FiniteWorld, NumericWorld

x, m, epsilon = sp.symbols("x m epsilon", real=True)
a, s, tau, sigma, w = sp.symbols("a s tau sigma w", positive=True)
half = sp.Rational(1, 2)
p, r, q = Density("p", x), Density("r", x), Density("q", x)
f = sp.Function("f", real=True)
left, right = Normal(x, -a, s), Normal(x, a, s)
fit, noise = Normal(x, m, sigma), Normal(epsilon, 0, 1)
_finite = (FiniteWorld({"p": (x,), "r": (x,), "q": (x,)}),)
_proved = (ClosedFormWorld(evidence=("proved", "proved")),)
_t = ClosedFormWorld.argument
_quartic = sum(c * _t**k for k, c in enumerate(sp.symbols("c_0:5", real=True)))
_smooth = (
    ClosedFormWorld(functions={"f": _quartic}, evidence=("exact", "exact for quartic f")),
    NumericWorld(functions={"f": sp.sin(_t)}, count=4),
)
_REZENDE = "Rezende et al. 2014, section 3"


@register
def kl_to_a_gaussian() -> Derivation:
    r"""Whatever the target, the best mean of a Gaussian is the mean of the target."""
    model = Normal(x, m, 1 / sp.sqrt(tau))
    entropy = Expectation(sp.log(p), p)
    spread = tau / 2 * Variance(x, p)
    return (
        Derivation(
            "kl-to-a-gaussian",
            "The Gaussian of maximum likelihood has the mean of the target",
            KL(p, model),
            worlds=(FiniteWorld({"p": (x,)}), ClosedFormWorld({p: Normal(x, a, s).formula()})),
            source="Bishop 2006, section 10.7, eqs. (10.186) and (10.187)",
        )
        .step(rules.definition_of_kl(), because="the target does the averaging")
        .step(rules.expand_logarithm(), because="the model enters by its logarithm alone")
        .step(rules.write_out(), at=sp.log(model), because="whose formula is known")
        .step(
            rules.expand_logarithm(),
            at=sp.log(model.formula()),
            because="the logarithm of a Gaussian is a quadratic",
        )
        .step(rules.rearrange(sp.expand, "expand"), because="in x, with three coefficients")
        .step(rules.linearity(), because="so of the target two moments matter and no more")
        .step(
            rules.stationary_minimum(m, Expectation(x, p)),
            because="the slope τ (m - E[x]) is zero there, and the curvature is τ",
        )
        .step(rules.second_moment(), because="the second moment is variance plus squared mean")
        .step(rules.rearrange(sp.expand, "expand"), because="and the squared means cancel")
        .conclude(">=", entropy + spread - sp.log(tau) / 2 + sp.log(2) / 2 + sp.log(sp.pi) / 2)
    )


@register
def second_moment_of_two_bells() -> Derivation:
    r"""The variance of the bimodal target, whose mean is zero: what the two bells add up to."""
    return (
        Derivation(
            "second-moment-of-two-bells",
            "The variance of two bells",
            Integrate(x**2 * (left + right) / 2, x),
            worlds=_proved,
        )
        .step(rules.split_integral(), because="half of the target is in each bell")
        .step(rules.recognize_expectation(left), because="a mean under the left one")
        .step(rules.recognize_expectation(right), because="and one under the right one")
        .step(rules.gaussian_moments(), because="variance plus squared mean, a²")
        .step(rules.gaussian_moments(), because="and as much under the other one")
        .conclude("=", a**2 + s**2)
    )


@register
def one_mode_costs_log_two() -> Derivation:
    r"""Where half of the target is p, a fit that knows p alone pays at most log 2 for that."""
    return (
        Derivation(
            "one-mode-costs-log-two",
            "To leave out half of the target costs log 2 at most",
            KL(q, Mixture(p, r)),
            worlds=_finite,
        )
        .step(rules.definition_of_kl(), because="the fit does the averaging")
        .step(rules.write_mixture_out(), because="the target is half of each density")
        .step(rules.split_log_ratio(p), because="compare with one of them")
        .step(rules.log_of_product(2), at=sp.log(2 * q / p), because="a 2 comes out")
        .step(rules.log_of_share(), because="the other one can only add to the target")
        .step(rules.linearity(), because="the mean of a constant is the constant")
        .step(rules.recognize_kl(), because="what is left compares the fit with one mode")
        .conclude("<=", sp.log(2) + KL(q, p))
    )


@register
def slope_in_the_width() -> Derivation:
    r"""How a Gaussian mean changes with the standard deviation: by the mean curvature."""
    moved = m + sigma * epsilon
    second = sp.Function("f''", real=True)(moved)
    return (
        Derivation(
            "slope-in-the-width",
            "A wider Gaussian averages more curvature",
            Gradient(Expectation(f(x), fit), sigma),
            worlds=_smooth,
            source=_REZENDE,
        )
        .step(rules.reparameterize(epsilon), because="take the width out of the density")
        .step(rules.differentiate_inside(), because="the noise does not depend on it")
        .step(rules.chain_rule(), because="f moves with its argument")
        .step(rules.integrate_by_parts(), because="a factor of the noise becomes a derivative")
        .step(rules.linearity(), because="the width is a constant")
        .conclude("=", sigma * Expectation(second, noise))
    )


@register
def curvature_in_the_mean() -> Derivation:
    r"""How the slope in the mean changes with the mean: by the mean curvature as well."""
    second = sp.Function("f''", real=True)(m + sigma * epsilon)
    return (
        Derivation(
            "curvature-in-the-mean",
            "A shifted Gaussian averages the same curvature",
            Gradient(Gradient(Expectation(f(x), fit), m), m),
            worlds=_smooth,
            source=_REZENDE,
        )
        .step(rules.reparameterize(epsilon), because="take the mean out of the density")
        .step(rules.differentiate_inside(), because="the noise does not depend on it")
        .step(rules.chain_rule(), because="f moves with its argument")
        .step(rules.differentiate_inside(), because="once more")
        .step(rules.chain_rule(), because="and its slope moves too")
        .conclude("=", Expectation(second, noise))
    )


def _apart(expr: sp.Expr) -> sp.Expr:
    """The logarithm of the two bells: of one in their middle, and of a hyperbolic cosine."""
    (bells,) = expr.atoms(sp.log)
    middle = sp.exp(-(x**2 + a**2) / (2 * s**2)) / (sp.sqrt(2 * sp.pi) * s)
    rest = sp.powsimp(sp.expand(bells.args[0] / middle, power_exp=False), combine="exp")
    exponents = sp.simplify(rest.replace(sp.exp, lambda u: sp.exp(sp.expand(u))))
    return expr.xreplace(
        {bells: sp.log(exponents.rewrite(sp.cosh)) + sp.expand_log(sp.log(middle))}
    )


def _short(expr: sp.Expr) -> sp.Expr:
    return sp.expand(sp.simplify(expr))


@register
def curvature_of_two_bells() -> Derivation:
    r"""The curvature of -log p for the bimodal target: least, and perhaps negative, in between."""
    start = -sp.log(left / 2 + right / 2)
    chain = (
        Derivation(
            "curvature-of-two-bells",
            "Between two bells the log density may curve the wrong way",
            Gradient(Gradient(start, x), x),
            worlds=(*_proved, NumericWorld(count=20)),
        )
        .step(rules.write_out(), because="both formulas are known")
        .step(rules.rearrange(_apart, "common factor"), because="the even part is one bell's")
    )
    return (
        chain.step(rules.differentiate(), at=chain.end.body, because="a parabola and a logarithm")
        .step(rules.differentiate(), because="once more")
        .step(rules.rearrange(_short, "simplify"), because="cosh² - sinh² is one")
        .conclude("=", 1 / s**2 - a**2 / (s**4 * sp.cosh(a * x / s**2) ** 2))
    )


def _collect(expr: sp.Expr) -> sp.Expr:
    """A sum of logarithms, each with its whole coefficient."""
    flat = sp.expand(expr)
    return sp.Add(*(sp.factor(flat.coeff(item)) * item for item in flat.atoms(sp.log)))


@register
def jsd_of_one_mode() -> Derivation:
    r"""Modes far apart: the target has a share w in one, and the fit is that one."""
    own, other = 2 * w / (1 + w), sp.Integer(2)
    return (
        Derivation(
            "jsd-of-one-mode",
            "What the JSD charges for a mode that is left out",
            half * (w * sp.log(own) + (1 - w) * sp.log(other)) + half * sp.log(2 / (1 + w)),
            worlds=_proved,
            source="Lin 1991",
        )
        .step(rules.expand_logarithm(), at=sp.log(own), because="take it apart")
        .step(rules.expand_logarithm(), at=sp.log(2 / (1 + w)), because="and this one")
        .step(rules.rearrange(_collect, "collect"), because="the shares of log 2 add up to one")
        .conclude("=", sp.log(2) + w * sp.log(w) / 2 - (1 + w) * sp.log(1 + w) / 2)
    )
