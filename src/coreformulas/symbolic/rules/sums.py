"""Sums that have a closed form."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Rewriting, Rule


def carry_out_sum() -> Rule:
    r"""Add up a polynomial in the index, as :math:`\sum_{i=1}^n i = n (n + 1) / 2`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        ((index, _, _),) = expr.limits
        if not expr.function.is_polynomial(index) or expr.function.has(sp.Sum):
            raise rule.refuse(expr, f"{to_text(expr.function)} is no polynomial in {index}")
        return Rewriting(sp.factor(expr.doit()))

    rule = Rule(
        name="carry out the sum",
        statement=r"\sum_{i=1}^{n} c = c \, n,\quad \sum_{i=1}^{n} i = \frac{n (n + 1)}{2}",
        fits=lambda node: isinstance(node, sp.Sum) and not node.function.has(sp.Indexed),
        rewrite=rewrite,
        form="a sum of a polynomial in the index",
    )
    return rule
