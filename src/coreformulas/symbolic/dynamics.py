r"""The words of a dynamical system: characteristic polynomial, determinant, rate along a flow.

A field has one component for each variable, as in :math:`\dot\theta = v_\theta(\theta, \psi)`. The
``formula`` of a word is what it means in every world. It is found by other means than those of
the rules: by directions and permutations instead of partial derivatives and minors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import permutations

import sympy as sp
from sympy.combinatorics.permutations import Permutation

from coreformulas.symbolic.vocabulary import Expectation, Gradient, Word

_STEP = sp.Dummy("step", real=True)


def _matching(name: str, found: Sequence[sp.Basic], variables: Sequence[sp.Basic]) -> None:
    if len(found) != len(variables):
        raise ValueError(
            f"{name}: one entry for each of {len(variables)} variables is expected, "
            f"got {len(found)}"
        )


class CharacteristicPolynomial(Word):
    r"""The polynomial :math:`\det(\lambda I - v'(x^*))` of a field v at a point.

    Its zeros are the eigenvalues of the Jacobian matrix there, with their multiplicities.
    """

    def __new__(
        cls,
        field: Iterable[sp.Expr],
        variables: Iterable[sp.Symbol],
        point: Iterable[sp.Expr],
        unknown: sp.Expr,
    ) -> CharacteristicPolynomial:
        """Make it for ``field``, in ``unknown``, with the Jacobian taken at ``point``."""
        components, names, values = (sp.Tuple(*items) for items in (field, variables, point))
        _matching("field", components, names)
        _matching("point", values, names)
        return super().__new__(cls, components, names, values, unknown)

    @property
    def field(self) -> tuple[sp.Expr, ...]:
        """The components of the field (of a map, where steps are counted)."""
        return tuple(self.args[0])

    @property
    def variables(self) -> tuple[sp.Symbol, ...]:
        """What the field moves."""
        return tuple(self.args[1])

    @property
    def point(self) -> tuple[sp.Expr, ...]:
        """Where the Jacobian is taken."""
        return tuple(self.args[2])

    @property
    def unknown(self) -> sp.Expr:
        r"""The variable :math:`\lambda` of the polynomial, or what stands for it."""
        return self.args[3]

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The symbols that are left at the point."""
        inner = set().union(*(part.free_symbols for part in self.field)) - set(self.variables)
        others = (self.unknown, *self.point)
        return inner.union(*(other.free_symbols for other in others))

    def formula(self) -> sp.Expr:
        """By the derivative in each direction at the point, and a sum over permutations."""
        columns = []
        for moved in self.variables:
            place = tuple(
                (variable, value + (_STEP if variable == moved else 0))
                for variable, value in zip(self.variables, self.point, strict=True)
            )
            columns.append([_slope_at_zero(part, place) for part in self.field])
        size = range(len(columns))
        return _leibniz([[self.unknown * int(i == j) - columns[j][i] for j in size] for i in size])


class Determinant(Word):
    """The determinant of a square matrix whose entries stand there, row after row."""

    def __new__(cls, *rows: Iterable[sp.Expr]) -> Determinant:
        """Make it from its rows."""
        tuples = [sp.Tuple(*row) for row in rows]
        if any(len(row) != len(tuples) for row in tuples):
            raise ValueError(
                f"rows: a square matrix is expected, got rows of {[len(row) for row in tuples]}"
            )
        return super().__new__(cls, *tuples)

    def formula(self) -> sp.Expr:
        """The sum over permutations."""
        return _leibniz([list(row) for row in self.args])


class AlongFlow(Word):
    r"""The rate :math:`\frac{d}{dt} f(x(t))` where :math:`\dot x = v(x)`."""

    is_real = True

    def __new__(
        cls, body: sp.Expr, variables: Iterable[sp.Symbol], field: Iterable[sp.Expr]
    ) -> AlongFlow:
        """Make the rate of ``body`` along the flow of ``field``."""
        names, components = sp.Tuple(*variables), sp.Tuple(*field)
        _matching("field", components, names)
        return super().__new__(cls, sp.sympify(body), names, components)

    @property
    def body(self) -> sp.Expr:
        """What changes."""
        return self.args[0]

    @property
    def variables(self) -> tuple[sp.Symbol, ...]:
        """What the field moves."""
        return tuple(self.args[1])

    @property
    def field(self) -> tuple[sp.Expr, ...]:
        """The components of the field."""
        return tuple(self.args[2])

    def formula(self) -> sp.Expr:
        """The derivative after a short step along the field, at no step."""
        place = tuple(
            (variable, variable + _STEP * part)
            for variable, part in zip(self.variables, self.field, strict=True)
        )
        return _slope_at_zero(self.body, place)


def _leibniz(rows: list[list[sp.Expr]]) -> sp.Expr:
    size = len(rows)
    return sp.Add(
        *(
            Permutation(order).signature() * sp.Mul(*(rows[i][order[i]] for i in range(size)))
            for order in map(list, permutations(range(size)))
        )
    )


@lru_cache(maxsize=1024)  # two lines in a row share most of their components
def _slope_at_zero(expr: sp.Expr, place: tuple[tuple[sp.Symbol, sp.Expr], ...]) -> sp.Expr:
    """The derivative with respect to the step, at none, of ``expr`` at ``place``."""
    moved = _carried_out(expr).xreplace(dict(place))
    slope = _derivative(moved, _STEP).xreplace({_STEP: sp.Integer(0)})
    if slope.has(sp.nan, sp.zoo, sp.oo):
        raise ValueError(f"{expr} has no derivative there")
    return slope


@lru_cache(maxsize=1024)
def _carried_out(expr: sp.Expr) -> sp.Expr:
    """``expr`` with its gradients carried out, under the means."""
    if isinstance(expr, Gradient):
        return _derivative(_carried_out(expr.body), expr.parameter)
    if not expr.has(Gradient):
        return expr
    return expr.func(*(_carried_out(arg) for arg in expr.args))


def _derivative(expr: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
    """The derivative of what is linear in its means."""
    if not expr.has(Expectation):
        return sp.diff(expr, symbol)
    if isinstance(expr, Expectation):
        if symbol in expr.density.free_symbols:
            raise ValueError(f"{symbol} moves the density of a mean, which is not provided for")
        return Expectation(_derivative(expr.body, symbol), expr.density)
    if isinstance(expr, sp.Add):
        return sp.Add(*(_derivative(term, symbol) for term in expr.args))
    if isinstance(expr, sp.Mul):
        return sp.Add(
            *(
                sp.Mul(*expr.args[:k], _derivative(factor, symbol), *expr.args[k + 1 :])
                for k, factor in enumerate(expr.args)
            )
        )
    raise ValueError(f"{type(expr).__name__}: sums and products of means are expected")
