"""The plane cut into cells, so that a model of tokens can have it, and what the cut costs."""

from dataclasses import dataclass

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key
from scipy.special import logsumexp
from scipy.stats import norm

from coreformulas.datasets import GaussianMixture

__all__ = ["Cells", "cell_probabilities", "exact_entropy"]


@dataclass(frozen=True)
class Cells:
    r"""Equal cells along each axis: cell i is :math:`[a + i w, a + (i + 1) w)`.

    Attributes:
        low: a, where the first cell begins, in the unit of the data.
        width: w of each cell.
        count: of the cells along an axis.

    Raises:
        ValueError: if the width is not positive or there is no cell.
    """

    low: float | int = -4.4
    width: float | int = 0.025
    count: int = 352

    def __post_init__(self):
        """Check the sizes."""
        if not self.width > 0:
            raise ValueError(f"width must be positive, got {self.width}")
        if self.count < 1:
            raise ValueError(f"count must be at least 1, got {self.count}")

    @property
    def edges(self) -> Float[np.ndarray, " edges"]:
        """Where cells begin and end, one more than there are cells."""
        return self.low + self.width * np.arange(self.count + 1)

    def tokens(self, points: Float[Array, "*shape"]) -> Int[Array, "*shape"]:
        """The number of the cell that each coordinate falls into.

        Raises:
            ValueError: if a coordinate is known and lies in no cell.
        """
        found = jnp.floor((points - self.low) / self.width).astype(jnp.int32)
        if not isinstance(found, jax.core.Tracer):
            numbers = np.asarray(found)
            outside = np.asarray(points)[(numbers < 0) | (numbers >= self.count)]
            if outside.size:
                high = self.low + self.width * self.count
                raise ValueError(
                    f"points must lie from {self.low} up to {high:g}, got {outside[0]}"
                )
        return jnp.clip(found, 0, self.count - 1)

    def centers(self, tokens: Int[Array, "*shape"]) -> Float[Array, "*shape"]:
        """The middle of each cell."""
        return self.low + self.width * (tokens + 0.5)

    def spread(
        self, tokens: Int[Array, "*shape"], *, key: Key[Array, ""]
    ) -> Float[Array, "*shape"]:
        """A point drawn uniformly from each cell.

        What a model of tokens says about cells becomes a density in this way: each cell's
        probability over its area, the same everywhere inside.
        """
        return self.low + self.width * (tokens + jax.random.uniform(key, tokens.shape))


def cell_probabilities(mixture: GaussianMixture, cells: Cells) -> Float[np.ndarray, "cells cells"]:
    r"""Exact probability of each cell of the plane, the first coordinate down the rows.

    .. math::
        P_{ij} = \frac1K \sum_k \int_{\text{cell } i} N(x; \mu_{k1}, \sigma^2) \, dx
            \int_{\text{cell } j} N(y; \mu_{k2}, \sigma^2) \, dy

    Raises:
        ValueError: if the mixture is not one of the plane, or more than a billionth of it lies in
            no cell.
    """
    means = np.asarray(mixture.means, float)
    if means.shape[1] != 2:
        raise ValueError(f"mixture must be one of the plane, got {means.shape[1]} dimensions")
    below = norm.cdf((cells.edges - means[..., None]) / mixture.standard_deviation)
    inside = np.diff(below, axis=-1)  # modes, coordinates, cells
    found = inside[:, 0].T @ inside[:, 1] / len(means)
    if found.sum() < 1 - 1e-9:
        raise ValueError(f"cells must hold the whole mixture, got {found.sum():.9f} of it")
    return found


def exact_entropy(mixture: GaussianMixture) -> float:
    r"""Differential entropy :math:`-\int p \log p` of a mixture on a grid of means, in nats.

    Where the means are all combinations of some places along each axis, the coordinates are
    independent, and the entropies of both add up. Each is an integral over one axis, taken by the
    trapezoidal rule, whose error for so smooth an integrand is that of rounding.

    Raises:
        ValueError: if the means are not all combinations of their coordinates.
    """
    means, width = np.asarray(mixture.means, float), mixture.standard_deviation
    places = [np.unique(column) for column in means.T]
    combinations = np.prod([len(along) for along in places])
    if len(np.unique(means, axis=0)) != len(means) or combinations != len(means):
        raise ValueError(
            f"mixture must have all {combinations} combinations of its coordinates as means, "
            f"once each, got {len(means)} means"
        )
    total = 0.0
    for along in places:
        points = np.arange(along[0] - 12 * width, along[-1] + 12 * width, width / 20)
        log_parts = norm.logpdf(points[:, None], along, width) - np.log(len(along))
        log_density = np.asarray(logsumexp(log_parts, axis=1))
        total -= float(np.sum(np.exp(log_density) * log_density) * width / 20)
    return total
