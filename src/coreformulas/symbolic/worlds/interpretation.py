"""From the words of a derivation to plain SymPy, inside one world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import sympy as sp
from sympy.core.function import AppliedUndef

from coreformulas.symbolic.divergence import JSD, Mixture
from coreformulas.symbolic.draws import Average
from coreformulas.symbolic.dynamics import AlongFlow, CharacteristicPolynomial, Determinant
from coreformulas.symbolic.evidence import Evidence
from coreformulas.symbolic.softmax import LogSumExp, Softmax
from coreformulas.symbolic.vocabulary import (
    KL,
    Binomial,
    Density,
    Expectation,
    Gradient,
    Integrate,
    Normal,
    ProductDensity,
    Variance,
)

Environment = Mapping[sp.Basic, sp.Basic]
_WITH_FORMULA = (
    Normal,
    Binomial,
    Mixture,
    CharacteristicPolynomial,
    Determinant,
    AlongFlow,
    Average,
    Softmax,
    LogSumExp,
)


class World(Protocol):
    """What a world must know; ``interpret`` does the rest."""

    size: int

    def evidence(self) -> Evidence:
        """What agreement in this world is worth."""
        ...

    def density(self, node: Density, where: Environment) -> sp.Expr:
        """The value of an abstract density."""
        ...

    def function(self, node: AppliedUndef, where: Environment) -> sp.Expr:
        """The value of an unknown function."""
        ...

    def integral(
        self, variable: sp.Basic, body: Callable[[Environment], sp.Expr], where: Environment
    ) -> sp.Expr:
        """The integral (or sum) of ``body`` over one variable."""
        ...

    def is_zero(self, expr: sp.Expr) -> bool:
        """Whether an interpreted expression vanishes identically in this world."""
        ...

    def is_positive_at_points(self, expr: sp.Expr) -> bool:
        """Whether an interpreted gap is positive at every one of some seeded points."""
        ...


def interpret(expr: sp.Basic, world: World, where: Environment | None = None) -> sp.Basic:
    """``expr`` with every word replaced by its meaning in ``world``.

    ``where`` says what the bound variables stand for at the moment.
    """
    where = where or {}
    if isinstance(expr, Density):
        return world.density(expr, where)
    if isinstance(expr, AppliedUndef):
        return world.function(expr, where)
    if isinstance(expr, Expectation | Integrate | KL | JSD):
        return _integral(expr, world, where)
    if isinstance(expr, Variance):
        mean = _integral(Expectation(expr.body, expr.density), world, where)
        return _integral(Expectation(expr.body**2, expr.density), world, where) - mean**2
    if isinstance(expr, _WITH_FORMULA):
        return interpret(expr.formula(), world, where)
    if isinstance(expr, ProductDensity):
        factor, index, upper = expr.args
        picked = (_pick(factor, index, k) for k in _range(world, upper))
        return sp.Mul(*(interpret(item, world, where) for item in picked))
    if isinstance(expr, Gradient):
        return sp.diff(interpret(expr.body, world, where), expr.parameter)
    if isinstance(expr, sp.Sum):
        ((index, _, upper),) = expr.limits
        picked = (_pick(expr.function, index, k) for k in _range(world, upper))
        return sp.Add(*(interpret(item, world, where) for item in picked))
    if expr in where:
        return where[expr]
    if not expr.args or isinstance(expr, sp.Indexed | sp.Integral):
        return expr
    return expr.func(*(interpret(arg, world, where) for arg in expr.args))


def _range(world: World, upper: sp.Expr) -> range:
    """From 1 to ``upper``, in which the world's size stands for a symbol."""
    return range(1, int(upper.subs(dict.fromkeys(upper.free_symbols, world.size))) + 1)


def _pick(expr: sp.Expr, index: sp.Symbol, k: int) -> sp.Expr:
    return expr.xreplace({index: sp.Integer(k)})


def _integral(expr: sp.Expr, world: World, where: Environment) -> sp.Expr:
    """Expectations, integrals and divergences, each by its textbook definition."""
    if isinstance(expr, Integrate):
        return _nested([expr.variable], expr.body, world, where)
    if isinstance(expr, KL):
        first, second = expr.args
        return _nested(_coordinates(first, world), first * sp.log(first / second), world, where)
    if isinstance(expr, JSD):  # the entropy of the mixture, less the mean of the two entropies
        first, second = expr.args
        middle = (first + second) / 2
        own = (first * sp.log(first) + second * sp.log(second)) / 2
        return _nested(_coordinates(first, world), own - middle * sp.log(middle), world, where)
    return _nested(_coordinates(expr.density, world), expr.density * expr.body, world, where)


def _coordinates(density: sp.Expr, world: World) -> list[sp.Basic]:
    if isinstance(density, ProductDensity):
        factor, index, upper = density.args
        return [_pick(factor.variables[0], index, k) for k in _range(world, upper)]
    return list(density.variables)


def _nested(variables: list[sp.Basic], body: sp.Expr, world: World, where: Environment) -> sp.Expr:
    if not variables:
        return interpret(body, world, where)
    return world.integral(
        variables[0], lambda inner: _nested(variables[1:], body, world, inner), where
    )


def apply_formula(
    formulas: Mapping[str, sp.Expr], argument: sp.Symbol, node: AppliedUndef, where: Environment
) -> sp.Expr:
    """The value of an unknown function with a formula; each prime of its name differentiates."""
    name = node.func.__name__
    formula = formulas[name.rstrip("'")]
    for _ in range(name.count("'")):
        formula = sp.diff(formula, argument)
    return formula.xreplace({argument: node.args[0].xreplace(dict(where))})
