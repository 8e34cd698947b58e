"""Rules about couplings: joint densities whose two marginals are given."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Gap, Rewriting, Rule
from coreformulas.symbolic.vocabulary import Density, Expectation


def drop_absolute_value() -> Rule:
    r"""A number is at most its size: :math:`|t| \ge t`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        value = expr.args[0]
        gap = expr - value

        def certificate(found: sp.Expr) -> str | None:
            if found == gap and value.is_real:
                return None
            return f"{to_text(found)} is not the distance of a real number from its size"

        return Rewriting(value, ">=", Gap(gap, "the size of a number less the number", certificate))

    return Rule(
        name="drop the absolute value",
        statement=r"|t| \ge t",
        fits=lambda node: isinstance(node, sp.Abs) and bool(node.args[0].is_real),
        rewrite=rewrite,
        form="the absolute value of a real number",
    )


def average_out() -> Rule:
    r"""What does not occur averages out: :math:`E_{c(x, y)}[f(x)] = E_{c(x)}[f(x)]`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        density = expr.density
        kept = [v for v in density.variables if v in expr.body.free_symbols]
        if not 0 < len(kept) < len(density.variables):
            raise rule.refuse(expr, "every variable of the density occurs, or none does")
        return Rewriting(Expectation(expr.body, Density(density.name, kept, density.given)))

    rule = Rule(
        name="definition of the marginal",
        statement=r"\mathbb{E}_{c(x, y)}[f(x)] = \mathbb{E}_{c(x)}[f(x)]",
        fits=lambda node: (
            isinstance(node, Expectation)
            and isinstance(node.density, Density)
            and len(node.density.variables) > 1
        ),
        rewrite=rewrite,
        form="a mean under a joint density",
    )
    return rule
