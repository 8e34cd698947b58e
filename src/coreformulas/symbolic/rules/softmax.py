"""Rules about softmax: scores as log weights, and the gradient of a weighted mean."""

from __future__ import annotations

import sympy as sp
from sympy.core.function import AppliedUndef

from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Rewriting, Rule
from coreformulas.symbolic.softmax import LogSumExp, Softmax
from coreformulas.symbolic.vocabulary import Expectation, Gradient, ProductDensity, Variance


def score_as_log_weight(key: sp.Symbol) -> Rule:
    r"""A score is the logarithm of its softmax weight, plus the normalizer of all scores."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        return Rewriting(sp.log(Softmax(expr, key)) + LogSumExp(expr, key))

    return Rule(
        name="logarithm of the softmax",
        statement=r"s(j) = \log \mathrm{softmax}(s)_j + \log \sum_i e^{s(i)}",
        fits=lambda node: isinstance(node, AppliedUndef) and key in node.args,
        rewrite=rewrite,
        form=f"a function of {key}",
    )


def differentiate_softmax_mean() -> Rule:
    r"""The gradient of a mean under softmax is a covariance with the gradient of the scores."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        mean, parameter = expr.body, expr.parameter
        if parameter in mean.body.free_symbols:
            raise rule.refuse(expr, f"{to_text(mean.body)} itself depends on {parameter}")
        slope = sp.diff(mean.density.score, parameter)
        if slope == 0 or slope.has(sp.Derivative):
            raise rule.refuse(
                expr, f"the gradient of {to_text(mean.density.score)} is {to_text(slope)}"
            )
        product, *apart = (
            Expectation(body, mean.density) for body in (mean.body * slope, mean.body, slope)
        )
        return Rewriting(product - sp.Mul(*apart))

    rule = Rule(
        name="gradient of a softmax",
        statement=(
            r"\frac{\partial}{\partial\theta} \mathbb{E}_{\mathrm{softmax}(s)}[f]"
            r" = \mathbb{E}\!\left[f \, \frac{\partial s}{\partial\theta}\right]"
            r" - \mathbb{E}[f] \, \mathbb{E}\!\left[\frac{\partial s}{\partial\theta}\right]"
        ),
        fits=lambda node: (
            isinstance(node, Gradient)
            and isinstance(node.body, Expectation)
            and isinstance(node.body.density, Softmax)
        ),
        rewrite=rewrite,
        form="the gradient of an expectation under a softmax",
        assumes=("there are finitely many keys",),
    )
    return rule


def variance_of_sum(variable: sp.Symbol) -> Rule:
    """The variances of d independent terms that are alike add up to d times the variance of one."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        factor, index, count = expr.density.args
        (one,) = factor.variables
        outside, total = expr.body.as_independent(sp.Sum, as_Add=False)
        if not isinstance(total, sp.Sum) or total.limits != ((index, 1, count),):
            raise rule.refuse(expr, f"it is no sum over {index} from 1 to {to_text(count)}")
        drawn = {item for item in total.function.atoms(sp.Indexed) if item.base == one.base}
        if drawn != {one} or outside.has(one.base):
            raise rule.refuse(expr, f"a term depends on more than {to_text(one)}")
        back = {one: variable}
        single = Variance(total.function.xreplace(back), factor.xreplace(back))
        if index in single.free_symbols:
            raise rule.refuse(expr, "the terms are not alike")
        return Rewriting(outside**2 * count * single)

    rule = Rule(
        name="variance of a sum",
        statement=(
            r"\mathrm{Var}_{\prod_i q(z_i)}\!\left[c \sum_{i=1}^{d} f(z_i)\right]"
            r" = c^2 d \, \mathrm{Var}_{q(z)}[f(z)]"
        ),
        fits=lambda node: isinstance(node, Variance) and isinstance(node.density, ProductDensity),
        rewrite=rewrite,
        form="the variance of a sum of independent terms",
        assumes=("the second moment is finite",),
    )
    return rule
