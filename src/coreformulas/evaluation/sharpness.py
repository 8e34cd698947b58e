"""How sharp images are: two measures that fall where edges are smoothed."""

import numpy as np
from jaxtyping import Array, Float, Num

__all__ = ["gradient_energy", "laplacian_variance"]


def gradient_energy(
    images: Num[Array | np.ndarray, "batch height width"],
) -> Float[np.ndarray, " batch"]:
    r"""Sum of squared differences between neighboring pixels, for each image.

    .. math::
        G(x) = \sum_{i,j} \left[ (x_{i+1,j} - x_{ij})^2 + (x_{i,j+1} - x_{ij})^2 \right]

    Args:
        images: gray images, in any unit; the result is in its square.

    Raises:
        ValueError: if ``images`` has not three axes or holds a value that is not finite.
    """
    pixels = _checked(images, smallest=1)
    down, across = np.diff(pixels, axis=1), np.diff(pixels, axis=2)
    return (down**2).sum(axis=(1, 2)) + (across**2).sum(axis=(1, 2))


def laplacian_variance(
    images: Num[Array | np.ndarray, "batch height width"],
) -> Float[np.ndarray, " batch"]:
    r"""Variance over each image of its Laplacian, the usual measure of focus.

    .. math::
        (\Delta x)_{ij} = x_{i+1,j} + x_{i-1,j} + x_{i,j+1} + x_{i,j-1} - 4 x_{ij}

    at the pixels that have four neighbors.

    Args:
        images: gray images of at least 3 x 3 pixels, in any unit; the result is in its square.

    Raises:
        ValueError: if ``images`` has not three axes, is smaller than 3 x 3 or holds a value that
            is not finite.

    References:
        Pech-Pacheco et al. (2000), Diatom autofocusing in brightfield microscopy: a comparative
        study.
    """
    pixels = _checked(images, smallest=3)
    vertical = pixels[:, 2:, 1:-1] + pixels[:, :-2, 1:-1]
    horizontal = pixels[:, 1:-1, 2:] + pixels[:, 1:-1, :-2]
    return (vertical + horizontal - 4 * pixels[:, 1:-1, 1:-1]).var(axis=(1, 2))


def _checked(images: Array | np.ndarray, *, smallest: int) -> np.ndarray:
    pixels = np.asarray(images, dtype=float)  # unsigned counts would wrap around below zero
    if pixels.ndim != 3 or min(pixels.shape[1:]) < smallest:
        raise ValueError(
            f"images must have shape (batch, height, width) with sides of at least {smallest}, "
            f"got {pixels.shape}"
        )
    if not np.isfinite(pixels).all():
        raise ValueError(f"images must be finite, got {pixels[~np.isfinite(pixels)][0]}")
    return pixels
