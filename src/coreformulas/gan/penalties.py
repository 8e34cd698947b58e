r"""What keeps a discriminator or critic smooth: gradient penalties and spectral norms."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from jaxtyping import Array, Float, Key

from coreformulas.gan.model import Discriminator

__all__ = ["gradient_penalty", "r1_penalty", "spectral_norms"]

LogitsOf = Callable[[Float[Array, "batch *data"]], Float[Array, " batch"]]


def r1_penalty(
    logits_of: LogitsOf, real: Float[Array, "batch *data"], *, gamma: float | Float[Array, ""]
) -> Float[Array, ""]:
    r"""Squared slope of the discriminator at real data.

    .. math:: R_1 = \frac\gamma2 E_{x \sim p_\mathrm{data}}[\lVert \nabla_x \ell(x) \rVert^2]

    Args:
        logits_of: the discriminator, from examples to one logit for each; no example's logit may
            depend on another example.
        real: a batch of real data.
        gamma: :math:`\gamma`, the strength.

    Raises:
        ValueError: if the batch is empty, or ``logits_of`` does not return one value an example.

    References:
        Mescheder et al. (2018), equation (9).
    """
    slopes = _slopes("real", logits_of, real)
    return gamma / 2 * jnp.mean(jnp.sum(slopes**2, axis=-1))


def gradient_penalty(
    critic: LogitsOf,
    real: Float[Array, "batch *data"],
    fake: Float[Array, "batch *data"],
    *,
    weight: float | Float[Array, ""] = 10.0,
    key: Key[Array, ""],
) -> Float[Array, ""]:
    r"""Squared distance of the critic's slope from one, between real and generated data.

    .. math::
        R = \lambda E[(\lVert \nabla_x f(\hat x) \rVert - 1)^2], \qquad
        \hat x = u x + (1 - u) G(z), \quad u \sim U(0, 1)

    Args:
        critic: from examples to one value for each, none depending on another example.
        real: x, a batch of real data.
        fake: G(z), a batch of generated data of the same shape.
        weight: :math:`\lambda`; 10 in the paper.
        key: from ``jax.random.key``.

    Raises:
        ValueError: if the batches differ in shape or are empty, or ``critic`` does not return one
            value an example.

    References:
        Gulrajani et al. (2017), equation (3) and algorithm 1.
    """
    if real.shape != fake.shape:
        raise ValueError(f"fake must have the shape of real, {real.shape}, got {fake.shape}")
    shares = jax.random.uniform(key, (len(real),) + (1,) * (real.ndim - 1), real.dtype)
    slopes = _slopes("real", critic, shares * real + (1 - shares) * fake)
    # The plain norm has no gradient at a slope of exactly zero; this one has the gradient zero.
    lengths = optax.safe_norm(slopes, 0.0, axis=-1)
    return weight * jnp.mean((lengths - 1) ** 2)


def spectral_norms(discriminator: Discriminator) -> list[Float[Array, ""]]:
    r"""The largest singular value of each weight matrix as it is applied, from first to last.

    By a singular value decomposition, where ``flax.nnx.SpectralNorm`` estimates by power
    iteration. The product of the values bounds the Lipschitz constant of the network in the
    Euclidean norm, as the slopes of its activation functions are at most one.

    References:
        Miyato et al. (2018), section 2.1.
    """
    config = discriminator.config
    norms = []
    for layer, width in zip(discriminator.layers, (config.data, *config.hidden), strict=True):
        copy = nnx.clone(layer)
        if isinstance(copy, nnx.SpectralNorm):
            copy(jnp.zeros((1, width)), update_stats=False)  # this writes the divided weights
        (kernel,) = (
            value
            for path, value in nnx.to_flat_state(nnx.state(copy, nnx.Param))
            if path[-1] == "kernel"
        )
        norms.append(jnp.linalg.norm(kernel[...], 2))
    return norms


def _slopes(name: str, logits_of: LogitsOf, points: Array) -> Float[Array, "batch values"]:
    """The gradient of each example's logit with respect to that example, flat."""
    if points.ndim < 2 or not points.size:
        raise ValueError(f"{name} must have shape (batch, ...), batch >= 1, got {points.shape}")
    shape = jax.eval_shape(logits_of, points).shape
    if shape != points.shape[:1]:
        raise ValueError(f"one value for each of {len(points)} examples is expected, got {shape}")
    slopes = jax.grad(lambda batch: jnp.sum(logits_of(batch)))(points)
    return slopes.reshape(len(points), -1)
