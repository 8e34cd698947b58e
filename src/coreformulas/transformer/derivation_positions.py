r"""Derivations about order: what attention sees of it, and what positions add.

:math:`\pi` puts the tokens of a sequence into another order. :math:`\omega` is the frequency of
one pair of coordinates; t and s are positions.
"""

from __future__ import annotations

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.softmax import Softmax
from coreformulas.symbolic.vocabulary import Expectation
from coreformulas.symbolic.worlds import PermutedWorld
from coreformulas.transformer.derivation import PROVED, j

i = sp.Symbol("i", integer=True, positive=True)
pi = sp.Function("pi", integer=True)
score, value = (sp.Function(name, real=True) for name in ("s", "v"))
# Together a swap and a cycle make every order of three.
ORDERS = (PermutedWorld(pi, (1, 0, 2)), PermutedWorld(pi, (1, 2, 0)))
t, s, k, omega = sp.symbols("t s k omega", real=True)
length, other_length = sp.symbols("a b", positive=True)
alpha, beta = sp.symbols("alpha beta", real=True)


def shuffled_attention() -> sp.Expr:
    r"""Row i of :math:`\mathrm{Att}(PX)`, where the token at place j is :math:`\pi(j)`."""
    return Expectation(value(pi(j)), Softmax(score(pi(i), pi(j)), j))


@register
def attention_is_equivariant() -> Derivation:
    r"""Row i of :math:`\mathrm{Att}(PX)` is row :math:`\pi(i)` of :math:`\mathrm{Att}(X)`."""
    return (
        Derivation(
            "attention-is-equivariant",
            "Tokens in another order give the outputs in that order",
            shuffled_attention(),
            worlds=ORDERS,
        )
        .step(
            rules.sum_in_any_order(pi),
            because="every key is met once, and nothing else depends on where it stands",
        )
        .conclude("=", Expectation(value(j), Softmax(score(pi(i), j), j)))
    )


@register
def sinusoid_shift_of_sine() -> Derivation:
    r"""The sine k places later, from the pair at t: the first row of R(k)."""
    return (
        Derivation(
            "sinusoid-shift-of-sine",
            "Sinusoidal positions: the sine, k places on",
            sp.sin(omega * (t + k)),
            worlds=PROVED,
            source="Vaswani et al. 2017, section 3.5",
        )
        .step(rules.angle_addition(), because="the shift and the position part")
        .conclude(
            "=", sp.cos(k * omega) * sp.sin(omega * t) + sp.sin(k * omega) * sp.cos(omega * t)
        )
    )


@register
def sinusoid_shift_of_cosine() -> Derivation:
    r"""The cosine k places later, from the pair at t: the second row of R(k)."""
    return (
        Derivation(
            "sinusoid-shift-of-cosine",
            "Sinusoidal positions: the cosine, k places on",
            sp.cos(omega * (t + k)),
            worlds=PROVED,
            source="Vaswani et al. 2017, section 3.5",
        )
        .step(rules.angle_addition(), because="the shift and the position part")
        .conclude(
            "=", sp.cos(k * omega) * sp.cos(omega * t) - sp.sin(k * omega) * sp.sin(omega * t)
        )
    )


@register
def sinusoid_inner_product() -> Derivation:
    r"""One pair's share of :math:`PE(t) \cdot PE(s)` is :math:`\cos(\omega (t - s))`."""
    return (
        Derivation(
            "sinusoid-inner-product",
            "Sinusoidal positions: how alike two places are",
            sp.sin(omega * t) * sp.sin(omega * s) + sp.cos(omega * t) * sp.cos(omega * s),
            worlds=PROVED,
        )
        .step(rules.angle_difference(omega * (t - s)), because="only the distance is left")
        .conclude("=", sp.cos(omega * (t - s)))
    )


@register
def rotary_turn_of_first() -> Derivation:
    r"""To add :math:`\omega t` to the angle of a pair is the first row of a rotation."""
    front = length * sp.cos(alpha + omega * t)
    return (
        Derivation(
            "rotary-turn-of-first",
            "A turn: the first of two coordinates",
            front,
            worlds=PROVED,
            source="Su et al. 2021, section 3.2.1",
        )
        .step(rules.angle_addition(), because="a product of old and new angle")
        .step(rules.rearrange(sp.expand, "expand"), because="with a times cosine and sine as x, y")
        .conclude(
            "=",
            length * sp.cos(alpha) * sp.cos(omega * t) - length * sp.sin(alpha) * sp.sin(omega * t),
        )
    )


@register
def rotary_turn_of_second() -> Derivation:
    r"""To add :math:`\omega t` to the angle of a pair is the second row of a rotation."""
    front = length * sp.sin(alpha + omega * t)
    return (
        Derivation(
            "rotary-turn-of-second",
            "A turn: the second of two coordinates",
            front,
            worlds=PROVED,
            source="Su et al. 2021, section 3.2.1",
        )
        .step(rules.angle_addition(), because="a product of old and new angle")
        .step(rules.rearrange(sp.expand, "expand"), because="with a times cosine and sine as x, y")
        .conclude(
            "=",
            length * sp.sin(alpha) * sp.cos(omega * t) + length * sp.cos(alpha) * sp.sin(omega * t),
        )
    )


@register
def rotary_inner_product() -> Derivation:
    r"""One pair's share of a turned query times a turned key depends on :math:`t - s` alone."""
    query, key = alpha + omega * t, beta + omega * s
    product = length * other_length
    difference = alpha - beta + omega * (t - s)
    return (
        Derivation(
            "rotary-inner-product",
            "Rotary positions: the score depends on the distance",
            product * sp.cos(query) * sp.cos(key) + product * sp.sin(query) * sp.sin(key),
            worlds=PROVED,
            source="Su et al. 2021, section 3.2.1",
        )
        .step(
            rules.angle_difference(difference),
            because="of both positions, only their difference is left",
        )
        .conclude("=", product * sp.cos(difference))
    )
