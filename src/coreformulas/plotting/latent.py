"""Points of a two-dimensional latent space."""

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from coreformulas.plotting.style import COLORS, STYLE, new_figure

__all__ = ["latent_scatter"]


@matplotlib.rc_context(STYLE)
def latent_scatter(points: ArrayLike, labels: ArrayLike) -> Figure:
    """Draw each point as the digit of its class, so that no class is told by color alone.

    Args:
        points: array of shape (count, 2).
        labels: array of shape (count,), the class of each point, 0 to 9.

    Raises:
        ValueError: if the shapes are others, or a label is no digit.
    """
    points, labels = np.asarray(points), np.asarray(labels)
    if points.ndim != 2 or points.shape[1] != 2 or labels.shape != points.shape[:1]:
        raise ValueError(
            "points and labels must have shapes (count, 2) and (count,), "
            f"got {points.shape} and {labels.shape}"
        )
    digits = np.unique(labels)
    if not np.isin(digits, np.arange(10)).all():
        raise ValueError(f"labels must be digits from 0 to 9, got {digits.tolist()}")
    figure, axes = new_figure(height=5.0)
    for digit in digits:
        chosen = points[labels == digit]
        color = COLORS[int(digit) % len(COLORS)]
        axes[0, 0].scatter(*chosen.T, marker=f"${int(digit)}$", s=60, color=color, linewidths=0.3)
    axes[0, 0].set_xlabel("z₁ (mean of q)")
    axes[0, 0].set_ylabel("z₂ (mean of q)")
    axes[0, 0].set_aspect("equal")
    return figure
