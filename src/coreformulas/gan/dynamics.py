r"""The Dirac-GAN in JAX: the smallest GAN as a vector field, for every loss and remedy.

The data are the one point 0, the generator makes the one point :math:`\theta`, the discriminator
has the logit :math:`\psi x`. A field is the velocity :math:`(\dot\theta, \dot\psi)` of gradient
descent on two losses. They are the package's own, **doubled**, because the article's halves are not
in the paper: with the halves every field, and with it every eigenvalue, is half as large, while
the curves that it draws are the same. The paper counts :math:`\psi` with the opposite sign, which
mirrors the pictures and changes no eigenvalue.

All functions take one point, an array of shape (2,) that holds theta and psi.

References:
    Mescheder, Geiger and Nowozin (2018), sections 2 and 3 and supplement.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from coreformulas.gan.objective import (
    discriminator_loss,
    generator_loss,
    saturating_generator_loss,
    wasserstein_critic_loss,
    wasserstein_generator_loss,
)
from coreformulas.gan.penalties import r1_penalty
from coreformulas.gan.trajectories import eigenvalues_of

__all__ = [
    "Field",
    "clip_critic",
    "consensus_field",
    "instance_noise_field",
    "jacobian_eigenvalues",
    "minimax_field",
    "nonsaturating_field",
    "penalized_wasserstein_field",
    "r1_field",
    "wasserstein_field",
]

Point = Float[Array, "2"]
Field = Callable[[Point], Point]
Loss = Callable[[Float[Array, ""], Float[Array, ""]], Float[Array, ""]]

QUADRATURE = 64  # nodes; the integrands are analytic, so that this is exact to rounding


def _descent(generator: Loss, discriminator: Loss) -> Field:
    """The field in which each player goes down its own loss, with the other one held."""

    def field(point: Point) -> Point:
        theta, psi = point
        return -jnp.stack(
            [jax.grad(generator, 0)(theta, psi), jax.grad(discriminator, 1)(theta, psi)]
        )

    return field


def _row(value: Float[Array, ""]) -> Float[Array, "1"]:
    return jnp.reshape(value, (1,))


def _minimax_generator(theta: Float[Array, ""], psi: Float[Array, ""]) -> Float[Array, ""]:
    return 2 * saturating_generator_loss(_row(psi * theta))


def _minimax_discriminator(theta: Float[Array, ""], psi: Float[Array, ""]) -> Float[Array, ""]:
    return 2 * discriminator_loss(_row(0 * psi), _row(psi * theta))


def minimax_field(point: Point) -> Point:
    r"""The minimax game: :math:`(\psi\,\sigma(\theta\psi), -\theta\,\sigma(\theta\psi))`.

    Eigenvalues at zero: :math:`\pm i / 2`. Orbits are circles around it.

    References:
        Mescheder et al. (2018), section 2.
    """
    return _descent(_minimax_generator, _minimax_discriminator)(point)


def nonsaturating_field(point: Point) -> Point:
    r"""The article's losses: :math:`(\psi\,\sigma(-\theta\psi), -\theta\,\sigma(\theta\psi))`.

    Eigenvalues at zero: :math:`\pm i / 2`. Orbits come nearer, more and more slowly.
    """

    def generator(theta: Float[Array, ""], psi: Float[Array, ""]) -> Float[Array, ""]:
        return 2 * generator_loss(_row(psi * theta))

    return _descent(generator, _minimax_discriminator)(point)


def wasserstein_field(point: Point) -> Point:
    r"""A critic :math:`f(x) = \psi x` without bounds: :math:`(\psi, -\theta)`.

    Eigenvalues: :math:`\pm i`. What keeps psi in bounds is :func:`clip_critic`.
    """

    def generator(theta: Float[Array, ""], psi: Float[Array, ""]) -> Float[Array, ""]:
        return wasserstein_generator_loss(_row(psi * theta))

    def critic(theta: Float[Array, ""], psi: Float[Array, ""]) -> Float[Array, ""]:
        return wasserstein_critic_loss(_row(0 * psi), _row(psi * theta))

    return _descent(generator, critic)(point)


def r1_field(gamma: float) -> Field:
    r"""The minimax game with the R1 penalty: :math:`-\gamma\psi` more for the discriminator.

    Eigenvalues at zero: :math:`-\gamma/2 \pm \sqrt{\gamma^2 - 1}/2`.

    Args:
        gamma: strength of :math:`\frac\gamma2 \psi^2`, beside the doubled losses.

    Raises:
        ValueError: if gamma is negative.

    References:
        Mescheder et al. (2018), section 3, equation (9) for the penalty.
    """
    _require_nonnegative("gamma", gamma)

    def discriminator(theta: Float[Array, ""], psi: Float[Array, ""]) -> Float[Array, ""]:
        penalty = r1_penalty(lambda x: psi * x[:, 0], jnp.zeros((1, 1), psi.dtype), gamma=gamma)
        return _minimax_discriminator(theta, psi) + penalty

    return _descent(_minimax_generator, discriminator)


def instance_noise_field(scale: float) -> Field:
    r"""The minimax game with noise :math:`N(0, \sigma^2)` on real and generated data alike.

    The means over the noise are Gauss-Hermite sums. Eigenvalues at zero:
    :math:`-\sigma^2/4 \pm \sqrt{\sigma^4 - 4}/4`.

    Args:
        scale: the standard deviation :math:`\sigma`, in units of the data.

    Raises:
        ValueError: if scale is negative.

    References:
        Mescheder et al. (2018), section 3.2.
    """
    _require_nonnegative("scale", scale)
    nodes, weights = np.polynomial.hermite_e.hermegauss(QUADRATURE)
    noise, weights = scale * nodes, weights / weights.sum()  # NumPy's, for any precision of JAX

    def generator(theta: Float[Array, ""], psi: Float[Array, ""]) -> Float[Array, ""]:
        each = jax.vmap(lambda e: _minimax_generator(theta + e, psi))(jnp.asarray(noise))
        return jnp.asarray(weights) @ each

    def discriminator(theta: Float[Array, ""], psi: Float[Array, ""]) -> Float[Array, ""]:
        def one(e: Float[Array, ""]) -> Float[Array, ""]:
            return 2 * discriminator_loss(_row(psi * e), _row(psi * (theta + e)))

        return jnp.asarray(weights) @ jax.vmap(one)(jnp.asarray(noise))

    return _descent(generator, discriminator)


def consensus_field(gamma: float) -> Field:
    r"""Consensus optimization: :math:`v - \gamma \nabla \frac12 \lVert v \rVert^2`, v minimax.

    Eigenvalues at zero: :math:`-\gamma / 4 \pm i / 2`.

    Args:
        gamma: how much both players also lower the length of the field.

    Raises:
        ValueError: if gamma is negative.

    References:
        Mescheder, Nowozin and Geiger (2017), section 4.
    """
    _require_nonnegative("gamma", gamma)

    def field(point: Point) -> Point:
        slope = jax.grad(lambda p: jnp.sum(minimax_field(p) ** 2) / 2)(point)
        return minimax_field(point) - gamma * slope

    return field


def penalized_wasserstein_field(gamma: float) -> Field:
    r"""WGAN-GP: :math:`(\psi, -\theta - \gamma\,\mathrm{sign}(\psi)(|\psi| - 1))`.

    The penalty :math:`\frac\gamma2 (|\psi| - 1)^2` has a kink at :math:`\psi = 0`, so the field
    jumps there and has no Jacobian at the equilibrium; on the line itself sign is taken as 0.

    Args:
        gamma: twice the weight lambda of :func:`coreformulas.gan.gradient_penalty`.

    Raises:
        ValueError: if gamma is negative.

    References:
        Gulrajani et al. (2017), equation (3); Mescheder et al. (2018), section 3.1.
    """
    _require_nonnegative("gamma", gamma)

    def field(point: Point) -> Point:
        psi = point[1]
        push = gamma * jnp.sign(psi) * (jnp.abs(psi) - 1)
        return wasserstein_field(point) - jnp.stack([jnp.zeros_like(push), push])

    return field


def clip_critic(point: Point, bound: float = 1.0) -> Point:
    """The point with psi put back between minus ``bound`` and ``bound``, as the first WGAN did.

    Raises:
        ValueError: if bound is not positive.

    References:
        Arjovsky et al. (2017), algorithm 1.
    """
    if not bound > 0:
        raise ValueError(f"bound must be positive, got {bound}")
    return jnp.stack([point[0], jnp.clip(point[1], -bound, bound)])


def jacobian_eigenvalues(field: Field, point: Point | None = None) -> np.ndarray:
    """Eigenvalues of the Jacobian of a field or of one step, at the equilibrium by default.

    Returns:
        Two complex numbers, that of the larger imaginary part first, then the larger real one.
    """
    place = jnp.zeros(2) if point is None else point
    return eigenvalues_of(np.asarray(jax.jacfwd(field)(place)))


def _require_nonnegative(name: str, value: float) -> None:
    if not value >= 0:
        raise ValueError(f"{name} must be zero or more, got {value}")
