"""Mixtures of Gaussians in the plane, whose density, score and modes are known exactly."""

from dataclasses import dataclass
from math import isfinite

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float, Key

__all__ = ["GaussianMixture", "grid", "ring"]


@dataclass(frozen=True, eq=False)
class GaussianMixture:
    r"""Equally likely round Gaussians of one width.

    .. math:: p(x) = \frac1K \sum_{k=1}^K N(x; \mu_k, \sigma^2 I)

    Attributes:
        means: :math:`\mu_k`, shape (modes, dimensions).
        standard_deviation: :math:`\sigma`, in the unit of x.

    Raises:
        ValueError: if there is no mean, one is not finite, or the width is not a positive number.
    """

    means: Float[np.ndarray, "modes dimensions"]
    standard_deviation: float

    def __post_init__(self) -> None:
        """Check both fields."""
        if self.means.ndim != 2 or not self.means.size or not np.isfinite(self.means).all():
            raise ValueError(
                "means must be finite numbers of shape (modes, dimensions), at least one mode, got "
                f"shape {self.means.shape}"
            )
        _require_positive("standard_deviation", self.standard_deviation)

    def log_density(self, points: Float[Array, "*batch dimensions"]) -> Float[Array, "*batch"]:
        r""":math:`\log p(x)` in nats, with respect to length in the unit of x."""
        dimensions = self.means.shape[1]
        constant = dimensions * jnp.log(2 * jnp.pi * self.standard_deviation**2) / 2
        return logsumexp(self._exponents(points), axis=-1) - jnp.log(len(self.means)) - constant

    def score(self, points: Float[Array, "*batch dimensions"]) -> Float[Array, "*batch dimensions"]:
        r""":math:`\nabla_x \log p(x) = \sum_k p(k | x) (\mu_k - x) / \sigma^2`."""
        shares = jax.nn.softmax(self._exponents(points), axis=-1)
        return (shares @ jnp.asarray(self.means) - points) / self.standard_deviation**2

    def sample(self, count: int, *, key: Key[Array, ""]) -> Float[Array, "count dimensions"]:
        """Independent draws.

        Raises:
            ValueError: if ``count`` is below 1.
        """
        if count < 1:
            raise ValueError(f"count must be at least 1, got {count}")
        mode_key, noise_key = jax.random.split(key)
        modes = jax.random.randint(mode_key, (count,), 0, len(self.means))
        noise = jax.random.normal(noise_key, (count, self.means.shape[1]))
        return jnp.asarray(self.means)[modes] + self.standard_deviation * noise

    def _exponents(self, points: Float[Array, "*batch dimensions"]) -> Float[Array, "*batch modes"]:
        """Minus half the squared distance to each mean, in standard deviations."""
        differences = jnp.expand_dims(points, -2) - self.means.reshape(
            (1,) * (points.ndim - 1) + self.means.shape
        )
        return -jnp.sum(differences**2, axis=-1) / (2 * self.standard_deviation**2)


def ring(
    modes: int = 8, *, radius: float = 1.0, standard_deviation: float = 0.01
) -> GaussianMixture:
    """Gaussians at equal steps around a circle; the defaults are those of PacGAN's experiments.

    Raises:
        ValueError: if a number is not positive.

    References:
        Lin et al. (2018) and its published code, ``synthetic_data_experiments``.
    """
    _require_count("modes", modes)
    _require_positive("radius", radius)
    angles = 2 * np.pi * np.arange(modes) / modes
    means = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return GaussianMixture(means.astype(np.float32), standard_deviation)


def grid(
    side: int = 5, *, spacing: float = 2.0, standard_deviation: float = 0.05
) -> GaussianMixture:
    """Gaussians at the points of a square grid around 0; defaults as those of :func:`ring`.

    Raises:
        ValueError: if a number is not positive.

    References:
        Lin et al. (2018) and its published code, ``synthetic_data_experiments``.
    """
    _require_count("side", side)
    _require_positive("spacing", spacing)
    places = spacing * (np.arange(side) - (side - 1) / 2)
    means = np.stack(np.meshgrid(places, places, indexing="ij"), axis=-1).reshape(-1, 2)
    return GaussianMixture(means.astype(np.float32), standard_deviation)


def _require_count(name: str, value: int) -> None:
    if isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be a whole number >= 1, got {value}")


def _require_positive(name: str, value: float) -> None:
    if not (isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a positive finite number, got {value}")
