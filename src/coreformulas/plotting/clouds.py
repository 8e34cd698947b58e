"""Points in the plane, one panel for each set of them."""

from collections.abc import Mapping

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from coreformulas.plotting.style import COLORS, INK, STYLE, new_figure

__all__ = ["point_clouds"]


@matplotlib.rc_context(STYLE)
def point_clouds(
    clouds: Mapping[str, ArrayLike], *, limit: float | int, columns: int, ticks: bool = True
) -> Figure:
    """Draw each set of points in a square panel around zero; the first one, in ink, is the data.

    Args:
        clouds: from the title of a panel to points of shape (count, 2).
        limit: how far each axis reaches, up and down from zero.
        columns: panels in a row.
        ticks: whether the axes have numbers.

    Raises:
        ValueError: if there are no points, or they are not points of the plane.
    """
    arrays = {title: np.asarray(points, dtype=float) for title, points in clouds.items()}
    for title, points in arrays.items():
        if points.ndim != 2 or points.shape[1] != 2 or not len(points):
            raise ValueError(f"points must have shape (count, 2), got {points.shape} for {title}")
    if not arrays or columns < 1:
        raise ValueError(f"clouds and columns must be at least one, got {len(arrays)}, {columns}")
    rows = -(-len(arrays) // columns)
    side = 5.5 / columns
    figure, axes = new_figure(rows, columns, height=rows * (side + 0.35))
    for panel in axes.flat[len(arrays) :]:
        panel.set_visible(False)
    colors = (INK, *COLORS)
    for place, (title, points) in enumerate(arrays.items()):
        panel = axes.flat[place]
        color = colors[place % len(colors)]
        panel.scatter(*points.T, s=9 / columns, alpha=0.6, color=color, linewidths=0)
        panel.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", title=title)
        if not ticks:
            panel.set(xticks=[], yticks=[])
    return figure
