"""A finite world in which the variables, in their order, are a stationary Markov chain."""

from __future__ import annotations

from itertools import pairwise

import sympy as sp

from coreformulas.symbolic.evidence import Evidence
from coreformulas.symbolic.worlds.finite import FiniteWorld


class ChainWorld(FiniteWorld):
    r"""Two states; the joint of the variables is :math:`\pi(x_1) \prod_t M(x_t \mid x_{t-1})`.

    The transitions between the states have the symbols a and b for odds, and :math:`\pi` is the
    distribution that they leave as it is: state 1 has the weight b (1 + a), state 2 the weight
    a (1 + b), by which the flow from either state to the other is the same. So the chain is the
    same read backwards, and this world cannot tell the directions apart.

    Args:
        name: of the joint.
        variables: in the order of time, at least two.
    """

    def __init__(self, name: str, variables: tuple[sp.Symbol, ...]) -> None:
        """Make the world; ``ValueError`` where there are not two variables."""
        if len(variables) < 2:
            raise ValueError(f"variables: at least two are expected, got {variables}")
        super().__init__({name: variables}, size=2)

    def evidence(self) -> Evidence:
        """Agreement is exact, for two states and all transitions between them."""
        return Evidence.of("exact", "exact for chains of two states")

    def _weight(self, name: str, state: tuple[int, ...]) -> sp.Expr:
        odds = sp.symbols(f"{name}_a {name}_b", positive=True)
        weight = odds[1 - state[0]] * (1 + odds[state[0]])
        for before, after in pairwise(state):
            weight *= (odds[before] if after != before else 1) / (1 + odds[before])
        return weight
