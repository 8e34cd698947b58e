"""Which latent dimensions an encoder uses."""

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

__all__ = ["active_units"]


def active_units(
    mean: Float[Array | np.ndarray, "*models examples latent"], *, threshold: float = 0.01
) -> Bool[Array, "*models latent"]:
    r"""Tell for each latent dimension whether the encoder's mean moves with the data.

    .. math:: \operatorname{Var}_x \left( E_{q(z \mid x)}[z_j] \right) > \delta

    Args:
        mean: means of q(z | x), one row for each example; axes in front of these two are models.
        threshold: :math:`\delta`, above 0, in squared units of z.

    Returns:
        A mask; its sum is the number of active units.

    Raises:
        ValueError: if there are fewer than two examples, a mean is not finite, or the threshold is
            not a positive number.

    References:
        Burda et al. (2016), section 5, where the threshold is 0.01.
    """
    if mean.ndim < 2 or mean.shape[-2] < 2:
        raise ValueError(f"mean must hold at least two examples in rows, got shape {mean.shape}")
    if not 0 < threshold < float("inf"):
        raise ValueError(f"threshold must be a positive number, got {threshold}")
    if not isinstance(mean, jax.core.Tracer) and not np.isfinite(np.asarray(mean)).all():
        raise ValueError("mean must be finite, got infinite values or values that are no numbers")
    return jnp.var(jnp.asarray(mean), axis=-2) > threshold
