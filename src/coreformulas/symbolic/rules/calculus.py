"""Rules for closed forms: densities written out, moments, changes of variable, gradients."""

from __future__ import annotations

import sympy as sp
from sympy.core.function import AppliedUndef

from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Rewriting, Rule
from coreformulas.symbolic.vocabulary import (
    Binomial,
    Density,
    Expectation,
    Gradient,
    Integrate,
    Normal,
    Variance,
    Word,
    derivative_of,
)


def write_out() -> Rule:
    """Replace each named density inside a logarithm by its formula."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        return Rewriting(
            expr.replace(lambda node: isinstance(node, Normal | Binomial), lambda d: d.formula())
        )

    return Rule(
        name="write the density out",
        statement=(
            r"\mathcal{N}(z; \mu, \sigma^2) ="
            r" \frac{1}{\sqrt{2\pi}\,\sigma} e^{-(z-\mu)^2 / 2\sigma^2},\quad"
            r" \mathrm{Binomial}(x; n, \pi) = \binom{n}{x} \pi^x (1-\pi)^{n-x}"
        ),
        fits=lambda node: isinstance(node, sp.log) and node.has(Normal, Binomial),
        rewrite=rewrite,
        form="the logarithm of a density with a known formula",
    )


def gaussian_moments() -> Rule:
    r"""Means of polynomials under a normal density.

    By :math:`z = \mu + \sigma\epsilon` with :math:`\mathbb{E}[\epsilon^{2k}] = (2k - 1)!!` and odd
    moments zero.
    """

    def rewrite(expr: sp.Expr) -> Rewriting:
        density = expr.density
        (z,) = density.variables
        epsilon = sp.Dummy("epsilon", real=True)
        total = sp.Integer(0)
        for term in sp.Add.make_args(expr.body):
            standard = term.xreplace({z: density.mean + density.scale * epsilon})
            if not standard.is_polynomial(epsilon):
                raise rule.refuse(expr, f"{to_text(term)} is no polynomial in {to_text(z)}")
            for power in range(0, sp.degree(standard, epsilon) + 1, 2):
                coefficient = sp.diff(standard, epsilon, power).subs(epsilon, 0)
                total += coefficient * sp.factorial2(power - 1) / sp.factorial(power)
        return Rewriting(total)

    rule = Rule(
        name="moments of a Gaussian",
        statement=r"\mathbb{E}[z] = \mu,\quad \mathbb{E}[(z - a)^2] = \sigma^2 + (\mu - a)^2",
        fits=lambda node: (
            isinstance(node, Expectation)
            and isinstance(node.density, Normal)
            and not node.body.has(Expectation)  # the innermost mean first
        ),
        rewrite=rewrite,
        form="an expectation under a normal density",
    )
    return rule


def reparameterize(noise: sp.Symbol) -> Rule:
    r"""Move the parameters out of the density: :math:`z = \mu + \sigma\epsilon`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        density = expr.density
        if noise in expr.body.free_symbols:
            raise rule.refuse(expr, f"{noise} stands in it already")
        value = density.mean + density.scale * noise
        return Rewriting(
            Expectation(expr.body.xreplace({density.variables[0]: value}), Normal(noise, 0, 1))
        )

    rule = Rule(
        name="reparameterize",
        statement=(
            r"\mathbb{E}_{\mathcal{N}(z; \mu, \sigma^2)}[f(z)]"
            r" = \mathbb{E}_{\mathcal{N}(\epsilon; 0, 1)}[f(\mu + \sigma\epsilon)]"
        ),
        fits=lambda node: isinstance(node, Expectation) and isinstance(node.density, Normal),
        rewrite=rewrite,
        form="an expectation under a normal density",
    )
    return rule


def differentiate_inside() -> Rule:
    r"""The gradient of a mean is the mean of the gradient, :math:`\mathbb{E}_p[\partial f]`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        mean, parameter = expr.body, expr.parameter
        if parameter in mean.density.free_symbols:
            raise rule.refuse(
                expr, f"the density {to_text(mean.density)} itself depends on {parameter}"
            )
        return Rewriting(Expectation(Gradient(mean.body, parameter), mean.density))

    rule = Rule(
        name="exchange gradient and mean",
        statement=(
            r"\frac{\partial}{\partial\theta} \mathbb{E}_{p}[f]"
            r" = \mathbb{E}_{p}\!\left[\frac{\partial f}{\partial\theta}\right]"
            r" \text{ where } p \text{ does not depend on } \theta"
        ),
        fits=lambda node: isinstance(node, Gradient) and isinstance(node.body, Expectation),
        rewrite=rewrite,
        form="the gradient of an expectation",
        assumes=("the gradient of what is averaged is dominated by an integrable function",),
    )
    return rule


def chain_rule() -> Rule:
    r"""Differentiate an unknown function of a known argument: :math:`f(u)' = f'(u)\, u'`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        (argument,) = expr.body.args
        outer = derivative_of(expr.body.func)(argument)
        return Rewriting(outer * sp.diff(argument, expr.parameter))

    return Rule(
        name="chain rule",
        statement=(
            r"\frac{\partial}{\partial\theta} f(u) = f'(u) \, \frac{\partial u}{\partial\theta}"
        ),
        fits=lambda node: (
            isinstance(node, Gradient)
            and isinstance(node.body, AppliedUndef)
            and len(node.body.args) == 1
        ),
        rewrite=rewrite,
        form="the gradient of an unknown function of one argument",
    )


def differentiate_under_integral() -> Rule:
    r"""The gradient of an integral is the integral of the gradient."""
    return Rule(
        name="exchange gradient and integral",
        statement=(
            r"\frac{\partial}{\partial\theta} \int f \, dz"
            r" = \int \frac{\partial f}{\partial\theta} \, dz"
        ),
        fits=lambda node: isinstance(node, Gradient) and isinstance(node.body, Integrate),
        rewrite=lambda expr: Rewriting(
            Integrate(Gradient(expr.body.body, expr.parameter), expr.body.variable)
        ),
        form="the gradient of an integral",
        assumes=("the gradient of the integrand is dominated by an integrable function",),
    )


def log_derivative(density: Density | Normal) -> Rule:
    r"""The log-derivative trick: :math:`\partial (p f) = p f \, \partial \log p`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        if density not in sp.Mul.make_args(expr.body):
            raise rule.refuse(expr, f"{to_text(density)} is no factor of {to_text(expr.body)}")
        rest = expr.body / density
        if expr.parameter in rest.free_symbols:
            raise rule.refuse(expr, f"{to_text(rest)} itself depends on {expr.parameter}")
        return Rewriting(density * rest * Gradient(sp.log(density), expr.parameter))

    rule = Rule(
        name="log-derivative trick",
        statement=(
            r"\frac{\partial}{\partial\theta} \left( p \, f \right)"
            r" = p \, f \, \frac{\partial}{\partial\theta} \log p"
            r" \text{ where } f \text{ does not depend on } \theta"
        ),
        fits=lambda node: isinstance(node, Gradient) and node.body.has(density),
        rewrite=rewrite,
        form=f"the gradient of {to_text(density)} times something",
    )
    return rule


def differentiate() -> Rule:
    """Carry out the gradient of a closed form, with densities written out by their formulas."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        body = expr.body.replace(
            lambda node: isinstance(node, Normal | Binomial), lambda density: density.formula()
        )
        if body.atoms(Word):
            raise rule.refuse(expr, f"{to_text(expr.body)} is no closed form")
        slope = sp.diff(sp.expand_log(body), expr.parameter)
        parts = (sp.fraction(sp.factor_terms(term)) for term in sp.Add.make_args(slope))
        return Rewriting(sp.Add(*(top / bottom for top, bottom in parts)))

    rule = Rule(
        name="differentiate",
        statement=(
            r"\frac{\partial}{\partial\mu} \log \mathcal{N}(z; \mu, \sigma^2)"
            r" = \frac{z - \mu}{\sigma^2},\quad"
            r" \frac{\partial}{\partial\sigma} \log \mathcal{N}(z; \mu, \sigma^2)"
            r" = \frac{(z - \mu)^2}{\sigma^3} - \frac{1}{\sigma}"
        ),
        fits=lambda node: isinstance(node, Gradient) and not node.body.has(AppliedUndef),
        rewrite=rewrite,
        form="the gradient of a closed form",
    )
    return rule


def definition_of_variance() -> Rule:
    r"""A variance by its first two moments, :math:`\mathbb{E}_q[f^2] - \mathbb{E}_q[f]^2`."""
    return Rule(
        name="definition of the variance",
        statement=r"\mathrm{Var}_q[f] = \mathbb{E}_q[f^2] - \mathbb{E}_q[f]^2",
        fits=lambda node: isinstance(node, Variance),
        rewrite=lambda expr: Rewriting(
            Expectation(expr.body**2, expr.density) - Expectation(expr.body, expr.density) ** 2
        ),
        form="a variance",
        assumes=("both moments are finite",),
    )
