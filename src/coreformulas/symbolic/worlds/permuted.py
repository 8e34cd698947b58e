"""A finite world in which the states are put into another order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sympy as sp
from sympy.core.function import AppliedUndef

from coreformulas.symbolic.evidence import Evidence
from coreformulas.symbolic.worlds.finite import FiniteWorld
from coreformulas.symbolic.worlds.interpretation import Environment


class PermutedWorld(FiniteWorld):
    """A finite world in which one unknown function is a permutation of the states.

    Every other function has a symbol for each combination of states of its arguments.

    Args:
        permutation: the function, such as ``sympy.Function("pi")``.
        order: the state, counted from 0, to which it takes each state.
    """

    def __init__(self, permutation: Callable[..., sp.Expr], order: Sequence[int]) -> None:
        """Make the world; ``ValueError`` unless ``order`` holds each state once."""
        if sorted(order) != list(range(len(order))):
            raise ValueError(f"order: each state from 0 once is expected, got {tuple(order)}")
        super().__init__({}, size=len(order))
        self._permutation, self._order = permutation, tuple(order)

    def evidence(self) -> Evidence:
        """Agreement is exact, for this permutation and all values of the functions."""
        shown = ", ".join(str(state + 1) for state in self._order)
        return Evidence.of("exact", f"exact for K = {self.size}, order {shown}")

    def function(self, node: AppliedUndef, where: Environment) -> sp.Expr:
        """One symbol for each combination of states."""
        states = "".join(str(self._state(argument, where) + 1) for argument in node.args)
        name = f"{node.func.__name__}_{states}"
        return sp.Symbol(name, positive=True) if node.is_positive else sp.Symbol(name, real=True)

    def _state(self, argument: sp.Expr, where: Environment) -> int:
        if isinstance(argument, AppliedUndef) and argument.func == self._permutation:
            return self._order[self._state(argument.args[0], where)]
        return int(where.get(argument, 0))
