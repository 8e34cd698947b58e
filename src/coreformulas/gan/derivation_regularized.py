r"""The Dirac-GAN with what is done against its rotation, and the eigenvalues of each remedy."""

from __future__ import annotations

import sympy as sp

from coreformulas.gan.derivation_dynamics import (
    PAPER,
    PROVED,
    at_equilibrium,
    eigenvalue,
    logistic,
    psi,
    theta,
    value,
    with_eigenvalues,
)
from coreformulas.symbolic import rules
from coreformulas.symbolic.derivation import Derivation
from coreformulas.symbolic.dynamics import CharacteristicPolynomial
from coreformulas.symbolic.registry import register
from coreformulas.symbolic.vocabulary import Expectation, Gradient, Normal

gamma, sigma = sp.symbols("gamma sigma", positive=True)
epsilon = sp.Symbol("epsilon", real=True)
a, b, d = sp.symbols("a b d", real=True)


@register
def dirac_wasserstein_eigenvalues() -> Derivation:
    r"""A critic :math:`f(x) = \psi x`, away from its clip: :math:`\lambda = \pm i`."""
    difference = -theta * psi  # E f(data) - E f(generated)
    field = (-Gradient(difference, theta), Gradient(difference, psi))
    return with_eigenvalues(
        at_equilibrium(
            "dirac-wasserstein-eigenvalues",
            "A Wasserstein critic rotates twice as fast",
            field,
            f"{PAPER}, section 3.1",
        ),
        sp.I,
        -sp.I,
    )


@register
def dirac_r1_eigenvalues() -> Derivation:
    r"""R1: :math:`-\gamma/2 \pm \sqrt{\gamma^2 - 1} / 2`, critical at :math:`\gamma = 1`."""
    penalized = value - gamma * psi**2 / 2
    field = (-Gradient(value, theta), Gradient(penalized, psi))
    root = sp.sqrt(gamma**2 - 1) / 2
    return with_eigenvalues(
        at_equilibrium(
            "dirac-r1-eigenvalues",
            "The R1 penalty damps the rotation",
            field,
            f"{PAPER}, section 3",
        ),
        -gamma / 2 + root,
        -gamma / 2 - root,
    )


@register
def dirac_consensus_eigenvalues() -> Derivation:
    r"""Consensus optimization: :math:`-\gamma / 4 \pm i / 2`."""
    speed = (theta**2 + psi**2) * logistic(theta * psi) ** 2  # the squared length of the field
    field = (
        -Gradient(value + gamma * speed / 2, theta),
        Gradient(value - gamma * speed / 2, psi),
    )
    return with_eigenvalues(
        at_equilibrium(
            "dirac-consensus-eigenvalues",
            "Consensus optimization damps it too",
            field,
            "Mescheder et al. 2017, section 4; Mescheder et al. 2018, supplement",
        ),
        -gamma / 4 + sp.I / 2,
        -gamma / 4 - sp.I / 2,
    )


@register
def dirac_instance_noise_eigenvalues() -> Derivation:
    r"""Instance noise: :math:`-\sigma^2/4 \pm \sqrt{\sigma^4 - 4}/4`, critical at root two."""
    noise = Normal(epsilon, 0, sigma)
    real, fake = sp.exp(-psi * epsilon), sp.exp(psi * (theta + epsilon))
    noisy = Expectation(-sp.log(1 + real) - sp.log(1 + fake), noise)
    start = CharacteristicPolynomial(
        (-Gradient(noisy, theta), Gradient(noisy, psi)), (theta, psi), (0, 0), eigenvalue
    )
    root = sp.sqrt(sigma**4 - 4) / 4
    return with_eigenvalues(
        Derivation(
            "dirac-instance-noise-eigenvalues",
            "Noise on both data damps it as a penalty does",
            start,
            worlds=PROVED,
            source=f"{PAPER}, section 3.2",
        )
        .step(rules.differentiate_inside(), because="the noise does not depend on θ")
        .step(rules.differentiate_inside(), because="nor on ψ")
        .step(rules.differentiate(), because="the generator's part of the field")
        .step(rules.differentiate(), because="and the discriminator's part")
        .step(rules.jacobian_at_point(), because="near the equilibrium the field is linear")
        .step(rules.mean_of_constants(), because="where the noise does not enter")
        .step(rules.gaussian_moments(), because="where it does, by its variance")
        .step(rules.expand_determinant(), because="its zeros are the eigenvalues"),
        -(sigma**2) / 4 + root,
        -(sigma**2) / 4 - root,
    )


def _quadratic() -> sp.Expr:
    return a * theta**2 / 2 + b * theta * psi + d * psi**2 / 2


@register
def one_objective_eigenvalues() -> Derivation:
    r"""Both parameters lower one objective: the root is of a sum of squares, so never a turn."""
    field = (-Gradient(_quadratic(), theta), -Gradient(_quadratic(), psi))
    root = sp.sqrt((a - d) ** 2 + 4 * b**2) / 2
    return with_eigenvalues(
        at_equilibrium(
            "one-objective-eigenvalues", "One objective never rotates", field, "linear algebra"
        ),
        -(a + d) / 2 + root,
        -(a + d) / 2 - root,
    )


@register
def zero_sum_eigenvalues() -> Derivation:
    r"""One lowers what the other raises: a turn wherever the coupling b outweighs a + d."""
    field = (-Gradient(_quadratic(), theta), Gradient(_quadratic(), psi))
    root = sp.sqrt((a + d) ** 2 - 4 * b**2) / 2
    return with_eigenvalues(
        at_equilibrium(
            "zero-sum-eigenvalues",
            "Two players rotate",
            field,
            "Mescheder et al. 2017, section 3",
        ),
        (d - a) / 2 + root,
        (d - a) / 2 - root,
    )
