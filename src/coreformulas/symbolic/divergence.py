r"""More words for divergences: the even mixture of two densities, and the Jensen-Shannon one."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic.vocabulary import Word


class _Pair(Word):
    """What both words share: two densities of the same variables."""

    is_real = True

    def __new__(cls, first: sp.Expr, second: sp.Expr) -> _Pair:
        if first.variables != second.variables:
            raise ValueError(
                f"second: densities of one variable are expected, "
                f"got {first.variables} and {second.variables}"
            )
        return super().__new__(cls, first, second)


class Mixture(_Pair):
    r"""The even mixture :math:`\frac12 (p + q)`: a fair coin says which density to draw from."""

    is_positive = True
    precedence = 45  # below a product, so that it stands in brackets there

    @property
    def variables(self) -> tuple[sp.Expr, ...]:
        """The variables over which the mixture integrates to one."""
        return self.args[0].variables

    def formula(self) -> sp.Expr:
        r""":math:`\frac12 (p + q)`."""
        return (self.args[0] + self.args[1]) / 2


class JSD(_Pair):
    r"""The Jensen-Shannon divergence, in nats.

    .. math::
        \mathrm{JSD}(p, q) = \tfrac12 D_{\mathrm{KL}}(p \,\|\, \tfrac12 (p + q))
            + \tfrac12 D_{\mathrm{KL}}(q \,\|\, \tfrac12 (p + q))
    """

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The symbols that are not integrated out."""
        free = self.args[0].free_symbols | self.args[1].free_symbols
        return free - set(self.args[0].variables)
