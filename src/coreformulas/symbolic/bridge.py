"""From a closed form to a JAX function, so that code can be held against the formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sympy as sp

from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.vocabulary import Word


def unroll(expr: sp.Expr, size: int) -> sp.Expr:
    """Write out every sum over ``1..D`` with ``size`` terms."""

    def terms(total: sp.Sum) -> sp.Expr:
        ((index, _, _),) = total.limits
        return sp.Add(*(total.function.xreplace({index: sp.Integer(k + 1)}) for k in range(size)))

    return expr.replace(lambda node: isinstance(node, sp.Sum), terms)


def _log_binomial_as_log_gamma(expr: sp.Expr) -> sp.Expr:
    def rewrite(n: sp.Expr, k: sp.Expr) -> sp.Expr:
        return sp.exp(sp.loggamma(n + 1) - sp.loggamma(k + 1) - sp.loggamma(n - k + 1))

    return sp.expand_log(expr.replace(sp.binomial, rewrite), force=True)


def to_jax(
    expr: sp.Expr, arguments: Sequence[sp.Symbol | sp.IndexedBase], size: int | None = None
) -> Callable:
    """A JAX function of ``arguments`` that computes ``expr``.

    An ``IndexedBase`` among the arguments stands for an array whose last axis has ``size``
    entries. Imports JAX when called. Raises ``ValueError`` where ``expr`` is no closed form (it
    still holds an expectation or a density) or where a symbol is missing from ``arguments``.
    """
    import jax.scipy.special

    if words := expr.atoms(Word):
        raise ValueError(f"expr: a closed form is expected, got {to_text(words.pop())} in it")
    arrays = [argument for argument in arguments if isinstance(argument, sp.IndexedBase)]
    if arrays and size is None:
        raise ValueError(f"size: needed for the array argument {arrays[0]}, got None")
    count = size or 0
    closed = _log_binomial_as_log_gamma(unroll(expr, size) if size else expr)
    flat: list[sp.Symbol] = []
    for argument in arguments:
        if isinstance(argument, sp.IndexedBase):
            names = [sp.Symbol(f"{argument}_{k + 1}", real=True) for k in range(count)]
            closed = closed.xreplace({argument[k + 1]: names[k] for k in range(count)})
            flat += names
        else:
            flat.append(argument)
    if missing := closed.free_symbols - set(flat):
        raise ValueError(f"arguments: {sorted(map(str, missing))} are missing")
    modules = [{"loggamma": jax.scipy.special.gammaln}, "jax"]
    function = sp.lambdify(flat, closed, modules=modules)

    def call(*values):
        spread = []
        for argument, value in zip(arguments, values, strict=True):
            is_array = isinstance(argument, sp.IndexedBase)
            spread += [value[..., k] for k in range(count)] if is_array else [value]
        return function(*spread)

    return call
