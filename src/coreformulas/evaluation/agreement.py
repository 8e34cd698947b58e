"""A number that was measured, beside the one that theory gives."""

import numpy as np
from jaxtyping import ArrayLike

__all__ = ["meet"]


def meet(name: str, measured: ArrayLike, exact: ArrayLike, tolerance: float) -> None:
    """Print measured against exact, and fail where they differ by more than the tolerance.

    Of single numbers both are printed; of arrays, the largest difference.

    Args:
        name: what is compared.
        measured: of any shape.
        exact: of the same shape, or one number for all of them.
        tolerance: the largest absolute difference that passes.

    Raises:
        AssertionError: if a difference is larger, or is not a number.
        ValueError: if the shapes do not fit together.
    """
    found, wanted = np.asarray(measured), np.asarray(exact)
    if wanted.shape not in ((), found.shape):
        raise ValueError(f"{name}: measured is of shape {found.shape}, exact of {wanted.shape}")
    if found.size == 0:
        raise ValueError(f"{name}: nothing was measured")
    error = float(np.max(np.abs(found - wanted)))
    shown = f"measured {found:.6g}, exact {wanted:.6g}" if found.ndim == 0 else ""
    print(f"{name:<30} {shown or f'difference {error:.1e}'}, within {tolerance:.2g}")
    if not error <= tolerance:  # also where the error is not a number
        raise AssertionError(f"{name}: off by {error:.3g}, tolerance {tolerance:.3g}")
