"""Rules for integrals that are optimized point by point, as the optimal discriminator is."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp
from sympy.core.function import AppliedUndef

from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Gap, Rewriting, Rule
from coreformulas.symbolic.vocabulary import Gradient, Integrate, Word


def _pulled(term: sp.Expr) -> Integrate | None:
    """One integral, its factor taken inside, where ``term`` is a multiple of one."""
    factor, rest = term.as_independent(Integrate, as_Add=False)
    if not isinstance(rest, Integrate) or rest.variable in factor.free_symbols:
        return None
    return Integrate(factor * rest.body, rest.variable)


def join_integrals() -> Rule:
    r"""Several integrals over one variable as one: :math:`\int f + \int g = \int (f + g)`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        parts = [_pulled(term) for term in expr.args]
        integrals = [part for part in parts if part is not None]
        variables = {part.variable for part in integrals}
        if len(integrals) < len(parts) or len(variables) > 1:
            raise rule.refuse(expr, "its terms are not all integrals over one variable")
        body = sp.Add(*(part.body for part in integrals))
        return Rewriting(Integrate(body, variables.pop()))

    rule = Rule(
        name="linearity of the integral",
        statement=r"a \int f \, dx + b \int g \, dx = \int (a f + b g) \, dx",
        fits=lambda node: isinstance(node, sp.Add) and node.has(Integrate),
        rewrite=rewrite,
        form="a sum of integrals",
        assumes=("each integral exists",),
    )
    return rule


def split_integral() -> Rule:
    r"""One integral as several, constants in front: the same read backwards."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        total = sp.Integer(0)
        for term in sp.Add.make_args(sp.expand_mul(expr.body, deep=False)):
            outside, inside = term.as_independent(expr.variable, as_Add=False)
            total += outside * Integrate(inside, expr.variable)
        if total == expr:
            raise rule.refuse(expr, "there is nothing to take apart")
        return Rewriting(total)

    rule = Rule(
        name="linearity of the integral",
        statement=r"\int (a f + b g) \, dx = a \int f \, dx + b \int g \, dx",
        fits=lambda node: isinstance(node, Integrate),
        rewrite=rewrite,
        form="an integral",
        assumes=("each integral exists",),
    )
    return rule


def _minimum(
    function: AppliedUndef,
    t: sp.Dummy,
    fault: Callable[[sp.Expr], str | None],
    lowest: Callable[[sp.Expr], sp.Expr],
    because: str,
    *,
    name: str,
    statement: str,
) -> Rule:
    """The rule that puts ``lowest`` for an integrand in which ``t`` stands for the function.

    ``fault`` says why that is not shown to be the lowest value, where it is not.
    """

    def rewrite(expr: sp.Expr) -> Rewriting:
        body = expr.body.xreplace({function: t})
        if reason := fault(body):
            raise rule.refuse(expr, reason)
        least = lowest(body)
        gap = Integrate(expr.body - least, expr.variable)

        def certificate(found: sp.Expr) -> str | None:
            if found != gap:
                return f"{to_text(found)} is not the distance from the lowest value"
            return fault(body)

        return Rewriting(Integrate(least, expr.variable), ">=", Gap(gap, because, certificate))

    rule = Rule(
        name=name,
        statement=statement,
        fits=lambda node: isinstance(node, Integrate) and node.body.has(function),
        rewrite=rewrite,
        form=f"an integral with {to_text(function)} in it",
        assumes=(f"{function.func.__name__} is free to take any value at each point",),
    )
    return rule


def pointwise_minimum(function: AppliedUndef, best: sp.Expr) -> Rule:
    r"""Minimize an integral over a free function, one point at a time.

    Nothing ties the value of the function at one point to that at another, so the integral is
    smallest where the integrand is, at each x. First order: the slope of the integrand is zero at
    ``best``. Second order: its curvature is positive for every value, so that there is no other
    minimum. The gap is the integral of the distance from that lowest value.
    """
    t = sp.Dummy("t", real=True)

    def fault(body: sp.Expr) -> str | None:
        if body.xreplace({t: sp.Integer(0)}).atoms(AppliedUndef):
            return f"{function.func.__name__} stands in it with another argument"
        slope = sp.simplify(sp.diff(body, t).subs(t, best))
        if slope != 0:
            return f"its slope at {to_text(function)} = {to_text(best)} is {to_text(slope)}"
        second = sp.simplify(sp.diff(body, t, 2))
        if not second.is_positive:
            return f"its curvature {to_text(second)} is not known to be positive"
        return None

    return _minimum(
        function,
        t,
        fault,
        lambda body: body.subs(t, best),
        "at each point a convex function lies above its lowest value",
        name="pointwise minimum",
        statement=(
            r"\partial_t f(x, t) = 0 \text{ at } t = c(x),\ \partial_t^2 f > 0"
            r" \implies \int f(x, t(x)) \, dx \ge \int f(x, c(x)) \, dx"
        ),
    )


def pointwise_minimum_at_kinks(function: AppliedUndef) -> Rule:
    r"""The same for an integrand that is made of straight lines with kinks at -1 and 1.

    Outside of the kinks it rises away from them, and between them it is a straight line; so it is
    lowest at one of the two. The lower one of a and b is :math:`(a + b - |a - b|) / 2`.
    """
    t, u = sp.Dummy("t", real=True), sp.Dummy("u", positive=True)

    def fault(body: sp.Expr) -> str | None:
        left, right = body.subs(t, -1), body.subs(t, 1)
        for edge in (-1 - u, 1 + u):
            if not sp.diff(sp.expand(body.subs(t, edge)), u).is_positive:
                return f"it is not known to rise beyond {edge.subs(u, 0)}"
        share = 1 / (1 + u)  # any number between 0 and 1
        between = body.subs(t, sp.together(2 * share - 1)).replace(
            lambda node: isinstance(node, sp.Max),
            lambda node: node.func(*map(sp.factor, node.args)),
        )
        if sp.simplify(between - (1 - share) * left - share * right) != 0:
            return "it is no straight line between -1 and 1"
        return None

    def lowest(body: sp.Expr) -> sp.Expr:
        left, right = body.subs(t, -1), body.subs(t, 1)
        return sp.expand((left + right) / 2) - sp.Abs(sp.expand((left - right) / 2))

    return _minimum(
        function,
        t,
        fault,
        lowest,
        "a convex chain of straight lines lies above its lower kink",
        name="lowest kink",
        statement=r"\int f(x, t(x)) \, dx \ge \int \min\{f(x, -1), f(x, 1)\} \, dx",
    )


def differentiate_integrand() -> Rule:
    r"""Carry out a gradient in a parameter that no density depends on."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        for word in expr.body.atoms(Word):
            if expr.parameter in word.free_symbols:
                raise rule.refuse(expr, f"{to_text(word)} itself depends on {expr.parameter}")
        names = {word: sp.Dummy(positive=True) for word in expr.body.atoms(Word)}
        back = {name: word for word, name in names.items()}
        slope = sp.diff(expr.body.xreplace(names), expr.parameter)
        return Rewriting(slope.xreplace(back))

    rule = Rule(
        name="differentiate",
        statement=r"\frac{\partial}{\partial t} f(t, p(x)), \text{ with } p \text{ free of } t",
        fits=lambda node: isinstance(node, Gradient) and not node.body.has(Integrate),
        rewrite=rewrite,
        form="the gradient of an expression without integrals",
    )
    return rule
