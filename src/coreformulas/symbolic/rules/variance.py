"""Rules that average in two stages: the law of total expectation, and second moments."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Rewriting, Rule
from coreformulas.symbolic.vocabulary import Density, Expectation, Variance


def condition_on(variable: sp.Symbol) -> Rule:
    r"""Average in two stages: :math:`E_{r(x)}[f] = E_{r(z)}[E_{r(x \mid z)}[f]]`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        density = expr.density
        if variable in (*density.variables, *density.given):
            raise rule.refuse(expr, f"{variable} stands in its density already")
        if variable in expr.body.free_symbols:
            raise rule.refuse(
                expr, f"{to_text(expr.body)} depends on {variable}, which is not drawn"
            )
        stage = Density(density.name, density.variables, (variable, *density.given))
        return Rewriting(
            Expectation(
                Expectation(expr.body, stage), Density(density.name, variable, density.given)
            )
        )

    rule = Rule(
        name="law of total expectation",
        statement=r"\mathbb{E}_{r(x)}[f] = \mathbb{E}_{r(z)}[\mathbb{E}_{r(x \mid z)}[f]]",
        fits=lambda node: isinstance(node, Expectation) and isinstance(node.density, Density),
        rewrite=rewrite,
        form="an expectation under a named density",
        assumes=("the expectation exists",),
    )
    return rule


def second_moment() -> Rule:
    r"""A mean square is variance plus squared mean: :math:`E[f^2] = \mathrm{Var}[f] + E[f]^2`."""
    return Rule(
        name="second moment",
        statement=r"\mathbb{E}_q[f^2] = \mathrm{Var}_q[f] + \mathbb{E}_q[f]^2",
        fits=lambda node: (
            isinstance(node, Expectation) and isinstance(node.body, sp.Pow) and node.body.exp == 2
        ),
        rewrite=lambda expr: Rewriting(
            Variance(expr.body.base, expr.density) + Expectation(expr.body.base, expr.density) ** 2
        ),
        form="the expectation of a square",
        assumes=("both moments are finite",),
    )
