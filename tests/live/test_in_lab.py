"""A live figure in a running JupyterLab: its cell is run there, and it follows and tells."""

import json
from pathlib import Path

from live_pages import press, state
from running_lab import running_lab

CELL = """
from matplotlib.figure import Figure
from coreformulas.live import LiveFigure
LiveFigure("softmax", {"scores": [1.3, -0.4, 0.2]}, alt="weights", fallback=Figure())
"""


def notebook(path: Path) -> None:
    cell = {"cell_type": "code", "source": CELL.strip(), "metadata": {}, "outputs": []}
    cell |= {"id": "figure", "execution_count": None}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    written = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(written))


def test_a_figure_lives_in_jupyterlab(browser, tmp_path):
    notebook(tmp_path / "figure.ipynb")
    with running_lab(tmp_path / "log", tmp_path) as lab:
        page = browser.new_page(viewport={"width": 1200, "height": 1000})
        page.set_default_timeout(90_000)
        page.goto(lab.page("figure.ipynb"))
        page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady")
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
        page.evaluate("() => void jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_selector(".coreformulas-live[data-ready] input")
        before = state(page)
        press(page, "exponent", "ArrowRight")
        after = state(page)
        assert after["exponent"] == before["exponent"] + 1
        assert after["largestRaw"] > before["largestRaw"]
        heard = page.text_content(".coreformulas-live [aria-live=polite]")
        assert f"{after['largestRaw']:.3f}" in heard
        assert page.locator(".coreformulas-live canvas").bounding_box()["width"] > 300
        page.close()
