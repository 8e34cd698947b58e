r"""Bits-back coding: how long a message is, and what the bits back save."""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import KL, Density, Expectation
from coreformulas.symbolic.worlds import ClosedFormWorld, FiniteWorld, linear_gaussian

x, z = sp.symbols("x z", real=True)
prior, likelihood, q = Density("p", z), Density("p", x, z), Density("q", z, x)
_model = (FiniteWorld({"p": (x, z), "q": (x, z)}), ClosedFormWorld(linear_gaussian(x, z)))
image, code, code_back = -sp.log(likelihood), -sp.log(prior), -sp.log(q)


def _ratio(expr: sp.Expr) -> sp.Expr:
    return expr - sp.log(q) + sp.log(prior) + sp.log(q / prior)


@register
def bits_back_length() -> Derivation:
    r"""What is written less what is read back, on average over codes: the negative ELBO."""
    length = image + code - code_back
    return (
        Derivation(
            "bits-back-length",
            "The net length of a message is the negative ELBO",
            Expectation(length, q),
            worlds=_model,
            source="Hinton and van Camp 1993; Townsend et al. 2019, section 2",
        )
        .step(
            rules.rearrange(_ratio, "logarithm of a ratio"),
            at=length,
            because="two of the three lengths belong to the code",
        )
        .step(rules.linearity(), because="two means instead of one")
        .step(rules.recognize_kl(), because="the code costs its divergence from the prior, no more")
        .conclude("=", KL(q, prior) - Expectation(sp.log(likelihood), q))
    )


@register
def without_bits_back() -> Derivation:
    r"""A code that is drawn and sent, with nothing read back, costs the encoder's entropy more."""
    length = image + code
    return (
        Derivation(
            "without-bits-back",
            "What a drawn code costs without the bits back",
            Expectation(length, q),
            worlds=_model,
            source="Hinton and van Camp 1993; Townsend et al. 2019, section 2",
        )
        .step(
            rules.rearrange(_ratio, "insert one"),
            at=length,
            because="compare the code with how it was drawn",
        )
        .step(rules.linearity(), because="three means instead of one")
        .step(rules.recognize_kl(), because="the first two are the message with the bits back")
        .conclude(
            "=",
            KL(q, prior) - Expectation(sp.log(likelihood), q) - Expectation(sp.log(q), q),
        )
    )
