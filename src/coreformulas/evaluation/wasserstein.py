"""How far one set of numbers must be carried to become another."""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["wasserstein_1d"]


def wasserstein_1d(
    first: ArrayLike,
    second: ArrayLike,
    *,
    first_weights: ArrayLike | None = None,
    second_weights: ArrayLike | None = None,
) -> float:
    r"""The Wasserstein distance of order one between two sets of numbers, exact.

    .. math:: W_1 = \int_{-\infty}^{\infty} |F(x) - G(x)| \, dx

    with the distribution functions F and G, which are steps: the integral is a finite sum. The
    unit is that of the numbers.

    Args:
        first: n numbers.
        second: m numbers; n and m need not agree.
        first_weights: n nonnegative numbers that are not all zero, the shares of the numbers up to
            a factor; equal shares where there are none.
        second_weights: the same for ``second``.

    Raises:
        ValueError: if a row is empty, no single row, or not finite, or weights do not fit.

    References:
        Villani (2003), section 2.2.
    """
    values, masses = [], []
    for name, row, weights in (("first", first, first_weights), ("second", second, second_weights)):
        numbers = _row(name, row)
        values.append(numbers)
        masses.append(_shares(f"{name}_weights", weights, len(numbers)))
    points = np.concatenate(values)
    order = np.argsort(points, kind="stable")
    # Each number raises F or lowers -G by its share; between two numbers F - G is constant.
    differences = np.cumsum(np.concatenate([masses[0], -masses[1]])[order])[:-1]
    return float(np.sum(np.abs(differences) * np.diff(points[order])))


def _row(name: str, values: ArrayLike) -> np.ndarray:
    row = np.asarray(values, dtype=float)
    if row.ndim != 1 or not row.size:
        raise ValueError(f"{name} must be one row of at least one number, got shape {row.shape}")
    if not np.isfinite(row).all():
        raise ValueError(f"{name} must be finite, got {row[~np.isfinite(row)][0]}")
    return row


def _shares(name: str, weights: ArrayLike | None, size: int) -> np.ndarray:
    if weights is None:
        return np.full(size, 1 / size)
    row = _row(name, weights)
    if len(row) != size:
        raise ValueError(f"{name} must be {size} numbers, one for each value, got {len(row)}")
    if (row < 0).any() or row.sum() <= 0:
        raise ValueError(f"{name} must be nonnegative and not all zero, got {row.min()}")
    return row / row.sum()
