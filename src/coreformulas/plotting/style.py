"""One look for every figure: readable on a phone, in light and in dark, and without color vision.

The size of text follows from the page: a phone shows a figure about 360 CSS pixels wide, so that
12 points in a figure 5.5 inches wide come out at 11 pixels there, and at 16 on a wide screen.
"""

from typing import Any

import matplotlib
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["COLORS", "INK", "LINE_STYLES", "STYLE", "new_figure"]

INK = "#24292f"
"""Text and axes. :func:`coreformulas.plotting.show` turns it into the color of the page's text."""

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""Blue, vermilion, bluish green and reddish purple of Okabe and Ito's palette (2008): those with a
contrast of at least 3:1 both on white and on a nearly black page."""

LINE_STYLES = ("-", "--", "-.", ":")
"""One for each color, so that no line is told from another by color alone."""

WIDTH = 5.5

STYLE: dict[Any, Any] = {
    "font.size": 12,
    "axes.labelsize": 12,
    "axes.titlesize": 12,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": INK,
    "grid.alpha": 0.15,
    "lines.linewidth": 2.0,
    "legend.frameon": False,
    "axes.prop_cycle": cycler(color=COLORS) + cycler(linestyle=LINE_STYLES),
    "image.interpolation": "none",
}
"""Settings for ``matplotlib.rc_context``."""


def new_figure(
    rows: int = 1, columns: int = 1, *, height: float = 3.4, share_x: bool = False
) -> tuple[Figure, np.ndarray]:
    """An empty figure of the book's width in the book's style.

    The figure is not registered with pyplot: nothing has to close it, and no cell draws it twice.

    Args:
        rows: panels from top to bottom.
        columns: panels from left to right.
        height: in inches.
        share_x: whether the panels of a column share one horizontal axis.

    Returns:
        The figure and its axes, an array of shape (rows, columns).
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False, sharex="col" if share_x else "none")
    return figure, axes


def without_frame(axes: Axes) -> None:
    """Leave of ``axes`` its labels and content alone."""
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
