"""What goes wrong in a derivation, said in one line that names the place."""

from __future__ import annotations

from coreformulas.symbolic.printing import to_text


class DerivationError(Exception):
    """Anything that a derivation cannot accept."""


class RuleError(DerivationError):
    """A rule that does not apply: names the rule, the expression and the reason."""

    def __init__(self, rule: str, expression: object, reason: str) -> None:
        """Say which ``rule`` does not apply to which ``expression``, and why."""
        super().__init__(f"rule '{rule}' does not apply to {to_text(expression)}: {reason}")
        self.rule, self.expression, self.reason = rule, expression, reason


class ClaimError(DerivationError):
    """A claimed final form that is not what the steps reach: shows both."""

    def __init__(self, label: str, claimed: object, reached: object) -> None:
        """Show the ``claimed`` form beside the ``reached`` one."""
        super().__init__(
            f"derivation '{label}': the steps do not reach the claimed form\n"
            f"  claimed: {to_text(claimed)}\n  reached: {to_text(reached)}"
        )
        self.label, self.claimed, self.reached = label, claimed, reached


class CheckError(DerivationError):
    """A line that does not hold: names derivation, line, and what was found in which check."""

    def __init__(self, label: str, number: int, where: str, found: str) -> None:
        """Say that line ``number`` of ``label`` fails in the check ``where``."""
        super().__init__(f"derivation '{label}', line {number}, {where}: {found}")
        self.label, self.number, self.where, self.found = label, number, where, found
