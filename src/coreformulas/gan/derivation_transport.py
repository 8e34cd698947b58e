r"""The Wasserstein distance from below: why every 1-Lipschitz critic is a lower bound.

A coupling c(x, y) is a plan of transport: a joint density whose marginals are those of the data
and of the generator. It costs the mean distance that it carries. A function f is 1-Lipschitz where
:math:`|f(x) - f(y)| \\le \\lVert x - y \\rVert`, so the plan costs at least what f differs by.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import Density, Expectation
from coreformulas.symbolic.worlds import FiniteWorld

x, y = sp.symbols("x y", real=True)
f = sp.Function("f", real=True)
plan = Density("c", (x, y))


@register
def weak_duality() -> Derivation:
    r"""No critic tells apart more than the cheapest plan of transport costs."""
    return (
        Derivation(
            "weak-duality",
            "Every plan costs at least what every critic tells apart",
            Expectation(sp.Abs(f(x) - f(y)), plan),
            worlds=(FiniteWorld({"c": (x, y)}),),
            source="Villani 2003, theorem 1.14",
        )
        .step(rules.drop_absolute_value(), because="a number is at most its size")
        .step(rules.linearity(), because="two means instead of one")
        .step(rules.average_out(), because="the first sees one end of the plan alone")
        .step(rules.average_out(), because="and the second the other end")
        .conclude(">=", Expectation(f(x), Density("c", x)) - Expectation(f(y), Density("c", y)))
    )
