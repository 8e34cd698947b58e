"""Small images side by side."""

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from coreformulas.plotting.style import STYLE, WIDTH, without_frame

__all__ = ["image_grid"]

# Paper is not pure white, so that the edge of an image shows on a white page too.
PAPER_TO_INK = LinearSegmentedColormap.from_list("paper_to_ink", ["#f0f0f0", "#101010"])
SCALE_HEIGHT, LABEL_HEIGHT = 0.75, 0.45


@matplotlib.rc_context(STYLE)
def image_grid(
    images: ArrayLike,
    *,
    maximum: float | int,
    scale_label: str,
    row_labels: Sequence[str] = (),
    column_labels: Sequence[str] = (),
    row_axis: str = "",
    column_axis: str = "",
    gap: float | int = 0.125,
) -> Figure:
    """Draw images of one channel in rows and columns, dark on light, with their scale below.

    Args:
        images: array of shape (rows, columns, height, width), from 0 (paper) to ``maximum`` (ink).
        maximum: the value that is drawn as full ink.
        scale_label: what the values are, with their unit.
        row_labels: one for each row, or none.
        column_labels: one for each column, or none.
        row_axis: what changes from row to row.
        column_axis: what changes from column to column.
        gap: space between images, as a share of an image's side; 0 joins them.

    Raises:
        ValueError: if ``images`` has not four axes, or the labels do not fit its rows and columns.
    """
    images = np.asarray(images, dtype=float)
    if images.ndim != 4:
        raise ValueError(
            f"images must have shape (rows, columns, height, width), got {images.shape}"
        )
    for name, labels, wanted in (
        ("row_labels", row_labels, images.shape[0]),
        ("column_labels", column_labels, images.shape[1]),
    ):
        if len(labels) not in (0, wanted):
            raise ValueError(f"{name} must hold {wanted} labels or none, got {len(labels)}")
    sheet, pitch = _sheet(images, gap)
    height = WIDTH * sheet.shape[0] / sheet.shape[1] + SCALE_HEIGHT + LABEL_HEIGHT
    # "compressed" closes the gaps that images of a fixed shape leave in a figure.
    figure = Figure(figsize=(WIDTH, height), layout="compressed")
    grid, scale = figure.subplots(2, 1, height_ratios=(height - SCALE_HEIGHT, 0.14))
    grid.imshow(sheet, cmap=PAPER_TO_INK, vmin=0, vmax=maximum)
    without_frame(grid)
    middles = (np.array(images.shape[2:]) - 1) / 2
    grid.set_yticks(middles[0] + pitch[0] * np.arange(len(row_labels)), row_labels)
    grid.set_xticks(middles[1] + pitch[1] * np.arange(len(column_labels)), column_labels)
    grid.set_ylabel(row_axis)
    grid.set_xlabel(column_axis)
    _draw_scale(scale, maximum, scale_label)
    return figure


def _sheet(images: np.ndarray, gap: float) -> tuple[np.ndarray, tuple[int, int]]:
    """All images in one array, NaN (drawn as nothing) between them, and the steps of the grid.

    One array means one picture in the file, where one picture each would need a hundred.
    """
    rows, columns, height, width = images.shape
    space = round(gap * max(height, width))
    padded = np.pad(images, ((0, 0), (0, 0), (0, space), (0, space)), constant_values=np.nan)
    sheet = padded.transpose(0, 2, 1, 3).reshape(rows * (height + space), columns * (width + space))
    end = -space or None
    return sheet[:end, :end], (height + space, width + space)


def _draw_scale(axes: Axes, maximum: float | int, label: str) -> None:
    axes.imshow(
        np.linspace(0, maximum, 64)[None],
        cmap=PAPER_TO_INK,
        aspect="auto",
        extent=(0, maximum, 0, 1),
    )
    without_frame(axes)
    axes.set_yticks([])
    axes.set_xlabel(label)
