"""Curves over the steps of training."""

from collections.abc import Mapping
from typing import Literal

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from coreformulas.plotting.style import STYLE, new_figure

__all__ = ["learning_curves"]


@matplotlib.rc_context(STYLE)
def learning_curves(
    panels: Mapping[str, Mapping[str, ArrayLike]],
    *,
    block: int = 1,
    x_label: str = "step",
    y_scale: Literal["linear", "log"] = "linear",
) -> Figure:
    """Draw training histories, one panel for each quantity, over one logarithmic axis of steps.

    The logarithmic axis shows the fast start and the slow end of a run alike.

    Args:
        panels: from the label of a vertical axis, with its unit, to the curves of that panel: from
            the name of a curve to its values, one for each step.
        block: each point is the mean over this many steps, which quiets the noise of batches.
            Steps at the end that fill no block are left out.
        x_label: the label of the horizontal axis.
        y_scale: "log" for positive values that grow by many powers of ten.

    Raises:
        ValueError: if there is no panel, or a curve is not one row of at least ``block`` values.
    """
    if not panels:
        raise ValueError("panels must hold at least one panel, got none")
    figure, axes = new_figure(len(panels), height=0.6 + 2.1 * len(panels), share_x=True)
    for panel, (y_label, curves) in zip(axes[:, 0], panels.items(), strict=True):
        for name, values in curves.items():
            steps, means = _block_means(name, np.asarray(values), block)
            panel.plot(steps, means, label=name)
        panel.set_ylabel(y_label)
        panel.set_xscale("log")
        panel.set_yscale(y_scale)
        if len(curves) > 1:
            panel.legend()
    axes[-1, 0].set_xlabel(x_label if block == 1 else f"{x_label} (means over {block})")
    return figure


def _block_means(name: str, values: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps, counted from 1, at the middle of each block, and the mean of the block."""
    if block < 1:
        raise ValueError(f"block must be at least 1, got {block}")
    if values.ndim != 1 or len(values) < block:
        raise ValueError(
            f"curve {name!r} must be one row of at least {block} values, got shape {values.shape}"
        )
    whole = len(values) // block
    steps = (np.arange(whole) + 0.5) * block + 0.5
    return steps, values[: whole * block].reshape(whole, block).mean(axis=1)
