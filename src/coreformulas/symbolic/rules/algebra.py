"""Rules of algebra: logarithms taken apart, factors moved, symbols replaced, terms collected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import sympy as sp

from coreformulas.symbolic.printing import to_latex, to_text
from coreformulas.symbolic.rule import Rewriting, Rule
from coreformulas.symbolic.vocabulary import ProductDensity

if TYPE_CHECKING:
    from coreformulas.symbolic.derivation import Derivation


def log_of_product(factor: sp.Expr) -> Rule:
    r"""Take one factor out of a logarithm: :math:`\log(a b) = \log a + \log b`."""
    factor = sp.sympify(factor)

    def rewrite(expr: sp.Expr) -> Rewriting:
        rest = expr.args[0] / factor
        for part in (factor, rest):
            if not part.is_positive:
                raise rule.refuse(expr, f"{to_text(part)} is not known to be positive")
        return Rewriting(sp.log(factor) + sp.log(rest))

    rule = Rule(
        name="logarithm of a product",
        statement=r"\log(a \, b) = \log a + \log b",
        fits=lambda node: isinstance(node, sp.log),
        rewrite=rewrite,
        form="a logarithm",
    )
    return rule


def split_log_ratio(middle: sp.Expr) -> Rule:
    r"""Insert one under a logarithm: :math:`\log(a / b) = \log(a / q) + \log(q / b)`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        numerator, denominator = expr.args[0].as_numer_denom()
        if denominator == 1:
            raise rule.refuse(expr, "its argument is no ratio")
        for part in (numerator, denominator, middle):
            if not part.is_positive:
                raise rule.refuse(expr, f"{to_text(part)} is not known to be positive")
        return Rewriting(sp.log(numerator / middle) + sp.log(middle / denominator))

    rule = Rule(
        name="insert one",
        statement=(
            r"\log \frac{a}{b} = \log\!\left(\frac{a}{q} \, \frac{q}{b}\right)"
            r" = \log \frac{a}{q} + \log \frac{q}{b}"
        ),
        fits=lambda node: isinstance(node, sp.log),
        rewrite=rewrite,
        form="a logarithm",
    )
    return rule


def log_of_reciprocal() -> Rule:
    r"""Turn a ratio over: :math:`\log(a / b) = -\log(b / a)`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        if not expr.args[0].is_positive:
            raise rule.refuse(expr, f"{to_text(expr.args[0])} is not known to be positive")
        return Rewriting(-sp.log(1 / expr.args[0]))

    rule = Rule(
        name="logarithm of a reciprocal",
        statement=r"\log \frac{a}{b} = -\log \frac{b}{a}",
        fits=lambda node: isinstance(node, sp.log) and node.args[0].as_numer_denom()[1] != 1,
        rewrite=rewrite,
        form="the logarithm of a ratio",
    )
    return rule


def expand_logarithm() -> Rule:
    r"""Take products, powers and exponentials under a logarithm apart, where all is positive."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        after = sp.expand_log(expr)
        if after == expr:
            raise rule.refuse(expr, "nothing positive can be taken apart")
        return Rewriting(after)

    rule = Rule(
        name="logarithm of a product",
        statement=r"\log(a \, b) = \log a + \log b,\quad \log a^k = k \log a,\quad \log e^u = u",
        fits=lambda node: isinstance(node, sp.log),
        rewrite=rewrite,
        form="a logarithm",
    )
    return rule


def log_of_products() -> Rule:
    r"""The log ratio of two products over one index, as a sum of log ratios."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        top, bottom = expr.args[0].as_numer_denom()
        if top.args[1:] != bottom.args[1:]:
            raise rule.refuse(expr, "the two products do not run over the same index")
        index, size = top.args[1:]
        return Rewriting(sp.Sum(sp.log(top.args[0] / bottom.args[0]), (index, 1, size)))

    rule = Rule(
        name="logarithm of a product",
        statement=r"\log \frac{\prod_d a_d}{\prod_d b_d} = \sum_d \log \frac{a_d}{b_d}",
        fits=lambda node: (
            isinstance(node, sp.log)
            and all(isinstance(part, ProductDensity) for part in node.args[0].as_numer_denom())
        ),
        rewrite=rewrite,
        form="the logarithm of a ratio of two products",
    )
    return rule


def factor_out_of_sum(factor: sp.Expr) -> Rule:
    r"""Move a factor in front of a sum: :math:`\sum_i a_i = c \sum_i a_i / c`."""
    factor = sp.sympify(factor)

    def rewrite(expr: sp.Expr) -> Rewriting:
        index = expr.limits[0][0]
        if index in factor.free_symbols:
            raise rule.refuse(expr, f"{to_text(factor)} depends on the index {index}")
        if not factor.is_nonzero:
            raise rule.refuse(expr, f"{to_text(factor)} is not known to differ from zero")
        return Rewriting(factor * sp.Sum(sp.powsimp(expr.function / factor), *expr.limits))

    rule = Rule(
        name="factor out of the sum",
        statement=r"\sum_i a_i = c \sum_i \frac{a_i}{c}",
        fits=lambda node: isinstance(node, sp.Sum),
        rewrite=rewrite,
        form="a sum",
    )
    return rule


def linearity_of_sum() -> Rule:
    r"""Take a sum apart, factors in front: :math:`\sum_i (c f_i + a) = c \sum_i f_i + \sum_i a`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        ((index, _, _),) = expr.limits
        constant, total = sp.Integer(0), sp.Integer(0)
        for term in sp.Add.make_args(expr.function):
            outside, inside = term.as_independent(index, as_Add=False)
            if inside == 1:
                constant += outside
            else:
                total += outside * sp.Sum(inside, *expr.limits)
        sign = -1 if constant.could_extract_minus_sign() else 1
        total += sign * sp.Sum(sign * constant, *expr.limits) if constant != 0 else 0
        if total == expr:
            raise rule.refuse(expr, "there is nothing to take apart")
        return Rewriting(total)

    rule = Rule(
        name="linearity of the sum",
        statement=r"\sum_i (c \, f_i + a) = c \sum_i f_i + \sum_i a",
        fits=lambda node: isinstance(node, sp.Sum) and isinstance(node.function, sp.Add | sp.Mul),
        rewrite=rewrite,
        form="a sum of sums or of multiples",
    )
    return rule


def common_factor(factor: sp.Expr) -> Rule:
    r"""Take a positive factor out of every term: :math:`a f + b g = a (f + g\, b / a)`."""
    factor = sp.sympify(factor)

    def rewrite(expr: sp.Expr) -> Rewriting:
        if not factor.is_positive:
            raise rule.refuse(expr, f"{to_text(factor)} is not known to be positive")
        after = factor * sp.Add(*(term / factor for term in expr.args))
        if after == expr:
            raise rule.refuse(expr, f"{to_text(factor)} does not stand in front of a sum")
        return Rewriting(after)

    rule = Rule(
        name="common factor",
        statement=r"a f + b g = a \left(f + \frac{b}{a} \, g\right)",
        fits=lambda node: isinstance(node, sp.Add),
        rewrite=rewrite,
        form="a sum",
    )
    return rule


def common_denominator() -> Rule:
    r"""Put a sum over one denominator: :math:`1 - a / b = (b - a) / b`."""
    return Rule(
        name="common denominator",
        statement=r"1 - \frac{a}{b} = \frac{b - a}{b}",
        fits=lambda node: isinstance(node, sp.Add) and sp.together(node) != node,
        rewrite=lambda expr: Rewriting(sp.together(expr)),
        form="a sum with a denominator in it",
    )


def rearrange(how: Callable[[sp.Expr], sp.Expr], name: str) -> Rule:
    """Algebra that SymPy carries out, such as ``sympy.expand``; ``name`` says which."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        after = how(expr)
        if after == expr:
            raise rule.refuse(expr, "it changes nothing")
        return Rewriting(after)

    rule = Rule(
        name=name,
        statement=r"\text{algebra}",
        fits=lambda node: isinstance(node, sp.Expr),
        rewrite=rewrite,
        form="an expression",
    )
    return rule


def result_of(lemma: Derivation, values: Mapping[sp.Expr, sp.Expr]) -> Rule:
    """Use what another derivation reached, with its symbols replaced by ``values``."""
    start = lemma.start.xreplace(dict(values))
    end = lemma.end.xreplace(dict(values))

    def rewrite(expr: sp.Expr) -> Rewriting:
        if lemma.relation != "=":
            raise rule.refuse(expr, f"'{lemma.label}' is an inequality; only equalities are used")
        return Rewriting(end)

    rule = Rule(
        name=f"result of {lemma.label}",
        statement=f"{to_latex(lemma.start)} = {to_latex(lemma.end)}",
        fits=lambda node: node == start,
        rewrite=rewrite,
        form=to_text(start),
    )
    return rule
