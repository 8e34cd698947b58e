r"""Words for attention: the softmax of scores as a distribution over keys, and its normalizer."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic.vocabulary import Integrate, Word


class _OfScores(Word):
    """What both words share: scores, and the key that they are about."""

    is_real = True

    def __new__(cls, score: sp.Expr, key: sp.Symbol) -> _OfScores:
        """Make the word for ``score``, an expression in ``key``."""
        return super().__new__(cls, sp.sympify(score), key)

    @property
    def score(self) -> sp.Expr:
        """The score of a key."""
        return self.args[0]

    @property
    def key(self) -> sp.Symbol:
        """The key that has the score."""
        return self.args[1]


class Softmax(_OfScores):
    r"""The distribution :math:`\mathrm{softmax}(s)_j = e^{s(j)} / \sum_i e^{s(i)}` over keys j."""

    is_positive = True

    @property
    def variables(self) -> tuple[sp.Symbol, ...]:
        """The key, over which it sums to one."""
        return (self.key,)

    def formula(self) -> sp.Expr:
        r""":math:`e^{s(j)} / \sum_i e^{s(i)}`."""
        weight = sp.exp(self.score)
        return weight / Integrate(weight, self.key)


class LogSumExp(_OfScores):
    r"""The logarithm of the softmax's denominator, :math:`\log \sum_j e^{s(j)}`."""

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """All symbols but the key, which is summed over."""
        return self.score.free_symbols - {self.key}

    def formula(self) -> sp.Expr:
        r""":math:`\log \sum_j e^{s(j)}`."""
        return sp.log(Integrate(sp.exp(self.score), self.key))
