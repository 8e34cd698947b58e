"""Rules about means of k independent draws."""

from __future__ import annotations

import sympy as sp
from sympy.core.function import AppliedUndef

from coreformulas.symbolic.draws import Average
from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Rewriting, Rule
from coreformulas.symbolic.rules.inequality import certified, tangent_gap
from coreformulas.symbolic.vocabulary import (
    Density,
    Expectation,
    Gradient,
    Normal,
    ProductDensity,
    Variance,
    derivative_of,
)


def _draw(density: ProductDensity) -> tuple[sp.Expr, sp.Symbol, sp.Expr]:
    """The variable of one draw, its index, and how many draws there are."""
    factor, index, count = density.args
    return factor.variables[0], index, count


def mean_of_draws(draws: ProductDensity, variable: sp.Symbol) -> Rule:
    r"""One mean as the mean of k draws: :math:`\mathbb{E}_q[f] = \mathbb{E}[\frac1k \sum_i f_i]`.

    ``draws`` is the product of k copies of the density of ``variable``.
    """
    one, index, count = _draw(draws)
    single = draws.args[0].xreplace({one: variable})

    def rewrite(expr: sp.Expr) -> Rewriting:
        if expr.density != single:
            raise rule.refuse(expr, f"the draws are of {to_text(single)}")
        return Rewriting(
            Expectation(Average(expr.body.xreplace({variable: one}), index, count), draws)
        )

    rule = Rule(
        name="mean of independent draws",
        statement=(
            r"\mathbb{E}_{q(z)}[f(z)] = \mathbb{E}_{\prod_i q(z_i)}"
            r"\!\left[\frac1k \sum_{i=1}^{k} f(z_i)\right]"
        ),
        fits=lambda node: (
            isinstance(node, Expectation) and not isinstance(node.density, ProductDensity)
        ),
        rewrite=rewrite,
        form="an expectation under one density",
    )
    return rule


def one_draw(variable: sp.Symbol) -> Rule:
    r"""The mean of an average of draws is the mean of one draw."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        one, index, count = _draw(expr.density)
        body = expr.body
        if body.args[1:] != (index, count):
            raise rule.refuse(expr, f"it is no average over all the {to_text(count)} draws")
        back = {one: variable}
        return Rewriting(Expectation(body.term.xreplace(back), expr.density.args[0].xreplace(back)))

    rule = Rule(
        name="mean of independent draws",
        statement=(
            r"\mathbb{E}_{\prod_i q(z_i)}\!\left[\frac1k \sum_{i=1}^{k} f(z_i)\right]"
            r" = \mathbb{E}_{q(z)}[f(z)]"
        ),
        fits=lambda node: (
            isinstance(node, Expectation)
            and isinstance(node.density, ProductDensity)
            and isinstance(node.body, Average)
        ),
        rewrite=rewrite,
        form="the expectation of an average of independent draws",
    )
    return rule


def variance_of_average(variable: sp.Symbol) -> Rule:
    r"""Averaging k independent draws divides the variance by k."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        one, index, count = _draw(expr.density)
        body = expr.body
        if not (isinstance(body, Average) and body.args[1:] == (index, count)):
            raise rule.refuse(expr, f"it is no average over all the {to_text(count)} draws")
        back = {one: variable}
        single = Variance(body.term.xreplace(back), expr.density.args[0].xreplace(back))
        return Rewriting(single / count)

    rule = Rule(
        name="variance of an average",
        statement=(
            r"\mathrm{Var}_{\prod_i q(z_i)}\!\left[\frac1k \sum_{i=1}^{k} f(z_i)\right]"
            r" = \frac1k \mathrm{Var}_{q(z)}[f(z)]"
        ),
        fits=lambda node: isinstance(node, Variance) and isinstance(node.density, ProductDensity),
        rewrite=rewrite,
        form="the variance of an average of independent draws",
        assumes=("the second moment is finite",),
    )
    return rule


def leave_one_out(other: sp.Symbol) -> Rule:
    r"""An average is the average of the averages that leave one out."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        if expr.without is not None:
            raise rule.refuse(expr, "one is left out already")
        if other == expr.index or other in expr.term.free_symbols:
            raise rule.refuse(expr, f"{other} stands in it already")
        term, index, count = expr.args
        return Rewriting(Average(Average(term, index, count, other), other, count))

    rule = Rule(
        name="leave one out",
        statement=(
            r"\frac1k \sum_{i=1}^{k} a_i"
            r" = \frac1k \sum_{j=1}^{k} \frac{1}{k-1} \sum_{i \ne j} a_i"
        ),
        fits=lambda node: isinstance(node, Average),
        rewrite=rewrite,
        form="an average",
        assumes=("k is at least 2",),
    )
    return rule


def jensen_for_average() -> Rule:
    r"""Jensen's inequality for k numbers: :math:`f(\frac1k\sum_j a_j) \ge \frac1k\sum_j f(a_j)`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        mean = expr.args[0]
        term, index, count = mean.args
        if not term.is_positive:
            raise rule.refuse(expr, f"{to_text(term)} is not known to be positive")
        t, other = sp.Dummy("t", positive=True), sp.Symbol(f"{index}'", integer=True)
        value = term.xreplace({index: other})  # the mean binds the index itself
        inner = tangent_gap(expr.func(t), t, mean, value)
        gap = Average(inner, other, count)
        after = Average(expr.func(term), index, count)
        return Rewriting(after, ">=", certified(expr.func(t), t, "concave", gap))

    rule = Rule(
        name="Jensen's inequality",
        statement=(
            r"f\!\left(\frac1k \sum_{j=1}^{k} a_j\right) \ge \frac1k \sum_{j=1}^{k} f(a_j)"
            r" \text{ for concave } f"
        ),
        fits=lambda node: (
            isinstance(node, sp.log)
            and isinstance(node.args[0], Average)
            and node.args[0].without is None
        ),
        rewrite=rewrite,
        form="the logarithm of an average",
    )
    return rule


def equal_means() -> Rule:
    r"""Terms that differ only in which draw they leave out have one mean: take the last."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        _, index, count = _draw(expr.density)
        term, other, terms = expr.body.args
        # Renaming the draws turns one term into the other only if nothing else tells them apart.
        named = [node for node in sp.preorder_traversal(term) if isinstance(node, sp.Indexed)]
        if terms != count or any(node.indices != (index,) for node in named):
            raise rule.refuse(expr, "its terms differ in more than the draw that they leave out")
        return Rewriting(Expectation(term.xreplace({other: count}), expr.density))

    rule = Rule(
        name="independent draws are alike",
        statement=(
            r"\mathbb{E}\!\left[\frac1k \sum_{j=1}^{k} f(z_{i \ne j})\right]"
            r" = \mathbb{E}\!\left[f(z_{i \ne k})\right]"
        ),
        fits=lambda node: (
            isinstance(node, Expectation)
            and isinstance(node.density, ProductDensity)
            and isinstance(node.body, Average)
            and node.body.without is None
        ),
        rewrite=rewrite,
        form="the expectation of an average over the draw that is left out",
    )
    return rule


def forget_last_draw() -> Rule:
    r"""A draw that does not occur averages to one, and k - 1 draws are left."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        factor, index, count = expr.density.args
        (average,) = expr.body.atoms(Average)
        if average.args[1:] != (index, count, count):
            raise rule.refuse(expr, f"the last of {to_text(count)} draws is not left out")
        fewer = Average(average.term, index, count - 1)
        body = expr.body.xreplace({average: fewer})
        return Rewriting(Expectation(body, ProductDensity(factor, index, count - 1)))

    rule = Rule(
        name="integrate out",
        statement=(
            r"\mathbb{E}_{\prod_{i \le k} q(z_i)}[f(z_1, \dots, z_{k-1})]"
            r" = \mathbb{E}_{\prod_{i \le k-1} q(z_i)}[f(z_1, \dots, z_{k-1})]"
        ),
        fits=lambda node: (
            isinstance(node, Expectation)
            and isinstance(node.density, ProductDensity)
            and len(node.body.atoms(Average)) == 1
        ),
        rewrite=rewrite,
        form="an expectation in which one draw is left out",
    )
    return rule


def quotient_rule() -> Rule:
    r"""Differentiate a quotient with unknown functions of the parameter in it."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        top, bottom = expr.body.as_numer_denom()
        if bottom == 1:
            raise rule.refuse(expr, "it is no quotient")
        slopes = [_slope(part, expr.parameter) for part in (top, bottom)]
        return Rewriting(sp.factor(slopes[0] * bottom - top * slopes[1]) / bottom**2)

    rule = Rule(
        name="quotient rule",
        statement=r"\left(\frac{a}{b}\right)' = \frac{a' b - a b'}{b^2}",
        fits=lambda node: isinstance(node, Gradient) and node.body.has(AppliedUndef),
        rewrite=rewrite,
        form="the gradient of a quotient with an unknown function in it",
    )
    return rule


def _slope(expr: sp.Expr, parameter: sp.Symbol) -> sp.Expr:
    """The derivative, with the one of an unknown function as a function of its own."""
    slope = sp.diff(expr, parameter)
    return slope.replace(sp.Derivative, lambda body, _: derivative_of(body.func)(*body.args))


def log_derivative_back(density: Density | Normal) -> Rule:
    r"""The log-derivative trick read backwards: a mean with the score in it is a gradient."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        (score,) = expr.body.atoms(Gradient)
        rest = expr.body / score
        if score.body != sp.log(density) or expr.density != density or rest.has(Gradient):
            raise rule.refuse(expr, f"it is no mean under {to_text(density)} of its own score")
        if score.parameter in rest.free_symbols:
            raise rule.refuse(expr, f"{to_text(rest)} itself depends on {score.parameter}")
        return Rewriting(Gradient(Expectation(rest, density), score.parameter))

    rule = Rule(
        name="log-derivative trick",
        statement=(
            r"\mathbb{E}_{p}\!\left[f \, \frac{\partial}{\partial\theta} \log p\right]"
            r" = \frac{\partial}{\partial\theta} \mathbb{E}_{p}[f]"
            r" \text{ where } f \text{ does not depend on } \theta"
        ),
        fits=lambda node: isinstance(node, Expectation) and len(node.body.atoms(Gradient)) == 1,
        rewrite=rewrite,
        form="an expectation with one gradient in it",
        assumes=("the gradient of the integrand is dominated by an integrable function",),
    )
    return rule
