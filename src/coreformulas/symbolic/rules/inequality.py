"""Rules that yield an inequality, each with its gap written as something nonnegative."""

from __future__ import annotations

from typing import Literal

import sympy as sp

from coreformulas.symbolic.errors import RuleError
from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Gap, Rewriting, Rule
from coreformulas.symbolic.vocabulary import Expectation

Curvature = Literal["concave", "convex"]


def _curvature_fault(function: sp.Expr, t: sp.Symbol, curvature: Curvature) -> str | None:
    """Why ``function`` of ``t`` does not have the curvature that is asked for, if it does not."""
    second = sp.simplify(sp.diff(function, t, 2))
    good = second.is_negative if curvature == "concave" else second.is_positive
    if good:
        return None
    sign = "negative" if curvature == "concave" else "positive"
    return (
        f"{to_text(function)} is not shown {curvature}: its second derivative {to_text(second)} "
        f"is not known to be {sign} for every {t} of its domain"
    )


def tangent_gap(function: sp.Expr, t: sp.Symbol, point: sp.Expr, value: sp.Expr) -> sp.Expr:
    """How far the tangent of ``function`` at ``point`` lies above it at ``value``."""
    slope = sp.diff(function, t)
    line = function.subs(t, point) + slope.subs(t, point) * (value - point)
    return line - function.subs(t, value)


def certified(function: sp.Expr, t: sp.Symbol, curvature: Curvature, gap: sp.Expr) -> Gap:
    """The gap between a function and its tangent, which the curvature keeps nonnegative."""

    def certificate(expr: sp.Expr) -> str | None:
        if expr != gap:
            return f"{to_text(expr)} is not the distance from a tangent"
        return _curvature_fault(function, t, curvature)

    above = "above" if curvature == "concave" else "below"
    return Gap(gap, f"a tangent lies {above} a {curvature} function", certificate)


def _expectation_argument(node: sp.Basic) -> Expectation | None:
    """The one expectation that a function is applied to, as in ``log E[X]``."""
    if isinstance(node, sp.Function | sp.Pow):
        inside = [arg for arg in node.args if isinstance(arg, Expectation)]
        others = [arg for arg in node.args if not isinstance(arg, Expectation)]
        if len(inside) == 1 and all(arg.is_number for arg in others):
            return inside[0]
    return None


def jensen(curvature: Curvature = "concave") -> Rule:
    r"""Jensen's inequality: :math:`f(\mathbb{E}[X]) \ge \mathbb{E}[f(X)]` for concave f.

    With ``curvature="convex"`` the relation turns around. The curvature is checked by the sign
    of the second derivative; the gap is the mean distance to the tangent at the mean.
    """

    def rewrite(expr: sp.Expr) -> Rewriting:
        mean = _expectation_argument(expr)
        assert mean is not None
        t = sp.Dummy("t", positive=True) if mean.body.is_positive else sp.Dummy("t", real=True)
        function = expr.xreplace({mean: t})
        if fault := _curvature_fault(function, t, curvature):
            raise rule.refuse(expr, fault)
        inner = tangent_gap(function, t, mean, mean.body)
        gap = Expectation(inner if curvature == "concave" else -inner, mean.density)
        after = Expectation(function.subs(t, mean.body), mean.density)
        relation = ">=" if curvature == "concave" else "<="
        return Rewriting(after, relation, certified(function, t, curvature, gap))

    sign = r"\ge" if curvature == "concave" else r"\le"
    rule = Rule(
        name="Jensen's inequality",
        statement=rf"f(\mathbb{{E}}[X]) {sign} \mathbb{{E}}[f(X)] \text{{ for {curvature} }} f",
        fits=lambda node: _expectation_argument(node) is not None,
        rewrite=rewrite,
        form="a function of an expectation",
        assumes=("the expectation is finite",),
    )
    return rule


def jensen_outward() -> Rule:
    r"""Jensen's inequality read backwards: :math:`\mathbb{E}[f(X)] \le f(\mathbb{E}[X])`."""
    inward = jensen()

    def rewrite(expr: sp.Expr) -> Rewriting:
        outer = expr.body.func(Expectation(expr.body.args[0], expr.density))
        try:
            forward = inward.rewrite(outer)
        except RuleError as error:
            raise inward.refuse(expr, error.reason) from error
        assert forward.after == expr
        return Rewriting(outer, "<=", forward.gap)

    return Rule(
        name=inward.name,
        statement=r"\mathbb{E}[f(X)] \le f(\mathbb{E}[X]) \text{ for concave } f",
        fits=lambda node: (
            isinstance(node, Expectation)
            and isinstance(node.body, sp.Function)
            and len(node.body.args) == 1
        ),
        rewrite=rewrite,
        form="the expectation of a function",
        assumes=inward.assumes,
    )


def tangent_line(point: sp.Expr) -> Rule:
    r"""A concave function lies under its tangents: :math:`\log t \le \log m + (t - m) / m`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        value = expr.args[0]
        t = sp.Dummy("t", positive=True) if value.is_positive else sp.Dummy("t", real=True)
        function = expr.func(t)
        if fault := _curvature_fault(function, t, "concave"):
            raise rule.refuse(expr, fault)
        gap = tangent_gap(function, t, point, value)
        return Rewriting(gap + expr, "<=", certified(function, t, "concave", gap))

    rule = Rule(
        name="tangent line",
        statement=r"f(t) \le f(m) + f'(m)(t - m) \text{ for concave } f",
        fits=lambda node: (
            isinstance(node, sp.Function) and len(node.args) == 1 and node.args[0] != point
        ),
        rewrite=rewrite,
        form="a function of one argument",
    )
    return rule


def stationary_minimum(t: sp.Symbol, point: sp.Expr) -> Rule:
    r"""A convex function is smallest where its slope is zero: :math:`f(t) \ge f(c)`.

    First and second order conditions are both checked. The gap is Taylor's remainder,
    :math:`(t - c)^2 \int_0^1 (1 - u) f''(c + u(t - c)) \, du`.
    """
    point = sp.sympify(point)

    def rewrite(expr: sp.Expr) -> Rewriting:
        slope = sp.simplify(sp.diff(expr, t).subs(t, point))
        if slope != 0:
            raise rule.refuse(expr, f"its slope at {t} = {point} is {to_text(slope)}, not zero")
        if fault := _curvature_fault(expr, t, "convex"):
            raise rule.refuse(expr, fault)
        u = sp.Symbol("u", positive=True)
        second = sp.diff(expr, t, 2).subs(t, point + u * (t - point))
        gap = (t - point) ** 2 * sp.Integral((1 - u) * second, (u, 0, 1))
        because = "a square times an integral of something nonnegative"
        return Rewriting(
            expr.subs(t, point),
            ">=",
            Gap(gap, because, lambda _: _curvature_fault(expr, t, "convex")),
        )

    rule = Rule(
        name="stationary point of a convex function",
        statement=r"f'(c) = 0,\ f'' > 0 \implies f(t) \ge f(c)",
        fits=lambda node: isinstance(node, sp.Expr) and t in node.free_symbols,
        rewrite=rewrite,
        form=f"an expression in {t}",
    )
    return rule


def increasing_from_zero(t: sp.Symbol) -> Rule:
    r"""An increasing function of a positive t is smallest at zero: :math:`f(t) \ge f(0)`.

    The slope is checked to be positive for every positive t; the gap is its integral,
    :math:`t \int_0^1 f'(u t) \, du`.
    """

    def fault(expr: sp.Expr) -> str | None:
        slope = sp.factor(sp.diff(expr, t))
        if t.is_positive and slope.is_positive:
            return None
        return f"its slope {to_text(slope)} is not known to be positive for every {t} above 0"

    def rewrite(expr: sp.Expr) -> Rewriting:
        if reason := fault(expr):
            raise rule.refuse(expr, reason)
        u = sp.Symbol("u", positive=True)
        gap = t * sp.Integral(sp.diff(expr, t).subs(t, u * t), (u, 0, 1))
        because = "a distance times the integral of a positive slope"
        return Rewriting(expr.subs(t, 0), ">=", Gap(gap, because, lambda _: fault(expr)))

    rule = Rule(
        name="start of an increasing function",
        statement=r"f'(t) > 0 \text{ for } t > 0 \implies f(t) \ge f(0)",
        fits=lambda node: isinstance(node, sp.Expr) and t in node.free_symbols,
        rewrite=rewrite,
        form=f"an expression in {t}",
    )
    return rule
