"""What a rule is: a name, a statement, where it fits, and the rewriting that it computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import sympy as sp

from coreformulas.symbolic.errors import RuleError

Relation = Literal["=", ">=", "<="]
FLIPPED: dict[Relation, Relation] = {"=": "=", ">=": "<=", "<=": ">="}


@dataclass(frozen=True)
class Gap:
    """The difference that an inequality leaves, and why it is nonnegative.

    ``certificate`` is run again at every check; it returns ``None`` where it can show that
    ``expr`` is nonnegative, and the reason why it cannot otherwise.
    """

    expr: sp.Expr
    because: str
    certificate: Callable[[sp.Expr], str | None]


@dataclass(frozen=True)
class Rewriting:
    """What a rule makes of an expression: ``before relation after``.

    For an inequality ``gap`` is the nonnegative amount: ``before - after`` where the relation is
    ``>=``, ``after - before`` where it is ``<=``.
    """

    after: sp.Expr
    relation: Relation = "="
    gap: Gap | None = None


@dataclass(frozen=True)
class Rule:
    """A named step. ``rewrite`` computes the new expression or raises ``RuleError``.

    Args:
        name: how the rule is called in reasons and errors.
        statement: the general rule in LaTeX.
        fits: whether a sub-expression has the form that the rule is about.
        rewrite: from such a sub-expression to what replaces it; checks the side conditions.
        form: the form in words, for the error where nothing fits.
        assumes: what the rule takes for granted and no machine here checks.
    """

    name: str
    statement: str
    fits: Callable[[sp.Basic], bool]
    rewrite: Callable[[sp.Expr], Rewriting]
    form: str
    assumes: tuple[str, ...] = ()

    def refuse(self, expression: sp.Basic, reason: str) -> RuleError:
        """The error that says that this rule does not apply to ``expression``."""
        return RuleError(self.name, expression, reason)
