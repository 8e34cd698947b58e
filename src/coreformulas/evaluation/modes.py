"""Which modes of a known mixture a model found, and how evenly it serves them."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Float, Int

__all__ = ["ModeCoverage", "forward_kl", "mode_coverage", "reverse_kl"]


class ModeCoverage(NamedTuple):
    """How samples are spread over the modes of a mixture.

    Attributes:
        covered: number of modes with at least one high-quality sample.
        high_quality: share of the samples that are of high quality, from 0 to 1.
        counts: for each mode the number of samples that are nearest to it, of whatever quality.
        found: for each mode whether a sample of high quality is nearest to it.
    """

    covered: int
    high_quality: float
    counts: Int[np.ndarray, " modes"]
    found: Bool[np.ndarray, " modes"]


def mode_coverage(
    samples: Float[Array | np.ndarray, "samples dimensions"],
    means: Float[Array | np.ndarray, "modes dimensions"],
    standard_deviation: float,
    *,
    radius: float | int = 3,
) -> ModeCoverage:
    r"""Count the modes that samples cover.

    A sample is of *high quality* where it lies within ``radius`` standard deviations of the nearest
    mean. In d = 2 dimensions a share :math:`1 - e^{-r^2/2}` of the data do: 0.989 for r = 3.

    Args:
        samples: x.
        means: of the mixture's Gaussians.
        standard_deviation: of each of them, in the unit of x.
        radius: r, in standard deviations.

    Raises:
        ValueError: if there is no sample or no mode, one is not finite, the dimensions differ, or
            a number is not positive.

    References:
        Lin et al. (2018), Table 1; Srivastava et al. (2017), section 4.1.
    """
    points, centers = _checked("samples", samples), _checked("means", means)
    if points.shape[1] != centers.shape[1]:
        raise ValueError(
            f"samples and means must have the same dimensions, got {points.shape[1]} and "
            f"{centers.shape[1]}"
        )
    for name, value in (("standard_deviation", standard_deviation), ("radius", radius)):
        if not value > 0:
            raise ValueError(f"{name} must be positive, got {value}")
    distances = np.linalg.norm(points[:, None] - centers[None], axis=-1)
    nearest = distances.argmin(axis=1)
    good = distances.min(axis=1) <= radius * standard_deviation
    found = np.bincount(nearest[good], minlength=len(centers)) > 0
    return ModeCoverage(
        covered=int(found.sum()),
        high_quality=float(good.mean()),
        counts=np.bincount(nearest, minlength=len(centers)),
        found=found,
    )


def reverse_kl(counts: Int[np.ndarray, " modes"]) -> float:
    r"""Divergence of the samples' shares of the modes from equal shares, in nats.

    .. math:: D_{KL}(q \Vert p) = \sum_k q_k \log (K q_k), \qquad q_k = n_k / n, \quad p_k = 1/K

    It is 0 where each of the K modes is nearest to as many samples, and log K where one mode has
    them all. A mode without samples adds nothing: it is missed only by what the others have too
    much.

    Args:
        counts: :math:`n_k`, as :func:`mode_coverage` gives them.

    Raises:
        ValueError: if a count is negative, or all are zero.

    References:
        Lin et al. (2018), Table 1.
    """
    _require_counts(counts)
    shares = counts / counts.sum()
    found = shares[shares > 0]
    return float(np.sum(found * np.log(len(counts) * found)))


def forward_kl(counts: Int[np.ndarray, " modes"], *, added: float | int = 0) -> float:
    r"""Divergence of equal shares of the modes from the samples' shares, in nats.

    .. math::
        D_{KL}(p \Vert q) = -\frac1K \sum_k \log (K q_k), \qquad
        q_k = \frac{n_k + a}{n + K a}, \quad p_k = 1/K

    A mode without samples makes it infinite, unless something is added to each count. With an
    added half the estimate is finite, and grows with the number of samples that all missed.

    Args:
        counts: :math:`n_k`, as :func:`mode_coverage` gives them.
        added: a, at least 0.

    Raises:
        ValueError: if a count or ``added`` is negative, or all counts are zero.
    """
    _require_counts(counts)
    if not added >= 0:
        raise ValueError(f"added must be at least 0, got {added}")
    if not added and not counts.all():
        return float("inf")
    shares = (counts + added) / (counts.sum() + len(counts) * added)
    return float(-np.mean(np.log(len(counts) * shares)))


def _require_counts(counts: Int[np.ndarray, " modes"]) -> None:
    if counts.ndim != 1 or (counts < 0).any() or not counts.sum():
        raise ValueError(f"counts must be one row of numbers >= 0, not all zero, got {counts}")


def _checked(name: str, points: Array | np.ndarray) -> Float[np.ndarray, "points dimensions"]:
    array = np.asarray(points, dtype=float)
    if array.ndim != 2 or not array.size:
        raise ValueError(f"{name} must have shape (count, dimensions), got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)][0]}")
    return array
