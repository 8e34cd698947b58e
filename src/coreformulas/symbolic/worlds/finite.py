"""A world of K states: sums for integrals, symbolic positive weights for densities."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import sympy as sp
from sympy.core.function import AppliedUndef

from coreformulas.symbolic.evidence import Evidence
from coreformulas.symbolic.vocabulary import Density
from coreformulas.symbolic.worlds.interpretation import Environment
from coreformulas.symbolic.worlds.sampling import positive_at_points
from coreformulas.symbolic.worlds.zero import is_zero


class FiniteWorld:
    """Every variable takes ``size`` values; every joint is a table of positive symbols.

    A joint over (x, z) is a table of weights divided by their total, and its marginals and
    conditionals are sums and quotients of it. A variable that is not summed over is observed, in
    its first state: the weights are symbols, so any other state is the same up to their names.
    ``joints`` says which variables each named joint is over.
    """

    def __init__(self, joints: dict[str, tuple[sp.Symbol, ...]], size: int = 3) -> None:
        """Make the world with ``size`` states for each variable."""
        self.size = size
        self.joints = {name: tuple(variables) for name, variables in joints.items()}
        self._mass = cache(self._sum_of_weights)

    def evidence(self) -> Evidence:
        """Agreement is exact, for this many states and all weights."""
        return Evidence.of("exact", f"exact for K = {self.size}")

    def _sum_of_weights(self, name: str, fixed: frozenset[tuple[sp.Symbol, int]]) -> sp.Expr:
        states = [()]
        known = dict(fixed)
        for variable in self.joints[name]:
            values = [known[variable]] if variable in known else range(self.size)
            states = [(*state, value) for state in states for value in values]
        return sp.Add(*(self._weight(name, state) for state in states))

    def _weight(self, name: str, state: tuple[int, ...]) -> sp.Expr:
        """Of one combination of states, up to a factor that all have."""
        return sp.Symbol(f"{name}_{''.join(str(k + 1) for k in state)}", positive=True)

    def density(self, node: Density, where: Environment) -> sp.Expr:
        """Weight of the named states over the weight of the conditioning ones."""
        both = frozenset((v, int(where.get(v, 0))) for v in (*node.variables, *node.given))
        below = frozenset((v, int(where.get(v, 0))) for v in node.given)
        return self._mass(node.name, both) / self._mass(node.name, below)

    def function(self, node: AppliedUndef, where: Environment) -> sp.Expr:
        """One symbol for each state, positive where the function is."""
        (argument,) = node.args
        name = f"{node.func.__name__}_{int(where.get(argument, 0)) + 1}"
        return sp.Symbol(name, positive=True) if node.is_positive else sp.Symbol(name, real=True)

    def integral(
        self, variable: sp.Basic, body: Callable[[Environment], sp.Expr], where: Environment
    ) -> sp.Expr:
        """The sum over the states of ``variable``."""
        return sp.Add(*(body({**where, variable: sp.Integer(k)}) for k in range(self.size)))

    def is_zero(self, expr: sp.Expr) -> bool:
        """Whether ``expr`` vanishes for all weights."""
        return is_zero(expr)

    def is_positive_at_points(self, expr: sp.Expr) -> bool:
        """Whether ``expr`` is positive at seeded points."""
        return positive_at_points(expr)
