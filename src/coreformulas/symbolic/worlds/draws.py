"""A finite world with k independent draws of one variable."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp
from sympy.core.function import AppliedUndef

from coreformulas.symbolic.evidence import Evidence
from coreformulas.symbolic.vocabulary import Density
from coreformulas.symbolic.worlds.finite import FiniteWorld
from coreformulas.symbolic.worlds.interpretation import Environment


class DrawsWorld:
    """A finite world of K states, in which the draws z[1] to z[k] are independent copies of z.

    The number of draws is K as well: a product density or a sum over draws has as many factors or
    terms as there are states.

    Args:
        joints: which variables each named joint is over, as for ``FiniteWorld``.
        draws: the indexed variable that stands for the draws.
        variable: the variable of which they are copies.
        count: the symbol k for the number of draws.
        size: the value of both k and K.
    """

    def __init__(
        self,
        joints: dict[str, tuple[sp.Symbol, ...]],
        draws: sp.IndexedBase,
        variable: sp.Symbol,
        count: sp.Symbol,
        size: int = 3,
    ) -> None:
        """Make the world with ``size`` states and draws."""
        self.size, self._draws, self._variable = size, draws, variable
        self._number = {count: sp.Integer(size)}
        self._states = FiniteWorld(joints, size)

    def evidence(self) -> Evidence:
        """Agreement is exact, for this many states and draws, and all weights."""
        return Evidence.of("exact", f"exact for K = k = {self.size}")

    def _single(self, node: sp.Basic, where: Environment) -> tuple[sp.Basic, Environment]:
        """The node about the variable instead of a draw, and the state of that draw."""
        node = node.xreplace(self._number)
        copies = [item for item in node.atoms(sp.Indexed) if item.base == self._draws]
        if not copies:
            return node, where
        (copy,) = copies
        if copy not in where:
            raise KeyError(f"{copy} is not averaged over")
        return node.xreplace({copy: self._variable}), {**where, self._variable: where[copy]}

    def density(self, node: Density, where: Environment) -> sp.Expr:
        """Each draw has the density of the variable."""
        node, where = self._single(node, where)
        return self._states.density(node, where)

    def function(self, node: AppliedUndef, where: Environment) -> sp.Expr:
        """One symbol for each state, the same for every draw."""
        node, where = self._single(node, where)
        return self._states.function(node, where)

    def integral(
        self, variable: sp.Basic, body: Callable[[Environment], sp.Expr], where: Environment
    ) -> sp.Expr:
        """The sum over the states of ``variable``."""
        return self._states.integral(variable, body, where)

    def is_zero(self, expr: sp.Expr) -> bool:
        """Whether ``expr`` vanishes for all weights."""
        return self._states.is_zero(expr.subs(self._number))

    def is_positive_at_points(self, expr: sp.Expr) -> bool:
        """Whether ``expr`` is positive at seeded points."""
        return self._states.is_positive_at_points(expr.subs(self._number))
