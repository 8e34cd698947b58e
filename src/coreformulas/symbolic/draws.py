"""A word for the mean of several independent draws."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic.vocabulary import Word


class Average(Word):
    r"""The mean :math:`\frac1k \sum_{i=1}^{k} a_i`, or, without one, of the others.

    With ``without`` = j it is :math:`\frac{1}{k-1} \sum_{i \ne j} a_i`.
    """

    is_real = True

    def __new__(
        cls, term: sp.Expr, index: sp.Symbol, count: sp.Expr, without: sp.Expr | None = None
    ) -> Average:
        """Make the mean of ``term`` over ``index`` from 1 to ``count``, ``without`` left out."""
        left_out = () if without is None else (without,)
        return super().__new__(cls, sp.sympify(term), index, sp.sympify(count), *left_out)

    @property
    def term(self) -> sp.Expr:
        """What is averaged."""
        return self.args[0]

    @property
    def index(self) -> sp.Symbol:
        """The number of the draw."""
        return self.args[1]

    @property
    def count(self) -> sp.Expr:
        """How many draws there are, the one left out included."""
        return self.args[2]

    @property
    def without(self) -> sp.Expr | None:
        """The number of the draw that is left out, if any."""
        return self.args[3] if len(self.args) > 3 else None

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """All symbols but the index."""
        rest = set().union(*(arg.free_symbols for arg in self.args[2:]))
        return (self.term.free_symbols - {self.index}) | rest

    def _eval_is_positive(self) -> bool | None:
        return True if self.term.is_positive else None

    def formula(self) -> sp.Expr:
        """The sum over the number of terms."""
        total = sp.Sum(self.term, (self.index, 1, self.count))
        if self.without is None:
            return total / self.count
        return (total - self.term.xreplace({self.index: self.without})) / (self.count - 1)
