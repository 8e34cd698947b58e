"""Rules about order: a sum in any order, products put in brackets anew, and angles added."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Rewriting, Rule
from coreformulas.symbolic.softmax import Softmax
from coreformulas.symbolic.vocabulary import Expectation


def sum_in_any_order(permutation: Callable[..., sp.Expr]) -> Rule:
    r"""A mean under a softmax does not change when its keys are counted in another order."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        key = expr.density.key
        moved, new = permutation(key), sp.Dummy("k", integer=True)
        body, score = (part.xreplace({moved: new}) for part in (expr.body, expr.density.score))
        for part, before in ((body, expr.body), (score, expr.density.score)):
            if key in part.free_symbols:
                raise rule.refuse(expr, f"{to_text(before)} depends on the place {key} itself")
        return Rewriting(
            Expectation(body.xreplace({new: key}), Softmax(score.xreplace({new: key}), key))
        )

    rule = Rule(
        name="a sum in any order",
        statement=r"\sum_j f(\pi(j)) = \sum_j f(j) \text{ for a permutation } \pi",
        fits=lambda node: isinstance(node, Expectation) and isinstance(node.density, Softmax),
        rewrite=rewrite,
        form="an expectation under a softmax",
        assumes=(f"{permutation} is a permutation",),
    )
    return rule


def reassociate() -> Rule:
    r"""Put a product of three into other brackets: :math:`(x V) O = x (V O)`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        (inner,) = (factor for factor in expr.function.args if isinstance(factor, sp.Sum))
        (outer_index, *_), (inner_index, *bounds) = expr.limits[0], inner.limits[0]
        if any(outer_index in bound.free_symbols for bound in bounds):
            raise rule.refuse(expr, f"the bounds of the inner sum depend on {outer_index}")
        first, rest = inner.function.as_independent(outer_index, as_Add=False)
        if inner_index not in first.free_symbols:
            raise rule.refuse(expr, f"nothing in the inner sum depends on {inner_index} alone")
        last = sp.Mul(*(factor for factor in expr.function.args if factor != inner))
        return Rewriting(sp.Sum(first * sp.Sum(rest * last, *expr.limits), *inner.limits))

    rule = Rule(
        name="other brackets",
        statement=r"\sum_c O_c \sum_a V_{ac} \, x_a = \sum_a x_a \sum_c V_{ac} \, O_c",
        fits=lambda node: (
            isinstance(node, sp.Sum)
            and isinstance(node.function, sp.Mul)
            and [isinstance(factor, sp.Sum) for factor in node.function.args].count(True) == 1
        ),
        rewrite=rewrite,
        form="a sum of multiples of a sum",
    )
    return rule


def angle_addition() -> Rule:
    r"""Sine and cosine of a sum of two angles."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        angle = sp.expand(expr.args[0])
        if not isinstance(angle, sp.Add) or len(angle.args) != 2:
            raise rule.refuse(expr, f"{to_text(angle)} is no sum of two angles")
        return Rewriting(sp.expand_trig(expr.func(angle)))

    rule = Rule(
        name="addition of angles",
        statement=(
            r"\sin(a + b) = \sin a \cos b + \cos a \sin b,\quad"
            r" \cos(a + b) = \cos a \cos b - \sin a \sin b"
        ),
        fits=lambda node: isinstance(node, sp.sin | sp.cos),
        rewrite=rewrite,
        form="a sine or a cosine",
    )
    return rule


def angle_difference(angle: sp.Expr) -> Rule:
    r"""Two cosines and two sines as one cosine of their difference, written as ``angle``."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        cosines = next((term for term in expr.args if _waves(term, sp.cos)), None)
        if cosines is None:
            raise rule.refuse(expr, "no term is a product of two cosines")
        first, second = _waves(cosines, sp.cos)
        front = cosines / (sp.cos(first) * sp.cos(second))
        if expr - cosines - front * sp.sin(first) * sp.sin(second) != 0:
            raise rule.refuse(expr, "the sines do not belong to the cosines")
        if sp.expand(first - second - angle) != 0 and sp.expand(second - first - angle) != 0:
            raise rule.refuse(expr, f"the angles do not differ by {to_text(angle)}")
        return Rewriting(front * sp.cos(angle))

    rule = Rule(
        name="difference of angles",
        statement=r"\cos a \cos b + \sin a \sin b = \cos(a - b)",
        fits=lambda node: isinstance(node, sp.Add) and len(node.args) == 2,
        rewrite=rewrite,
        form="a sum of two terms",
    )
    return rule


def _waves(term: sp.Expr, kind: type) -> tuple[sp.Expr, ...]:
    """The angles of the two sines or cosines in a product; empty where there are not two."""
    found = tuple(factor.args[0] for factor in sp.Mul.make_args(term) if isinstance(factor, kind))
    return found if len(found) == 2 else ()
