"""Seeded points for the symbols of an expression, and values there at 50 digits."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache

import mpmath
import sympy as sp

DIGITS = 50


def points(expr: sp.Expr, count: int, seed: int = 0) -> Iterator[dict[sp.Symbol, sp.Rational]]:
    """Random rational values for the free symbols, in keeping with their assumptions."""
    generator = random.Random(seed)
    symbols = sorted((s for s in expr.free_symbols if not isinstance(s, sp.Idx)), key=str)
    for _ in range(count):
        yield {symbol: _value(symbol, generator) for symbol in symbols}


def _value(symbol: sp.Symbol, generator: random.Random) -> sp.Rational:
    if symbol.is_integer:
        return sp.Integer(generator.randint(1, 9))
    magnitude = sp.Rational(generator.randint(50, 2000), 1000)
    negative = not symbol.is_positive and generator.random() < 0.5
    return -magnitude if negative else magnitude


def positive_at_points(expr: sp.Expr, count: int = 10) -> bool:
    """Whether ``expr`` is positive at every one of ``count`` seeded points."""
    return all(value_at(expr, point) > 0 for point in points(expr, count))


def value_at(expr: sp.Expr, point: dict[sp.Symbol, sp.Rational]) -> sp.Expr:
    """The value of ``expr`` at ``point``; integrals by quadrature, which is fast."""
    plain = expr.subs(point).replace(lambda node: isinstance(node, sp.Integral), _quadrature)
    return sp.N(plain, DIGITS)


@lru_cache(maxsize=1024)
def _quadrature(integral: sp.Integral) -> sp.Expr:
    ((variable, low, high),) = integral.limits
    integrand = sp.lambdify(variable, integral.function, modules="mpmath")
    with mpmath.workdps(DIGITS):
        return sp.Float(mpmath.quad(integrand, [low, high]), DIGITS)
