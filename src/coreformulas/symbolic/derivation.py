"""A derivation: a starting expression and lines that rules have computed from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import sympy as sp

from coreformulas.symbolic import tree
from coreformulas.symbolic.errors import CheckError, ClaimError, DerivationError, RuleError
from coreformulas.symbolic.evidence import Evidence
from coreformulas.symbolic.printing import to_text
from coreformulas.symbolic.rule import FLIPPED, Gap, Relation, Rule
from coreformulas.symbolic.worlds.interpretation import World, interpret


@dataclass(frozen=True)
class Line:
    """One line: how it relates to the line above, by which rule, applied where."""

    expr: sp.Expr
    relation: Relation
    rule: Rule
    path: tree.Path
    because: str = ""


@dataclass(frozen=True)
class Computed:
    """What a rule makes of a whole line: the next one, and the gap that it leaves."""

    expr: sp.Expr
    relation: Relation = "="
    gap: sp.Expr | None = None
    source: Gap | None = None


def apply_rule(rule: Rule, before: sp.Expr, path: tree.Path) -> Computed:
    """Apply ``rule`` at ``path`` of ``before`` and carry the relation to the whole line."""
    part = tree.at(before, path)
    if not rule.fits(part):
        raise rule.refuse(part, f"{rule.form} is expected")
    rewriting = rule.rewrite(part)
    after = tree.replace(before, path, rewriting.after)
    if rewriting.gap is None:
        return Computed(after)
    sign, gap = tree.lift(before, path, rewriting.gap.expr, rule.name)
    relation = rewriting.relation if sign > 0 else FLIPPED[rewriting.relation]
    return Computed(after, relation, gap, rewriting.gap)


def compose(first: Relation, second: Relation) -> Relation | None:
    """The relation of two steps taken one after the other; ``None`` where they disagree."""
    if "=" in (first, second):
        return second if first == "=" else first
    return first if first == second else None


def _statement(start: sp.Expr, relation: Relation, end: sp.Expr) -> str:
    return f"{to_text(start)} {relation} {to_text(end)}"


@dataclass(frozen=True, repr=False)
class Derivation:
    """A chain of lines, each computed by a rule from the one above.

    Args:
        label: the name under which chapters, tests and the command line cite it.
        title: what is derived, in words.
        start: the expression on the left of the chain.
        worlds: where every line is worked out a second time.
        source: the primary source, with its equation or theorem number.
        lines: made by ``step``; not to be written by hand.
        claim: made by ``conclude``: start, relation and end, as written down apart from the steps.
    """

    label: str
    title: str
    start: sp.Expr
    worlds: Sequence[World] = field(repr=False)
    source: str = ""
    lines: tuple[Line, ...] = ()
    claim: tuple[sp.Expr, Relation, sp.Expr] | None = None

    @property
    def end(self) -> sp.Expr:
        """The expression of the last line."""
        return self.lines[-1].expr if self.lines else self.start

    @property
    def relation(self) -> Relation:
        """How the start relates to the end."""
        total: Relation = "="
        for line in self.lines:
            total = compose(total, line.relation) or total
        return total

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the rules take for granted, each once, in the order of the lines."""
        return tuple(dict.fromkeys(text for line in self.lines for text in line.rule.assumes))

    def step(self, rule: Rule, at: sp.Expr | None = None, because: str = "") -> Derivation:
        """The derivation with one more line, computed by ``rule``.

        The rule is applied to ``at``, or to the outermost, leftmost part of the last line that it
        fits. ``because`` says in plain words why one would do this. Raises ``RuleError`` where the
        rule does not apply, and where an inequality would point against the earlier ones.
        """
        if at is None:
            path = tree.find(self.end, rule.fits)
        else:
            path = tree.find(self.end, lambda node: node == at)
        if path is None:
            reason = f"{rule.form} is expected" if at is None else f"{to_text(at)} is no part of it"
            raise RuleError(rule.name, self.end, reason)
        computed = apply_rule(rule, self.end, path)
        if compose(self.relation, computed.relation) is None:
            reason = f"it gives {computed.relation}, and the lines above give {self.relation}"
            raise RuleError(rule.name, self.end, reason)
        line = Line(computed.expr, computed.relation, rule, path, because)
        return replace(self, lines=(*self.lines, line))

    def conclude(self, relation: Relation, claimed: sp.Expr) -> Derivation:
        """The same derivation with a claim: its start stands in ``relation`` to ``claimed``.

        The claim is written down apart from the steps, and ``check`` holds them against it. Raises
        ``ClaimError``, which shows both, where they differ.
        """
        concluded = replace(self, claim=(self.start, relation, claimed))
        concluded.meet_claim()
        return concluded

    def meet_claim(self) -> None:
        """Raise ``ClaimError`` where the lines do not reach what is claimed, or nothing is."""
        reached = (self.start, self.relation, self.end)
        if self.claim != reached:
            claimed = _statement(*self.claim) if self.claim else "nothing (call conclude)"
            raise ClaimError(self.label, claimed, _statement(*reached))

    def check(self) -> tuple[tuple[Evidence, ...], ...]:
        """The evidence for each line, strongest first.

        Each line is computed again by its rule and then worked out in every world, and the whole
        is held against its claim. Raises ``CheckError`` at the first line that fails, with what
        was found, and ``ClaimError`` where the claim is not met.
        """
        found = tuple(
            tuple(sorted(self.recompute(number) + self.work_out(number)))
            for number in range(1, len(self.lines) + 1)
        )
        self.meet_claim()
        return found

    @cached_property
    def evidence(self) -> tuple[tuple[Evidence, ...], ...]:
        """What ``check`` returns, worked out once."""
        return self.check()

    def _before(self, number: int) -> sp.Expr:
        return self.lines[number - 2].expr if number > 1 else self.start

    def _compute(self, number: int) -> Computed:
        line = self.lines[number - 1]
        return apply_rule(line.rule, self._before(number), line.path)

    def recompute(self, number: int) -> list[Evidence]:
        """Apply the rule of line ``number`` again; raise ``CheckError`` where it disagrees.

        That a rule says so is why the line is there, and counts for nothing. Only the reason
        why the gap of an inequality cannot be negative is evidence.
        """
        line = self.lines[number - 1]
        try:
            computed = self._compute(number)
        except (DerivationError, AttributeError, IndexError) as error:
            raise CheckError(self.label, number, "rule", str(error)) from error
        if (computed.relation, computed.expr) != (line.relation, line.expr):
            found = (
                f"'{line.rule.name}' gives {computed.relation} {to_text(computed.expr)}, "
                f"the line says {line.relation} {to_text(line.expr)}"
            )
            raise CheckError(self.label, number, "rule", found)
        if computed.source is None:
            return []
        if fault := computed.source.certificate(computed.source.expr):
            raise CheckError(self.label, number, "gap", fault)
        return [Evidence.of("proved", f"gap never negative: {computed.source.because}")]

    def work_out(self, number: int) -> list[Evidence]:
        """Interpret line ``number`` and the one above in every world and compare them."""
        line, before = self.lines[number - 1], self._before(number)
        try:
            gap = None if line.relation == "=" else self._compute(number).gap
        except (RuleError, AttributeError, IndexError) as error:
            raise CheckError(self.label, number, "rule", str(error)) from error
        return [self._compare(number, world, before, line, gap) for world in self.worlds]

    def _compare(
        self, number: int, world: World, before: sp.Expr, line: Line, gap: sp.Expr | None
    ) -> Evidence:
        try:
            difference = interpret(before - line.expr, world)
            size = interpret(gap, world) if gap is not None else sp.Integer(0)
        except (KeyError, ValueError, TypeError, AttributeError, sp.PolynomialError) as error:
            raise CheckError(self.label, number, type(world).__name__, str(error)) from error
        signed = -size if line.relation == "<=" else size
        if not world.is_zero(difference - signed):
            sides = f"{to_text(before)} {line.relation} {to_text(line.expr)} does not hold"
            raise CheckError(self.label, number, type(world).__name__, sides)
        if gap is not None and not world.is_positive_at_points(size):
            found = f"the gap {to_text(gap)} is not positive, so this is no inequality"
            raise CheckError(self.label, number, type(world).__name__, found)
        return world.evidence()

    def _repr_html_(self) -> str:
        from coreformulas.symbolic.rendering import html

        return html(self)

    def __repr__(self) -> str:
        """Label and title; ``print`` shows the whole."""
        return f"<Derivation {self.label}: {self.title}>"

    def __str__(self) -> str:
        """The derivation for a terminal."""
        from coreformulas.symbolic.rendering import text

        return text(self)
