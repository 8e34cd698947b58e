"""What a check has shown about a line, in words that claim no more than was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["proved", "exact", "numeric"]
STRENGTH: dict[Kind, int] = {"proved": 0, "exact": 1, "numeric": 2}


@dataclass(frozen=True, order=True)
class Evidence:
    """One check of one line.

    ``proved``: SymPy reduced the difference to zero for every value of the symbols.
    ``exact``: it did so inside a family of examples that ``text`` names (three states, Gaussians).
    ``numeric``: the difference vanished at seeded points, to a precision that ``text`` names.
    A numeric check is not a proof, and an exact one proves nothing outside its family.
    """

    strength: int
    text: str

    @classmethod
    def of(cls, kind: Kind, text: str) -> Evidence:
        """Evidence of a kind, described by ``text``."""
        return cls(STRENGTH[kind], text)

    @property
    def kind(self) -> Kind:
        """How strong the evidence is."""
        return next(kind for kind, strength in STRENGTH.items() if strength == self.strength)
