"""Rules about averages over two variables, and about divergences that cannot be negative."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Gap, Rewriting, Rule
from coreformulas.symbolic.softmax import Softmax
from coreformulas.symbolic.vocabulary import KL, Density, Expectation, Normal


def _is_nested(node: sp.Basic) -> bool:
    """Whether this is a mean over q(x) of a mean over q(z | x), both of one joint q."""
    if not (isinstance(node, Expectation) and isinstance(node.body, Expectation)):
        return False
    outer, inner = node.density, node.body.density
    return (
        isinstance(outer, Density)
        and isinstance(inner, Density)
        and outer.name == inner.name
        and not outer.given
        and inner.given == outer.variables
    )


def total_expectation() -> Rule:
    r"""Average out what does not occur: :math:`E_{q(x)} E_{q(z|x)}[f(z)] = E_{q(z)}[f(z)]`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        inner = expr.body
        if set(expr.density.variables) & inner.body.free_symbols:
            raise rule.refuse(expr, f"{to_text(inner.body)} depends on {expr.density.variables}")
        marginal = Density(inner.density.name, inner.density.variables)
        return Rewriting(Expectation(inner.body, marginal))

    rule = Rule(
        name="law of total expectation",
        statement=(
            r"\mathbb{E}_{q(x)}\!\left[\mathbb{E}_{q(z \mid x)}[f(z)]\right]"
            r" = \mathbb{E}_{q(z)}[f(z)]"
        ),
        fits=_is_nested,
        rewrite=rewrite,
        form="a mean over q(x) of a mean over q(z | x)",
    )
    return rule


def exchange_expectations() -> Rule:
    r"""Draw in the other order: :math:`E_{q(x)} E_{q(z|x)}[f] = E_{q(z)} E_{q(x|z)}[f]`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        inner = expr.body
        name, first, second = expr.density.name, expr.density.variables, inner.density.variables
        return Rewriting(
            Expectation(
                Expectation(inner.body, Density(name, first, second)), Density(name, second)
            )
        )

    return Rule(
        name="exchange the order of the means",
        statement=(
            r"\mathbb{E}_{q(x)}\!\left[\mathbb{E}_{q(z \mid x)}[f]\right]"
            r" = \mathbb{E}_{q(z)}\!\left[\mathbb{E}_{q(x \mid z)}[f]\right]"
        ),
        fits=_is_nested,
        rewrite=rewrite,
        form="a mean over q(x) of a mean over q(z | x)",
        assumes=("the mean of the absolute value is finite",),
    )


def nonnegative_divergence() -> Rule:
    r"""Leave a divergence out, which is never negative: :math:`D_{KL}(q \| p) \ge 0`."""

    def fault(expr: sp.Expr) -> str | None:
        while isinstance(expr, Expectation):
            expr = expr.body
        if isinstance(expr, KL) and all(
            isinstance(d, Density | Normal | Softmax) for d in expr.args
        ):
            return None
        return f"{to_text(expr)} is no divergence between two densities"

    def rewrite(expr: sp.Expr) -> Rewriting:
        if reason := fault(expr):
            raise rule.refuse(expr, reason)
        because = "a divergence is never negative (gibbs-inequality)"
        return Rewriting(sp.Integer(0), ">=", Gap(expr, because, fault))

    rule = Rule(
        name="Gibbs' inequality",
        statement=r"D_{\mathrm{KL}}(q \,\Vert\, p) \ge 0",
        fits=lambda node: isinstance(node, KL | Expectation) and fault(node) is None,
        rewrite=rewrite,
        form="a divergence, or a mean of divergences",
    )
    return rule
