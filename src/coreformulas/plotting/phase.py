"""Phase portraits: where a system with two parameters goes from each place."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from coreformulas.plotting.style import COLORS, INK, LINE_STYLES, STYLE, new_figure

__all__ = ["Portrait", "phase_grid", "phase_portraits"]


class Portrait(NamedTuple):
    """One panel.

    Attributes:
        velocities: (count, 2), the velocity at each point of :func:`phase_grid`.
        paths: curves to draw over it, each (times, 2); a ring marks where one begins.
    """

    velocities: ArrayLike
    paths: Sequence[ArrayLike]


def phase_grid(extent: float, side: int = 7) -> np.ndarray:
    """Points at which arrows stand, row after row: an array of shape (side * side, 2).

    Raises:
        ValueError: if extent is not positive or side is less than 2.
    """
    if not extent > 0:
        raise ValueError(f"extent must be positive, got {extent}")
    if side < 2:
        raise ValueError(f"side must be at least 2, got {side}")
    ticks = np.linspace(-0.9 * extent, 0.9 * extent, side)
    return np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)


@matplotlib.rc_context(STYLE)
def phase_portraits(
    panels: Mapping[str, Portrait],
    *,
    extent: float,
    columns: int = 2,
    x_label: str = "θ",
    y_label: str = "ψ",
) -> Figure:
    """Draw several systems side by side over the same square.

    Arrows have one length and show directions alone; how fast it goes, the paths show.

    Args:
        panels: from the title of a panel to what it shows.
        extent: each axis runs from minus this to this.
        columns: panels side by side.
        x_label: the label of the horizontal axis.
        y_label: the label of the vertical axis.

    Raises:
        ValueError: if there is no panel, or velocities or paths have another shape.
    """
    if not panels:
        raise ValueError("panels must hold at least one panel, got none")
    rows = -(-len(panels) // columns)
    figure, axes = new_figure(rows, columns, height=0.3 + rows * 5.6 / columns)
    for panel, (title, portrait) in zip(axes.flat, panels.items(), strict=False):
        _arrows(panel, title, portrait, extent)
        _paths(panel, title, portrait)
        panel.plot(0, 0, "+", color=INK, markersize=9, markeredgewidth=1.5)
        panel.set(xlim=(-extent, extent), ylim=(-extent, extent), aspect="equal")
        panel.set_title(title)
        panel.grid(visible=False)
    for panel in axes.flat[len(panels) :]:
        panel.set_visible(False)
    for panel in axes[:, 0]:
        panel.set_ylabel(y_label)
    for index in range(min(columns, len(panels))):
        axes[(len(panels) - 1 - index) // columns, index].set_xlabel(x_label)
    return figure


def _arrows(panel: Axes, title: str, portrait: Portrait, extent: float) -> None:
    velocities = np.asarray(portrait.velocities, dtype=float)
    side = round(np.sqrt(len(velocities)))
    if velocities.shape != (side * side, 2):
        raise ValueError(
            f"velocities of {title!r} must have shape (side * side, 2), got {velocities.shape}"
        )
    points = phase_grid(extent, side)
    lengths = np.linalg.norm(velocities, axis=1, keepdims=True)
    directions = velocities / np.where(lengths > 0, lengths, 1)
    panel.quiver(
        *points.T, *directions.T, color=INK, alpha=0.45, pivot="middle", width=0.006, scale=16
    )


def _paths(panel: Axes, title: str, portrait: Portrait) -> None:
    for number, path in enumerate(portrait.paths):
        points = np.asarray(path, dtype=float)
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"paths of {title!r} must have shape (times, 2), got {points.shape}")
        color = COLORS[number % len(COLORS)]
        style = LINE_STYLES[number % len(LINE_STYLES)]
        panel.plot(*points.T, color=color, linestyle=style, linewidth=1.5)
        panel.plot(*points[0], "o", color=color, markerfacecolor="none", markersize=6)
