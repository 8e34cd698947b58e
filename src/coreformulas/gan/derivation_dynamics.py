r"""The smallest GAN, solved: its eigenvalues as a flow, and as steps of gradient descent.

The Dirac-GAN: the data are the one point 0, the generator makes the one point :math:`\theta`, and
the discriminator says :math:`D(x) = \sigma(\psi x)`. Twice minus the article's discriminator loss
is the value :math:`V = \log D(0) + \log(1 - D(\theta)) = -\log(1 + e^{\theta\psi}) - \log 2`, which
the discriminator raises and the generator lowers.
"""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.dynamics import CharacteristicPolynomial
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.rule import Rule
from coreformulas.symbolic.vocabulary import Gradient
from coreformulas.symbolic.worlds import ClosedFormWorld

theta, psi = sp.symbols("theta psi", real=True)
eigenvalue = sp.Symbol("lambda")
h = sp.Symbol("h", positive=True)
PROVED = (ClosedFormWorld(evidence=("proved", "proved")),)
PAPER = "Mescheder et al. 2018"
value = -sp.log(1 + sp.exp(theta * psi)) - sp.log(2)


def at_equilibrium(
    label: str,
    title: str,
    field: Iterable[sp.Expr],
    source: str,
    unknown: sp.Expr = eigenvalue,
) -> Derivation:
    """From a field of losses to its characteristic polynomial where both parameters are zero."""
    start = CharacteristicPolynomial(field, (theta, psi), (0, 0), unknown)
    derivation = Derivation(label, title, start, worlds=PROVED, source=source)
    players = ("the generator's part of the field", "and the discriminator's part")
    for because in players if derivation.end.has(Gradient) else ():
        derivation = derivation.step(rules.differentiate(), because=because)
    return derivation.step(
        rules.jacobian_at_point(), because="near the equilibrium the field is linear"
    ).step(rules.expand_determinant(), because="its zeros are the eigenvalues")


def with_eigenvalues(derivation: Derivation, first: sp.Expr, second: sp.Expr) -> Derivation:
    """The same derivation with both eigenvalues named, and concluded."""
    because = "they add up to the trace and multiply to the determinant"
    return derivation.step(rules.eigenvalues(eigenvalue, first, second), because=because).conclude(
        "=", (eigenvalue - first) * (eigenvalue - second)
    )


@register
def dirac_eigenvalues() -> Derivation:
    r"""The minimax game: :math:`\lambda = \pm i / 2`, a rotation that neither shrinks nor grows."""
    field = (-Gradient(value, theta), Gradient(value, psi))
    return with_eigenvalues(
        at_equilibrium(
            "dirac-eigenvalues", "The minimax Dirac-GAN rotates", field, f"{PAPER}, section 2"
        ),
        sp.I / 2,
        -sp.I / 2,
    )


@register
def dirac_nonsaturating_eigenvalues() -> Derivation:
    r"""The article's own pair of losses (F2a, F2b): the same :math:`\pm i / 2`."""
    loss = sp.log(1 + sp.exp(-theta * psi))  # -log D(theta)
    field = (-Gradient(loss, theta), Gradient(value, psi))
    return with_eigenvalues(
        at_equilibrium(
            "dirac-nonsaturating-eigenvalues",
            "With the non-saturating loss it rotates likewise",
            field,
            f"{PAPER}, section 2",
        ),
        sp.I / 2,
        -sp.I / 2,
    )


_a, _b, _c, _d = sp.symbols("a b c d", real=True)


@register
def simultaneous_steps() -> Derivation:
    r"""One simultaneous step turns an eigenvalue mu of the flow into :math:`1 + h \mu`."""
    mu = sp.Symbol("mu")
    step = (theta + h * (_a * theta + _b * psi), psi + h * (_c * theta + _d * psi))
    polynomial = h**2 * (mu**2 - mu * (_a + _d) + _a * _d - _b * _c)
    return (
        at_equilibrium(
            "simultaneous-steps",
            "Simultaneous steps: from the flow to the map",
            step,
            "Mescheder et al. 2017, section 3; Mescheder et al. 2018, section 2",
            unknown=1 + h * mu,
        )
        .step(
            written_as(polynomial, "factor"),
            because="what is left is the characteristic polynomial of the flow, in μ",
        )
        .conclude("=", polynomial)
    )


@register
def alternating_steps() -> Derivation:
    r"""Alternating steps: the second player sees where the first one went."""
    moved = theta + h * (_a * theta + _b * psi)
    step = (moved, psi + h * (_c * moved + _d * psi))
    trace = 2 + h * (_a + _d) + h**2 * _b * _c
    quadratic = eigenvalue**2 - trace * eigenvalue + (1 + h * _a) * (1 + h * _d)
    return (
        at_equilibrium(
            "alternating-steps",
            "Alternating steps: trace and determinant",
            step,
            f"{PAPER}, section 2 and supplement",
        )
        .step(
            written_as(quadratic, "collect"),
            because="the determinant has no b c: the coupling moves nothing in or out",
        )
        .conclude("=", quadratic)
    )


def written_as(wanted: sp.Expr, name: str) -> Rule:
    """Algebra that ends in ``wanted``, where SymPy finds it equal; elsewhere it does not apply."""
    return rules.rearrange(
        lambda expr: wanted if sp.simplify((wanted - expr).rewrite(sp.exp)) == 0 else expr, name
    )


def logistic(argument: sp.Expr) -> sp.Expr:
    r"""The logistic function :math:`\sigma(t) = 1 / (1 + e^{-t})`."""
    return 1 / (1 + sp.exp(-argument))


@register
def dirac_simultaneous() -> Derivation:
    r"""Simultaneous steps: :math:`\lambda = 1 \pm i h / 2`, outside the unit circle for all h."""
    step = (
        theta + h * psi * logistic(theta * psi),
        psi - h * theta * logistic(theta * psi),
    )
    return with_eigenvalues(
        at_equilibrium(
            "dirac-simultaneous",
            "Simultaneous steps spiral outward",
            step,
            f"{PAPER}, section 2",
        ),
        1 + sp.I * h / 2,
        1 - sp.I * h / 2,
    )


def _alternating_map() -> tuple[sp.Expr, sp.Expr]:
    moved = theta + h * psi * logistic(theta * psi)
    return moved, psi - h * moved * logistic(moved * psi)


@register
def dirac_alternating() -> Derivation:
    r"""Alternating steps: the two eigenvalues multiply to one."""
    middle, root = 1 - h**2 / 8, h * sp.sqrt(h**2 - 16) / 8
    return with_eigenvalues(
        at_equilibrium(
            "dirac-alternating",
            "Alternating steps neither gain nor lose",
            _alternating_map(),
            f"{PAPER}, section 2",
        ),
        middle + root,
        middle - root,
    )


def _alternating_with(label: str, title: str, size: sp.Expr, first: sp.Expr) -> Derivation:
    """The alternating polynomial at a step of ``size``, whose eigenvalues multiply to one."""
    quadratic = eigenvalue**2 - (2 - size**2 / 4) * eigenvalue + 1
    return Derivation(label, title, quadratic, worlds=PROVED, source=f"{PAPER}, section 2").step(
        rules.eigenvalues(eigenvalue, first, 1 / first),
        because="one over the first is the second",
    )


@register
def alternating_below_four() -> Derivation:
    r"""With :math:`h = 4 \sin(\varphi / 2)` the eigenvalues are :math:`e^{\pm i \varphi}`."""
    phi = sp.Symbol("varphi", real=True)
    first = sp.exp(sp.I * phi)
    return _alternating_with(
        "alternating-below-four",
        "Up to h = 4, alternating steps turn by an angle",
        4 * sp.sin(phi / 2),
        first,
    ).conclude("=", (eigenvalue - first) * (eigenvalue - 1 / first))


@register
def alternating_above_four() -> Derivation:
    r"""With :math:`h = 4 \cosh(s / 2)` the eigenvalues are :math:`-e^{\pm s}`."""
    s = sp.Symbol("s", positive=True)
    first = -sp.exp(s)
    return _alternating_with(
        "alternating-above-four",
        "Beyond h = 4, alternating steps grow without bound",
        4 * sp.cosh(s / 2),
        first,
    ).conclude("=", (eigenvalue - first) * (eigenvalue - 1 / first))
