"""Probabilistic PCA in closed form: marginal likelihood, its maximum, and the mean-field gap."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Num

__all__ = ["PPCA", "fit_ppca", "mean_field_gap", "ppca_log_likelihood", "ppca_posterior"]

Data = Num[Array | np.ndarray, "batch observed"]


class PPCA(NamedTuple):
    r"""The model :math:`z \sim N(0, I)`, :math:`x \mid z \sim N(W z + \mu, \sigma^2 I)`.

    Attributes:
        weights: :math:`W`.
        center: :math:`\mu`.
        noise_variance: :math:`\sigma^2`.
    """

    weights: Float[Array, "observed latent"]
    center: Float[Array, " observed"]
    noise_variance: Float[Array, ""]

    @property
    def precision(self) -> Float[Array, "latent latent"]:
        r""":math:`M = W^T W + \sigma^2 I`; the posterior has covariance :math:`\sigma^2 M^{-1}`."""
        return self.weights.T @ self.weights + self.noise_variance * jnp.eye(self.weights.shape[1])


def fit_ppca(observed: Data, latent: int, noise_variance: float | None = None) -> PPCA:
    r"""The maximum-likelihood solution.

    .. math::
        w_j = \sqrt{\max(\lambda_j - \sigma^2, 0)} \, u_j, \qquad
        \sigma^2 = \frac{1}{D - K} \sum_{j > K} \lambda_j

    with :math:`\lambda_1 \ge \lambda_2 \ge \dots` and :math:`u_j` the eigenvalues and eigenvectors
    of the sample covariance (divided by the number of examples).

    Args:
        observed: one example in each row.
        latent: K, at least 1 and below the number of dimensions D.
        noise_variance: :math:`\sigma^2` where it is given and not to be estimated.

    Raises:
        ValueError: if ``latent`` is out of range, there are fewer than two examples, or
            ``noise_variance`` is not positive (or is estimated as zero, where the data fill no more
            than ``latent`` dimensions).

    References:
        Tipping and Bishop (1999), equations (7) and (8).
    """
    size = observed.shape[1]
    if not 1 <= latent < size:
        raise ValueError(f"latent must be from 1 to {size - 1}, got {latent}")
    if len(observed) < 2:
        raise ValueError(f"observed must hold at least two examples, got {len(observed)}")
    data = jnp.asarray(observed, float)
    center = data.mean(axis=0)
    centered = data - center[None]
    covariance = centered.T @ centered / len(data)
    ascending, vectors = jnp.linalg.eigh(covariance)
    eigenvalues, axes = ascending[::-1], vectors[:, ::-1]
    noise = eigenvalues[latent:].mean() if noise_variance is None else jnp.asarray(noise_variance)
    # Rounding leaves something like 1e-9 of the largest where the data have no variance at all.
    if not noise > 1e-7 * eigenvalues[0]:
        raise ValueError(f"noise_variance must be positive, got {float(noise)}")
    scales = jnp.sqrt(jnp.maximum(eigenvalues[:latent] - noise, 0.0))
    return PPCA(axes[:, :latent] * scales[None], center, noise)


def ppca_log_likelihood(model: PPCA, observed: Data) -> Float[Array, " batch"]:
    r"""The log marginal likelihood of each example, in nats.

    .. math::
        \log p(x) = -\frac12 \left[ D \log 2\pi + \log |C|
            + (x - \mu)^T C^{-1} (x - \mu) \right], \qquad C = W W^T + \sigma^2 I

    Through the K x K matrix :math:`M = W^T W + \sigma^2 I`, so that no D x D matrix is inverted.

    Raises:
        ValueError: if the width of ``observed`` is not that of the model.

    References:
        Bishop (2006), equations (12.36), (12.40) and (12.43).
    """
    size, latent = model.weights.shape
    if observed.shape[1] != size:
        raise ValueError(f"observed must have {size} values in each row, got {observed.shape[1]}")
    noise, centered = model.noise_variance, jnp.asarray(observed, float) - model.center[None]
    projected = centered @ model.weights
    solved = jnp.linalg.solve(model.precision, projected.T).T
    squares = jnp.sum(centered**2, axis=1) - jnp.sum(projected * solved, axis=1)
    log_determinant = jnp.linalg.slogdet(model.precision)[1] + (size - latent) * jnp.log(noise)
    return -0.5 * (size * jnp.log(2 * jnp.pi) + log_determinant + squares / noise)


def ppca_posterior(
    model: PPCA, observed: Data
) -> tuple[Float[Array, "batch latent"], Float[Array, "latent latent"]]:
    r"""Mean and covariance of p(z | x): :math:`M^{-1} W^T (x - \mu)` and :math:`\sigma^2 M^{-1}`.

    References:
        Bishop (2006), equations (12.41) and (12.42).
    """
    inverse = jnp.linalg.inv(model.precision)
    mean = (jnp.asarray(observed, float) - model.center[None]) @ model.weights @ inverse
    return mean, model.noise_variance * inverse


def mean_field_gap(model: PPCA) -> Float[Array, ""]:
    r"""What the ELBO loses at best, in nats, where q treats the latent variables as independent.

    .. math::
        \min_q D_{KL}(q \| p(z \mid x)) = \frac12 \left[ \sum_j \log M_{jj} - \log |M| \right]

    It is the same for every x, and zero exactly where the columns of W are orthogonal.

    References:
        Bishop (2006), section 10.1.2, for the best factorized q.
    """
    diagonal = jnp.diagonal(model.precision)
    return 0.5 * (jnp.sum(jnp.log(diagonal)) - jnp.linalg.slogdet(model.precision)[1])
