"""How far a measured mean can be trusted."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Estimate", "mean_and_standard_error"]


class Estimate(NamedTuple):
    """A mean and its standard error, in the unit of the values."""

    mean: float
    standard_error: float


def mean_and_standard_error(values: ArrayLike) -> Estimate:
    r"""Mean of independent values, and the standard error of that mean.

    .. math::
        \bar v = \frac1n \sum_i v_i, \qquad
        \mathrm{se} = \sqrt{\frac{1}{n(n-1)} \sum_i (v_i - \bar v)^2}

    Args:
        values: n independent finite values: one for each test image, or one for each seed.

    Raises:
        ValueError: if there are fewer than two values, they are not in one row, or one of them is
            not finite.
    """
    row = np.asarray(values, dtype=float)
    if row.ndim != 1 or row.size < 2:
        raise ValueError(f"values must be one row of at least two values, got shape {row.shape}")
    if not np.isfinite(row).all():
        raise ValueError(f"values must be finite, got {row[~np.isfinite(row)][0]}")
    return Estimate(float(row.mean()), float(row.std(ddof=1) / np.sqrt(row.size)))
