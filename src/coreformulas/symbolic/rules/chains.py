"""Rules about stationary Markov chains, and about sums in which later terms have no part."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import Rewriting, Rule
from coreformulas.symbolic.vocabulary import Density, Expectation


def markov_property(times: tuple[sp.Symbol, ...], joint: str = "p") -> Rule:
    r"""Of all that came before, the last is enough: :math:`p(z \mid x, y) = p(z \mid y)`.

    ``times`` are the variables in their order.
    """

    def rewrite(expr: sp.Expr) -> Rewriting:
        (after,) = expr.variables
        place = times.index(after) if after in times else 0
        if set(expr.given) != set(times[:place]) or len(expr.given) < 2:
            raise rule.refuse(expr, f"it is not given two or more, all before {after} in {times}")
        return Rewriting(Density(joint, after, times[place - 1]))

    rule = Rule(
        name="Markov property",
        statement=r"p(x_t \mid x_1, \ldots, x_{t-1}) = p(x_t \mid x_{t-1})",
        fits=lambda node: (
            isinstance(node, Density)
            and node.name == joint
            and len(node.variables) == 1
            and len(node.given) > 1
        ),
        rewrite=rewrite,
        form=f"a density named {joint} of one variable, given several",
        assumes=(f"{joint} is a Markov chain",),
    )
    return rule


def shift_in_time(times: tuple[sp.Symbol, ...], joint: str = "p") -> Rule:
    r"""A stationary chain looks the same one step earlier: :math:`E f(x_{t-1}, x_t)` has no t."""
    earlier = dict(zip(times[1:], times, strict=False))

    def rewrite(expr: sp.Expr) -> Rewriting:
        symbols = set(expr.density.variables) | expr.body.free_symbols
        if not symbols <= set(earlier):
            raise rule.refuse(expr, f"it is not all about {', '.join(map(str, times[1:]))}")
        if {node.name for node in expr.atoms(Density)} != {joint}:
            raise rule.refuse(expr, f"not all of {to_text(expr)} is about {joint}")
        # All at once: the time before one variable may be another of them.
        moved = _renamed(expr.density, earlier)
        return Rewriting(Expectation(expr.body.replace(*_each(earlier)), moved))

    rule = Rule(
        name="stationarity",
        statement=r"\mathbb{E}[f(x_{t-1}, x_t)] = \mathbb{E}[f(x_{t-2}, x_{t-1})]",
        fits=lambda node: (
            isinstance(node, Expectation)
            and isinstance(node.density, Density)
            and node.density.name == joint
            and not node.density.given
            and times[0] not in node.density.variables
        ),
        rewrite=rewrite,
        form=f"a mean under a marginal of {joint} without the first variable",
        assumes=(f"{joint} is stationary",),
    )
    return rule


def _renamed(density: Density, names: dict[sp.Symbol, sp.Symbol]) -> Density:
    variables, given = ([names[v] for v in part] for part in (density.variables, density.given))
    return Density(density.name, variables, given)


def _each(names: dict[sp.Symbol, sp.Symbol]):
    """What ``replace`` takes to rename the variables of every density."""
    return (lambda node: isinstance(node, Density), lambda node: _renamed(node, names))


def end_at_mask(mask: Callable[..., sp.Expr], last: sp.Expr) -> Rule:
    r"""Terms that a mask makes zero have no part: the sum ends at the last that it lets through."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        ((index, low, high),) = expr.limits
        if not (high - last).is_nonnegative:
            raise rule.refuse(expr, f"{to_text(high)} is not known to be at least {to_text(last)}")
        factors = sp.Mul.make_args(expr.function)
        if factors.count(mask(index)) != 1:
            raise rule.refuse(expr, f"{to_text(mask(index))} is no factor of its terms")
        rest = sp.Mul(*(factor for factor in factors if factor != mask(index)))
        return Rewriting(sp.Sum(rest, (index, low, last)))

    rule = Rule(
        name="end at the mask",
        statement=r"\sum_{j=1}^{n} [j \le t] \, a_j = \sum_{j=1}^{t} a_j \text{ for } t \le n",
        fits=lambda node: isinstance(node, sp.Sum) and node.function.has(mask),
        rewrite=rewrite,
        form=f"a sum with the mask {mask} in it",
        assumes=(f"{mask}(j) is 1 up to j = {to_text(last)}, and 0 for later keys",),
    )
    return rule


def split_last_term() -> Rule:
    r"""The last term apart: :math:`\sum_{j=1}^{t+1} a_j = \sum_{j=1}^{t} a_j + a_{t+1}`."""

    def rewrite(expr: sp.Expr) -> Rewriting:
        ((index, low, high),) = expr.limits
        if not (high - low).is_nonnegative:
            raise rule.refuse(expr, "it is not known to have a term")
        return Rewriting(
            sp.Sum(expr.function, (index, low, high - 1)) + expr.function.xreplace({index: high})
        )

    rule = Rule(
        name="the last term apart",
        statement=r"\sum_{j=1}^{t+1} a_j = \sum_{j=1}^{t} a_j + a_{t+1}",
        fits=lambda node: isinstance(node, sp.Sum),
        rewrite=rewrite,
        form="a sum",
    )
    return rule
