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
    """JAX has no binomial coefficient; its logarithm is a sum of log-gammas."""
    log_gamma = sp.Function("log_gamma")  # SymPy's own turns back into a factorial

    def rewrite(binomial: sp.Expr) -> sp.Expr:
        n, k = binomial.args
        return log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1)

    return expr.replace(
        lambda node: isinstance(node, sp.log) and isinstance(node.args[0], sp.binomial),
        lambda node: rewrite(node.args[0]),
    )


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
    modules = [{"log_gamma": jax.scipy.special.gammaln}, "jax"]
    function = sp.lambdify(flat, closed, modules=modules)

    def call(*values):
        spread = []
        for argument, value in zip(arguments, values, strict=True):
            is_array = isinstance(argument, sp.IndexedBase)
            spread += [value[..., k] for k in range(count)] if is_array else [value]
        return function(*spread)

    return call
