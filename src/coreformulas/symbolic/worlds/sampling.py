"""Seeded points for the symbols of an expression, and values there at 50 digits."""

from __future__ import annotations

import random
from collections.abc import Iterator

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
    return all(sp.N(expr.subs(point), DIGITS) > 0 for point in points(expr, count))
