"""Places inside an expression: find one, replace what stands there, carry a gap up from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sympy as sp

from coreformulas.symbolic.divergence import JSD
from coreformulas.symbolic.errors import RuleError
from coreformulas.symbolic.vocabulary import KL, Expectation, Variance

Path = tuple[int, ...]


def places(expr: sp.Basic, path: Path = ()) -> Iterator[tuple[Path, sp.Basic]]:
    """Every sub-expression with its path, outermost first, leaving out averaging densities."""
    yield path, expr
    if isinstance(expr, KL | JSD):
        return
    for index, child in enumerate(expr.args):
        if isinstance(expr, Expectation | Variance) and index == 1:
            continue
        if isinstance(child, sp.Basic):
            yield from places(child, (*path, index))


def find(expr: sp.Expr, wanted: Callable[[sp.Basic], bool]) -> Path | None:
    """The path of the outermost, leftmost sub-expression for which ``wanted`` is true."""
    return next((path for path, node in places(expr) if wanted(node)), None)


def at(expr: sp.Basic, path: Path) -> sp.Basic:
    """The sub-expression at ``path``."""
    for index in path:
        expr = expr.args[index]
    return expr


def replace(expr: sp.Basic, path: Path, new: sp.Basic) -> sp.Basic:
    """``expr`` with ``new`` at ``path``."""
    if not path:
        return new
    args = list(expr.args)
    args[path[0]] = replace(args[path[0]], path[1:], new)
    return expr.func(*args)


def lift(expr: sp.Expr, path: Path, gap: sp.Expr, rule: str) -> tuple[int, sp.Expr]:
    """Carry the gap of an inequality from ``path`` to the whole expression.

    Only linear surroundings are allowed: a sum, a factor of known sign, an expectation. Returns
    the sign with which the inequality arrives (-1 where a negative factor turned it around) and
    the nonnegative size of the gap there. Raises ``RuleError`` in any other surroundings, where
    an inequality would not carry over.
    """
    if not path:
        return 1, gap
    child = expr.args[path[0]]
    sign, inner = lift(child, path[1:], gap, rule)
    if isinstance(expr, sp.Add):
        return sign, inner
    if isinstance(expr, Expectation) and path[0] == 0:
        return sign, Expectation(inner, expr.density)
    if isinstance(expr, sp.Mul):
        factor = sp.Mul(*(arg for k, arg in enumerate(expr.args) if k != path[0]))
        if factor.is_positive:
            return sign, factor * inner
        if factor.is_negative:
            return -sign, -factor * inner
        raise RuleError(rule, expr, f"the sign of the factor {factor} is not known")
    raise RuleError(
        rule,
        expr,
        f"an inequality does not carry through {expr.func.__name__}, which is not linear",
    )
