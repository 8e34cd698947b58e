"""Concrete worlds in which every line of a derivation is worked out a second time.

A world gives each word a meaning of its own (sums over three states, Gaussian integrals, numbers)
that shares no code with the rules, so that a wrong rule and a wrong world would have to agree.
"""

from coreformulas.symbolic.worlds.chain import ChainWorld
from coreformulas.symbolic.worlds.closed_form import ClosedFormWorld, linear_gaussian
from coreformulas.symbolic.worlds.counted import CountedWorld
from coreformulas.symbolic.worlds.draws import DrawsWorld
from coreformulas.symbolic.worlds.finite import FiniteWorld
from coreformulas.symbolic.worlds.interpretation import World
from coreformulas.symbolic.worlds.numeric import NumericWorld
from coreformulas.symbolic.worlds.permuted import PermutedWorld

__all__ = [
    "ChainWorld",
    "ClosedFormWorld",
    "CountedWorld",
    "DrawsWorld",
    "FiniteWorld",
    "NumericWorld",
    "PermutedWorld",
    "World",
    "linear_gaussian",
]
