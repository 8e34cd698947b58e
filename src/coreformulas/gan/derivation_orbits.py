r"""The Dirac-GAN far from its equilibrium: what is conserved, what is lost, and a limit cycle."""

from __future__ import annotations

import sympy as sp

from coreformulas.gan.derivation_dynamics import (
    PAPER,
    PROVED,
    h,
    logistic,
    psi,
    theta,
    written_as,
)
from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.dynamics import AlongFlow
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import Gradient

gamma = sp.Symbol("gamma", positive=True)
_product = theta * psi
_minimax = (psi * logistic(_product), -theta * logistic(_product))
_energy = (theta**2 + psi**2) / 2


def _rate(label: str, title: str, body: sp.Expr, field, source: str, because: str) -> Derivation:
    start = AlongFlow(body, (theta, psi), field)
    derivation = Derivation(label, title, start, worlds=PROVED, source=source)
    return derivation.step(rules.chain_rule_along_flow(), because=because)


@register
def dirac_conserved() -> Derivation:
    r"""The minimax flow keeps :math:`\theta^2 + \psi^2`: every orbit is a circle."""
    return _rate(
        "dirac-conserved",
        "The flow keeps its distance from the equilibrium",
        theta**2 + psi**2,
        _minimax,
        f"{PAPER}, section 2",
        "what theta gains, psi loses",
    ).conclude("=", sp.Integer(0))


@register
def dirac_angular_speed() -> Derivation:
    r"""It turns clockwise at the speed :math:`\sigma(\theta\psi)`, which is never zero."""
    return (
        _rate(
            "dirac-angular-speed",
            "The flow never stands still",
            sp.atan(psi / theta),
            _minimax,
            "",
            "the angle, for theta other than zero",
        )
        .step(
            written_as(-logistic(_product), "simplify"),
            because="the squared distance cancels",
        )
        .conclude("=", -logistic(_product))
    )


@register
def dirac_growth() -> Derivation:
    r"""A simultaneous step from anywhere; s stands for :math:`\sigma(\theta\psi)`."""
    s = sp.Symbol("s", positive=True)
    return (
        Derivation(
            "dirac-growth",
            "Every simultaneous step leads away",
            (theta + h * psi * s) ** 2 + (psi - h * theta * s) ** 2,
            worlds=PROVED,
            source=f"{PAPER}, section 2",
        )
        .step(
            rules.rearrange(sp.factor, "factor"),
            because="the mixed terms cancel: the step is at right angles to the radius",
        )
        .conclude("=", (theta**2 + psi**2) * (h**2 * s**2 + 1))
    )


@register
def dirac_nonsaturating_loss() -> Derivation:
    r"""The non-saturating flow comes nearer, by an amount of fourth order."""
    t = _product
    return (
        _rate(
            "dirac-nonsaturating-loss",
            "The non-saturating loss damps, but hardly near the equilibrium",
            _energy,
            (psi * logistic(-t), -theta * logistic(t)),
            f"{PAPER}, supplement",
            "the two players no longer cancel",
        )
        .step(
            written_as(-t * sp.tanh(t / 2), "recognize the hyperbolic tangent"),
            because="a number times the tanh of its half is never negative",
        )
        .conclude("=", -t * sp.tanh(t / 2))
    )


@register
def dirac_r1_loss() -> Derivation:
    r"""With R1 the squared distance never grows, from any start."""
    return (
        _rate(
            "dirac-r1-loss",
            "R1 brings every start nearer",
            _energy,
            (psi * logistic(_product), -theta * logistic(_product) - gamma * psi),
            f"{PAPER}, section 3",
            "each player adds its part",
        )
        .step(rules.rearrange(sp.expand, "expand"), because="the rotation cancels")
        .step(rules.stationary_minimum(psi, 0), at=psi**2, because="ψ² is least at zero")
        .conclude("<=", sp.Integer(0))
    )


@register
def wgan_gp_gain() -> Derivation:
    r"""WGAN-GP with a critic of slope psi above 0: nearer than 1 it gains, beyond it loses."""
    slope = sp.Symbol("psi", positive=True)
    start = AlongFlow(
        (theta**2 + slope**2) / 2, (theta, slope), (slope, -theta - gamma * (slope - 1))
    )
    return (
        Derivation(
            "wgan-gp-gain",
            "The penalty of WGAN-GP pumps and drains",
            start,
            worlds=PROVED,
            source=f"{PAPER}, section 3.1",
        )
        .step(rules.chain_rule_along_flow(), because="the rotation cancels, the penalty is left")
        .step(rules.rearrange(sp.factor, "factor"), because="its sign is that of 1 - ψ")
        .conclude("=", -gamma * slope * (slope - 1))
    )


@register
def wgan_gp_half_turn() -> Derivation:
    r"""On one side of :math:`\psi = 0`, psi swings like a damped spring until it crosses."""
    t = sp.Symbol("t", positive=True)
    swing = sp.exp(-gamma * t / 2) * sp.sin(sp.sqrt(4 - gamma**2) * t / 2)
    return (
        Derivation(
            "wgan-gp-half-turn",
            "A half turn of WGAN-GP",
            Gradient(Gradient(swing, t), t) + gamma * Gradient(swing, t) + swing,
            worlds=PROVED,
        )
        .step(rules.differentiate(), at=Gradient(swing, t), because="the velocity")
        .step(rules.differentiate(), at=Gradient(swing, t), because="and again, for the friction")
        .step(rules.differentiate(), because="the acceleration")
        .step(
            rules.rearrange(sp.simplify, "simplify"),
            because="spring, friction and inertia balance: it solves ψ'' + γ ψ' + ψ = 0",
        )
        .conclude("=", sp.Integer(0))
    )


@register
def wgan_gp_cycle() -> Derivation:
    r"""The half turn from :math:`-\theta^*` ends at :math:`\theta^*`; q is the loss of one."""
    q = sp.Symbol("q", positive=True)
    radius = gamma * (1 + q) / (1 - q)
    return (
        Derivation(
            "wgan-gp-cycle",
            "The limit cycle of WGAN-GP",
            gamma + q * (gamma + radius),
            worlds=PROVED,
        )
        .step(
            rules.rearrange(lambda f: sp.factor(sp.together(f)), "factor"),
            because="a fixed point of the half turn, up to the sign of θ",
        )
        .conclude("=", -gamma * (q + 1) / (q - 1))
    )
