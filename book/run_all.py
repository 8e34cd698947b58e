"""Choose Run All in every chapter, in JupyterLab as a reader opens it: ``make runs``.

A server runs as ``make lab`` starts it, on a copy of the files, and a Chromium without a window
opens each chapter there. A chapter passes when every cell has run without an error and its text
shows no markup: boxes, formulas, listings, sources and the numbers of the run are drawn.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import yaml
from browser import chromium
from playwright.sync_api import Browser
from running_lab import Lab, running_lab
from served import PATIENCE, ROOT

LONGEST = 900_000
"""Milliseconds that a chapter may take, on a busy machine."""
OPENED = "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel"
RUN_ALL = "jupyterapp.commands.execute('notebook:run-all-cells')"
CELLS = """
[...jupyterapp.shell.currentWidget.content.model.cells].filter((cell) => cell.type === 'code').map(
  (cell) => ({
    source: cell.sharedModel.getSource(),
    ran: cell.executionCount !== null,
    errors: Array.from({length: cell.outputs.length}, (_, i) => cell.outputs.get(i))
      .filter((output) => output.type === 'error')
      .map((output) => output.toJSON().ename + ': ' + output.toJSON().evalue),
  }))
"""
TEXT = """
[...document.querySelectorAll('.jp-MarkdownCell .myst')].map((part) => {
  const copy = part.cloneNode(true);
  copy.querySelectorAll('pre, code, .katex').forEach((inner) => inner.remove());
  return copy.textContent;
})
"""
MARKUP = (
    "{glue",
    "{cite",
    "{eq}",
    "{doc}",
    "{ref}",
    "{numref}",
    "```",
    ":::",
    "$$",
    "…",
    "Unknown",
)


def copy_book(target: Path) -> Path:
    """What a clone of the book holds, so that nothing that runs can change the original."""
    target.mkdir()
    for name in ("chapters", "src", "data", "benchmarks", "references.bib"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / name)
    return target


def run_all(browser: Browser, lab: Lab, chapter: str, *, keep_open: bool = False) -> list[str]:
    """Open a chapter, run all of it, and return what went wrong."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page, found = context.new_page(), []
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: found.append(f"script: {error}"))
    page.goto(lab.page(f"{chapter}.md"))
    page.wait_for_selector(".jp-MarkdownCell .myst")
    page.wait_for_function(OPENED)
    page.set_default_timeout(LONGEST)
    page.evaluate(RUN_ALL)
    cells = page.evaluate(CELLS)
    found += [f"{error}, in: {cell['source']}" for cell in cells for error in cell["errors"]]
    found += [f"did not run: {cell['source']}" for cell in cells if not cell["ran"]]
    page.wait_for_timeout(3000)  # the numbers of the last cells reach the text
    for text in page.evaluate(TEXT):
        found += [f"{mark} stands in: {text.strip()[:200]}" for mark in MARKUP if mark in text]
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    if not keep_open:
        context.close()
    return found if cells else [*found, "no cell of code was found"]


def notebooks() -> list[str]:
    """Every page of the book that has cells, by its name in ``_toc.yml``."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    listed = [contents["root"]]
    listed += [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
    return [name for name in listed if "{code-cell}" in (ROOT / f"{name}.md").read_text("utf-8")]


def main() -> int:
    """Run all chapters, or those that are named."""
    parser = argparse.ArgumentParser(prog="make runs", description=__doc__)
    parser.add_argument("chapters", nargs="*", help="such as chapters/vae/elbo; all if none")
    arguments = parser.parse_args()
    chapters, faulty = arguments.chapters or notebooks(), 0
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        running_lab(Path(folder) / "log", copy_book(Path(folder) / "book")) as lab,
    ):
        for chapter in chapters:
            began = time.monotonic()
            found = run_all(browser, lab, chapter)
            faulty += bool(found)
            print(f"{chapter}: {time.monotonic() - began:.0f} s", *found, sep="\n  ", flush=True)
    print(f"{len(chapters)} chapters, {faulty or 'none'} with faults")
    return 1 if faulty else 0


if __name__ == "__main__":
    raise SystemExit(main())
