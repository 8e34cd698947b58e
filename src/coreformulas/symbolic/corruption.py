"""Wrong derivations on purpose: each line of a derivation changed in every way we can think of.

A check that cannot fail is worth nothing. Every corruption made here must be rejected by ``check``;
``kill`` counts how many are, and how many of them by the worlds alone, without the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import sympy as sp

from coreformulas.symbolic import tree
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.errors import CheckError, DerivationError
from coreformulas.symbolic.rule import Relation
from coreformulas.symbolic.vocabulary import KL, Density, Expectation, Gradient, Normal, Variance

_OTHER_RELATIONS: dict[Relation, tuple[Relation, ...]] = {
    "=": (">=", "<="),
    ">=": ("=", "<="),
    "<=": ("=", ">="),
}


@dataclass(frozen=True)
class Corruption:
    """One wrong derivation: what was done to which line (0 is the start)."""

    what: str
    number: int
    derivation: Derivation


@dataclass(frozen=True)
class Kills:
    """How many corruptions of one derivation were made, and what rejected them."""

    made: int
    by_check: int
    by_worlds: int
    survivors: tuple[Corruption, ...]

    @property
    def rate(self) -> float:
        """The share of corruptions that ``check`` rejects."""
        return self.by_check / self.made


def _whole(expr: sp.Expr) -> Iterator[tuple[str, sp.Expr]]:
    yield "sign of the line", -expr
    yield "factor two", 2 * expr
    yield "one added", expr + 1


def _inside(node: sp.Basic) -> Iterator[tuple[str, sp.Basic]]:
    """Wrong versions of one sub-expression, each with a name."""
    if isinstance(node, sp.Add):
        for term in node.args:
            yield "sign of a term", node - 2 * term
            yield "term dropped", node - term
    if isinstance(node, sp.Mul):
        for factor in node.args:
            yield "factor dropped", node / factor
            if not factor.is_number:
                yield "factor inverted", node / factor**2
    if isinstance(node, sp.Pow) and node.exp.is_number:
        yield "power raised", node.base ** (node.exp + 1)
    if isinstance(node, sp.log):
        yield "logarithm dropped", node.args[0]
    if isinstance(node, KL):
        yield "arguments of KL swapped", KL(*reversed(node.args))
    if isinstance(node, Gradient):
        yield "gradient dropped", node.body
    if isinstance(node, Expectation | Variance):
        yield f"{type(node).__name__.lower()} dropped", node.body
        if isinstance(node, Variance):
            yield "variance written as a mean", Expectation(*node.args)
        if isinstance(node.density, Normal):
            z, mean, scale = node.density.args
            yield "mean of the density moved", node.func(node.body, Normal(z, mean + 1, scale))
            yield "scale of the density doubled", node.func(node.body, Normal(z, mean, 2 * scale))
    if isinstance(node, Density):
        yield from _wrong_density(node)


def _wrong_density(node: Density) -> Iterator[tuple[str, sp.Basic]]:
    if node.given:
        yield "condition dropped", Density(node.name, node.variables)
        yield "condition turned around", Density(node.name, node.given, node.variables)
    if len(node.variables) > 1:
        for variable in node.variables:
            yield "variable dropped", Density(node.name, variable)


def corruptions(derivation: Derivation) -> Iterator[Corruption]:
    """Every corruption of every line, the start included, each different from the original."""
    for number in range(len(derivation.lines) + 1):
        line = derivation.lines[number - 1] if number else None
        expr = line.expr if line else derivation.start
        seen = {expr}
        for what, wrong in (*_whole(expr), *_everywhere(expr)):
            if wrong not in seen:
                seen.add(wrong)
                yield Corruption(what, number, _with(derivation, number, expr=wrong))
        if line is None:
            continue
        for relation in _OTHER_RELATIONS[line.relation]:
            what = f"{line.relation} written as {relation}"
            yield Corruption(what, number, _with(derivation, number, relation=relation))


def _everywhere(expr: sp.Expr) -> Iterator[tuple[str, sp.Expr]]:
    for path, node in tree.places(expr):
        for what, wrong in _inside(node):
            try:
                yield what, tree.replace(expr, path, wrong)
            except ValueError:
                continue  # the words refuse to form it, as a density without variables


def _with(derivation: Derivation, number: int, **changes) -> Derivation:
    if number == 0:
        return replace(derivation, start=changes["expr"])
    lines = list(derivation.lines)
    lines[number - 1] = replace(lines[number - 1], **changes)
    return replace(derivation, lines=tuple(lines))


def _changed(corruption: Corruption) -> set[int]:
    """The lines that a corruption concerns: the changed one and the one after it."""
    last = len(corruption.derivation.lines)
    return {max(corruption.number, 1), min(corruption.number + 1, last)}


def rejected_by_worlds(corruption: Corruption) -> bool:
    """Whether some world finds a changed line wrong, whatever the rules say."""
    try:
        for number in _changed(corruption):
            corruption.derivation.work_out(number)
    except CheckError as error:
        return error.where != "rule"
    return False


def rejected_by_rules(corruption: Corruption) -> bool:
    """Whether a rule computes something else, or the claim is not met."""
    try:
        for number in _changed(corruption):
            corruption.derivation.recompute(number)
        corruption.derivation.meet_claim()
    except DerivationError:
        return True
    return False


def kill(derivation: Derivation) -> Kills:
    """Corrupt ``derivation`` in every way and count what is rejected."""
    made = by_check = by_worlds = 0
    survivors = []
    for corruption in corruptions(derivation):
        made += 1
        found = rejected_by_worlds(corruption)
        by_worlds += found
        if found or rejected_by_rules(corruption):
            by_check += 1
        else:
            survivors.append(corruption)
    return Kills(made, by_check, by_worlds, tuple(survivors))
