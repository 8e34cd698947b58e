"""A world of formulas in which a number that is counted to has a value."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from coreformulas.symbolic.worlds.closed_form import ClosedFormWorld


class CountedWorld(ClosedFormWorld):
    """A world in which a symbol for a number is three, in the places of arrays too.

    Args:
        count: the symbol.
        functions: for each unknown function a formula in ``ClosedFormWorld.argument``.
    """

    def __init__(self, count: sp.Symbol, functions: Mapping[str, sp.Expr] | None = None) -> None:
        """Make the world."""
        super().__init__(functions=functions, evidence=("exact", f"exact for {count} = 3"))
        self._count = count

    def is_zero(self, expr: sp.Expr) -> bool:
        """Whether ``expr`` vanishes for all entries of the arrays."""
        return super().is_zero(expr.subs(self._count, self.size))
