"""Moving pictures without a kernel: paths that a reader draws by a slider or the keyboard."""

import hashlib
import html
import json
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from coreformulas.plotting.show import AccessibleFigure, show
from coreformulas.plotting.style import COLORS, INK, LINE_STYLES, STYLE, new_figure

__all__ = ["ScrubbedFigure", "scrubbed_paths"]

# The points stand in the SVG itself: without scripts the page shows the whole paths. The slider is
# the browser's own, so that arrow keys, Home, End and a screen reader work; nothing moves unasked.
SCRIPT = """
(() => {
const box = document.getElementById(ID), slider = box.querySelector("input");
const button = box.querySelector("button"), output = box.querySelector("output");
const paths = [...box.querySelectorAll("[data-track]")].map(group => {
  const path = group.querySelector("path");
  return [path, path.getAttribute("d").trim().split(/\\s*(?=[ML])/)];
});
const heads = [...box.querySelectorAll("[data-head] use")];
const draw = () => {
  const frame = Number(slider.value);
  paths.forEach(([path, steps], k) => {
    path.setAttribute("d", steps.slice(0, frame + 1).join(" "));
    const [x, y] = steps[frame].slice(1).trim().split(/\\s+/);
    heads[k].setAttribute("x", x);
    heads[k].setAttribute("y", y);
  });
  output.textContent = CAPTIONS[frame];
  slider.setAttribute("aria-valuetext", CAPTIONS[frame]);
  box.dataset.frame = frame;
};
let timer = null;
const stop = () => { clearInterval(timer); timer = null; button.textContent = "Play"; };
button.addEventListener("click", () => {
  if (timer) return stop();
  if (slider.value === slider.max) slider.value = 0;
  button.textContent = "Pause";
  timer = setInterval(() => {
    slider.value = Number(slider.value) + 1;
    draw();
    if (slider.value === slider.max) stop();
  }, 60);
});
slider.addEventListener("input", () => { stop(); draw(); });
box.querySelector("[data-controls]").style.display = "grid";
draw();
})();
"""


class ScrubbedFigure:
    """What :func:`scrubbed_paths` returns: HTML with a slider, or a PNG of the whole paths."""

    def __init__(self, figure: AccessibleFigure, captions: Sequence[str], label: str) -> None:
        """Keep the figure, and what is said of each frame."""
        self.figure, self.captions, self.label = figure, tuple(captions), label

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        del include, exclude  # the notebook picks from what it gets
        return {
            "text/html": self.to_html(),
            "image/png": self.figure.to_png(),
            "text/plain": self.figure.alt,
        }

    def to_html(self) -> str:
        """The figure, a slider with its label, a button and a script of its own."""
        drawn = self.figure.to_html()
        name = "scrub-" + hashlib.sha256(drawn.encode()).hexdigest()[:8]
        captions = json.dumps(self.captions, ensure_ascii=False).replace("</", "<\\/")
        script = SCRIPT.replace("ID", json.dumps(name)).replace("CAPTIONS", "captions")
        script = script.replace("(() => {", f"(() => {{\nconst captions = {captions};", 1)
        last = len(self.captions) - 1
        return (
            f'<div class="coreformulas-scrub" id="{name}">{drawn}'
            '<div data-controls style="display: none; grid-template-columns: auto 1fr;'
            ' gap: 0.3rem 0.8rem; align-items: center; max-width: 40rem; margin-inline: auto">'
            '<button type="button" style="min-width: 5rem; min-height: 2rem; color: inherit;'
            ' background: transparent; border: 1px solid currentColor; border-radius: 4px">'
            f'Play</button><label style="display: flex; gap: 0.8rem">{html.escape(self.label)}'
            f'<input type="range" min="0" max="{last}" step="1" value="{last}" style="flex: 1;'
            f' min-width: 0; accent-color: {COLORS[0]}"></label>'
            '<output style="grid-column: 1 / -1; min-height: 3em;'
            ' font-variant-numeric: tabular-nums">'
            f"</output></div><script>{script.strip()}</script></div>"
        )


@matplotlib.rc_context(STYLE)
def scrubbed_paths(
    paths: Mapping[str, ArrayLike],
    captions: Sequence[str],
    *,
    extent: float,
    alt: str,
    label: str = "step",
    x_label: str = "θ",
    y_label: str = "ψ",
) -> ScrubbedFigure:
    """Draw paths in a plane, up to the frame that the reader picks.

    Args:
        paths: from the name of a path to its points, (frames, 2), at most four paths.
        captions: one line of text for each frame, read aloud where the slider stands.
        extent: each axis runs from minus this to this.
        alt: what the figure shows, in words.
        label: what the slider counts.
        x_label: the label of the horizontal axis.
        y_label: the label of the vertical axis.

    Raises:
        ValueError: if there are no paths or more than four, if lengths differ, or if a point lies
            outside the square, where the drawing would cut it off.
    """
    if not 1 <= len(paths) <= len(COLORS):
        raise ValueError(f"paths must hold 1 to {len(COLORS)} paths, got {len(paths)}")
    for name, points in paths.items():
        shape = np.shape(points)
        if shape != (len(captions), 2):
            raise ValueError(f"path {name!r} must have shape ({len(captions)}, 2), got {shape}")
        if not np.all(np.abs(points) <= extent):
            raise ValueError(f"path {name!r} must stay within {extent} of zero")
    figure = _drawn(paths, extent)
    figure.axes[0].set(xlabel=x_label, ylabel=y_label)
    return ScrubbedFigure(show(figure, alt=alt), captions, label)


def _drawn(paths: Mapping[str, ArrayLike], extent: float) -> Figure:
    figure, axes = new_figure(height=5.2)
    panel = axes[0, 0]
    for number, (name, values) in enumerate(paths.items()):
        points = np.asarray(values, dtype=float)
        look = {"color": COLORS[number], "linestyle": LINE_STYLES[number], "linewidth": 1.5}
        (line,) = panel.plot(*points.T, label=name, **look)
        line.get_path().should_simplify = False  # every frame needs its point
        line.set_gid(f"data-track-{number}")
        (head,) = panel.plot(*points[-1], "o", color=COLORS[number], markersize=7)
        head.set_gid(f"data-head-{number}")
    panel.plot(0, 0, "+", color=INK, markersize=9, markeredgewidth=1.5)
    panel.set(xlim=(-extent, extent), ylim=(-extent, extent), aspect="equal")
    figure.legend(loc="outside upper center", ncols=2)
    return figure
