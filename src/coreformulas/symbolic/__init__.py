"""The derivation kernel: derivations are built from rules and checked in concrete worlds.

Imports SymPy and mpmath, and no JAX; only ``to_jax`` imports JAX, when it is called.
"""

from coreformulas.symbolic import registry, rules, worlds
from coreformulas.symbolic.bridge import to_jax
from coreformulas.symbolic.corruption import corruptions, kill
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.divergence import JSD, Mixture
from coreformulas.symbolic.draws import Average
from coreformulas.symbolic.dynamics import AlongFlow, CharacteristicPolynomial, Determinant
from coreformulas.symbolic.errors import CheckError, ClaimError, DerivationError, RuleError
from coreformulas.symbolic.evidence import Evidence
from coreformulas.symbolic.printing import to_latex, to_text
from coreformulas.symbolic.rendering import equation
from coreformulas.symbolic.rule import Gap, Rewriting, Rule
from coreformulas.symbolic.softmax import LogSumExp, Softmax
from coreformulas.symbolic.vocabulary import (
    KL,
    Binomial,
    Density,
    Expectation,
    Gradient,
    Integrate,
    Normal,
    ProductDensity,
    Variance,
)

__all__ = [
    "JSD",
    "KL",
    "AlongFlow",
    "Average",
    "Binomial",
    "CharacteristicPolynomial",
    "CheckError",
    "ClaimError",
    "Density",
    "Derivation",
    "DerivationError",
    "Determinant",
    "Evidence",
    "Expectation",
    "Gap",
    "Gradient",
    "Integrate",
    "LogSumExp",
    "Mixture",
    "Normal",
    "ProductDensity",
    "Rewriting",
    "Rule",
    "RuleError",
    "Softmax",
    "Variance",
    "corruptions",
    "equation",
    "kill",
    "registry",
    "rules",
    "to_jax",
    "to_latex",
    "to_text",
    "worlds",
]
