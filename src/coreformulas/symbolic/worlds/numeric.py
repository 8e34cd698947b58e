"""A world of numbers: seeded points, 50 digits, integrals by quadrature."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import mpmath
import sympy as sp
from sympy.core.function import AppliedUndef

from coreformulas.symbolic.evidence import Evidence
from coreformulas.symbolic.vocabulary import Density
from coreformulas.symbolic.worlds.interpretation import Environment, apply_formula
from coreformulas.symbolic.worlds.sampling import DIGITS, points

TOLERANCE = mpmath.mpf(10) ** -40


class NumericWorld:
    """Concrete densities, numbers for the parameters, integrals over the real line by mpmath.

    ``functions`` gives each unknown function a formula in ``argument``; it may be anything smooth,
    which is what this world has over the Gaussian one.
    """

    argument = sp.Symbol("t", real=True)

    def __init__(
        self, functions: Mapping[str, sp.Expr] | None = None, *, count: int = 100, size: int = 3
    ) -> None:
        """Make the world with ``count`` seeded points."""
        self.functions, self.count, self.size = dict(functions or {}), count, size

    def evidence(self) -> Evidence:
        """Agreement at points is no proof."""
        return Evidence.of("numeric", f"numeric, {DIGITS} digits at {self.count} points")

    def density(self, node: Density, where: Environment) -> sp.Expr:  # noqa: ARG002
        """Abstract densities have no numbers."""
        raise KeyError(f"the numeric world has no formula for {node}")

    def function(self, node: AppliedUndef, where: Environment) -> sp.Expr:
        """The formula of this function, differentiated once for each prime of its name."""
        return apply_formula(self.functions, self.argument, node, where)

    def integral(
        self, variable: sp.Basic, body: Callable[[Environment], sp.Expr], where: Environment
    ) -> sp.Expr:
        """An integral that is left to quadrature."""
        symbol = sp.Symbol(f"bound_{variable}", real=True)
        return sp.Integral(body({**where, variable: symbol}), (symbol, -sp.oo, sp.oo))

    def is_zero(self, expr: sp.Expr) -> bool:
        """Whether ``expr`` is below 1e-40 at every point."""
        return all(abs(value) < TOLERANCE for value in self._values(expr))

    def is_positive_at_points(self, expr: sp.Expr) -> bool:
        """Whether ``expr`` is positive at every point."""
        return all(value > 0 for value in self._values(expr))

    def _values(self, expr: sp.Expr) -> Iterator[Any]:
        with mpmath.workdps(DIGITS):
            for point in points(expr, self.count):
                yield _number(expr.subs(point))


def _number(expr: sp.Expr) -> Any:
    """The value of an expression without free symbols; integrals by double-exponential rules."""
    values = {node: _quadrature(node) for node in expr.atoms(sp.Integral)}
    names = {node: sp.Dummy() for node in values}
    plain = sp.lambdify(list(names.values()), expr.xreplace(names), modules="mpmath")
    return mpmath.mpf(plain(*values.values()))


@lru_cache(maxsize=1024)
def _quadrature(integral: sp.Integral) -> Any:
    ((variable, _, _),) = integral.limits
    integrand = sp.lambdify(variable, integral.function, modules="mpmath")
    return mpmath.quad(integrand, [-mpmath.inf, -4, 0, 4, mpmath.inf])
