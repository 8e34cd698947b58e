"""Gaussians whose coordinates are correlated: the KL divergence with a full covariance matrix."""

import jax.core
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float

__all__ = ["cholesky_factor", "gaussian_kl_full"]


def cholesky_factor(
    covariance: Float[Array | np.ndarray, "*batch latent latent"],
) -> Float[Array, "*batch latent latent"]:
    r"""The lower triangular :math:`L` with a positive diagonal and :math:`L L^\top = \Sigma`.

    Raises:
        ValueError: if a matrix is not symmetric, up to rounding, or not positive definite. Inside
            ``jit``, where values cannot be checked, such a matrix gives not-a-number.
    """
    factor = jnp.linalg.cholesky(jnp.asarray(covariance))
    if isinstance(covariance, jax.core.Tracer):
        return factor
    matrix = np.asarray(covariance)
    if not np.allclose(matrix, np.swapaxes(matrix, -1, -2), rtol=1e-5, atol=1e-6):
        raise ValueError("covariance must be symmetric, got a matrix that differs from its mirror")
    if not np.isfinite(np.asarray(factor)).all():
        smallest = np.linalg.eigvalsh(matrix).min() if np.isfinite(matrix).all() else np.nan
        raise ValueError(
            f"covariance must be positive definite, got one whose smallest eigenvalue is {smallest}"
        )
    return factor


def gaussian_kl_full(
    mean: Float[Array, "*batch latent"],
    cholesky: Float[Array, "*batch latent latent"],
    prior_mean: Float[Array, " latent"] | None = None,
    prior_cholesky: Float[Array, "latent latent"] | None = None,
) -> Float[Array, "*batch"]:
    r"""KL divergence between two Gaussians with full covariance, in nats.

    .. math::
        D_{KL}(q \| p) = \frac12 \left( \| M^{-1} L \|_F^2 + \| M^{-1} (\mu - m) \|^2 - D \right)
            + \sum_j \log M_{jj} - \sum_j \log L_{jj}

    where :math:`q = N(\mu, L L^\top)` and :math:`p = N(m, M M^\top)`; :math:`m = 0` and
    :math:`M = I` where they are left out.

    Args:
        mean: :math:`\mu`.
        cholesky: :math:`L`, lower triangular with a positive diagonal; from a covariance matrix by
            :func:`cholesky_factor`.
        prior_mean: :math:`m`.
        prior_cholesky: :math:`M`, of the same kind as :math:`L`.

    Raises:
        ValueError: if the shapes do not fit, or a factor is not lower triangular with a positive
            diagonal, so that it is the factor of no positive definite covariance.
    """
    size = mean.shape[-1]
    if cholesky.shape != (*mean.shape, size):
        raise ValueError(f"cholesky must have shape {(*mean.shape, size)}, got {cholesky.shape}")
    center = jnp.zeros(size, mean.dtype) if prior_mean is None else prior_mean
    scale = jnp.eye(size, dtype=mean.dtype) if prior_cholesky is None else prior_cholesky
    if center.shape != (size,):
        raise ValueError(f"prior_mean must have shape {(size,)}, got {center.shape}")
    if scale.shape != (size, size):
        raise ValueError(f"prior_cholesky must have shape {(size, size)}, got {scale.shape}")
    _require_factor("cholesky", cholesky)
    _require_factor("prior_cholesky", scale)

    shift = (mean - jnp.expand_dims(center, tuple(range(mean.ndim - 1))))[..., None]
    columns = jnp.concatenate([cholesky, shift], axis=-1)
    wide = jnp.broadcast_to(scale, (*mean.shape[:-1], size, size))
    whitened = solve_triangular(wide, columns, lower=True)
    log_determinants = jnp.sum(jnp.log(_diagonal(wide)) - jnp.log(_diagonal(cholesky)), axis=-1)
    return 0.5 * (jnp.sum(whitened**2, axis=(-1, -2)) - size) + log_determinants


def _diagonal(matrix: Array) -> Array:
    return jnp.diagonal(matrix, axis1=-2, axis2=-1)


def _require_factor(name: str, factor: Array):
    """Raise where a concrete matrix is no Cholesky factor; traced values are let through."""
    if isinstance(factor, jax.core.Tracer):
        return
    matrix = np.asarray(factor)
    diagonal = np.diagonal(matrix, axis1=-2, axis2=-1)
    if not (diagonal > 0).all():
        raise ValueError(
            f"{name} must have a positive diagonal, as the factor of a positive definite "
            f"covariance has, got {diagonal[~(diagonal > 0)][0]} on it"
        )
    if np.triu(matrix, 1).any():
        raise ValueError(f"{name} must be lower triangular, got entries above the diagonal")
