"""What a linear map can do that only matches moments: a rival for maps that are learned."""

import numpy as np
from jaxtyping import Float
from scipy.linalg import sqrtm

__all__ = ["match_moments"]


def match_moments(
    source: np.ndarray,
    target: np.ndarray,
    points: np.ndarray,
    *,
    floor: float = 1e-3,
) -> Float[np.ndarray, "points dimensions"]:
    r"""Optimal transport between the Gaussians that have the moments of two samples.

    .. math::
        x \mapsto \mu_t + A (x - \mu_s), \qquad
        A = S^{-1/2} \left( S^{1/2} \, T \, S^{1/2} \right)^{1/2} S^{-1/2}

    Of all linear maps that give the source the mean and the covariance of the target it is the one
    that moves the points least, in the mean square. No point needs a partner in the other sample.

    Args:
        source: (sources, dimensions), the sample with mean :math:`\mu_s` and covariance S.
        target: (targets, dimensions), the sample with mean :math:`\mu_t` and covariance T.
        points: (points, dimensions), what is mapped, in the unit of the source.
        floor: added to both diagonals, so that S has an inverse.

    Returns:
        The points, in the unit of the target.

    Raises:
        ValueError: if the dimensions differ, a sample has fewer than two points, or ``floor`` is
            not positive.
    """
    shapes = [part.shape for part in (source, target, points)]
    if len({shape[1:] for shape in shapes}) != 1 or any(len(shape) != 2 for shape in shapes):
        raise ValueError(f"source, target and points must be rows of equal length, got {shapes}")
    if min(len(source), len(target)) < 2:
        raise ValueError(f"source and target need two rows for a covariance, got {shapes[:2]}")
    if not floor > 0:
        raise ValueError(f"floor must be positive, got {floor}")
    ridge = floor * np.eye(source.shape[1])
    before, after = (np.atleast_2d(np.cov(part.T)) + ridge for part in (source, target))
    root = np.real(sqrtm(before))
    inverse = np.linalg.inv(root)
    matrix = inverse @ np.real(sqrtm(root @ after @ root)) @ inverse
    return target.mean(axis=0) + (points - source.mean(axis=0)) @ matrix
