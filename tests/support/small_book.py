"""A small book with the real settings, in a folder of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pydata_sphinx_theme
from architecture import ROOT

HEADER = (ROOT / "chapters" / "appendix" / "status.md").read_text().partition("\n# ")[0] + "\n"
"""What stands at the top of every chapter that runs."""

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
ICON_FONT = THEME / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.ttf"
"""The font of icons as the theme brings it, with all of them."""


def make_small_book(root: Path, pages: Mapping[str, str]) -> None:
    """Write the files of a book.

    Args:
        root: an empty folder.
        pages: from a name, such as ``vae/elbo``, to Markdown; the first is the front page.
    """
    for name in ("_config.yml", "references.bib"):
        shutil.copy(ROOT / name, root / name)
    for name in ("book", "chapters/_static"):
        shutil.copytree(ROOT / name, root / name)
    for name in ("src", "data", "benchmarks/results"):
        (root / name).mkdir(parents=True)
    (root / "requirements.txt").touch()
    for name, text in pages.items():
        path = root / "chapters" / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    front, *others = (f"chapters/{name}" for name in pages)
    files = "".join(f"  - file: {name}\n" for name in others)
    part = f"parts:\n- caption: The part\n  chapters:\n{files}"
    (root / "_toc.yml").write_text(f"format: jb-book\nroot: {front}\n{part}")


def run(root: Path, program: str, *arguments: str, **environment: str) -> tuple[int, str]:
    """Exit status and output of a program of the environment that runs the tests."""
    path = Path(sys.executable).parent / program
    done = subprocess.run(
        [str(path), *arguments],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "book" / "extensions")} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def build(root: Path, *options: str) -> tuple[int, str]:
    """Build the book as `make book` does."""
    return run(root, "jupyter-book", "build", ".", *options)
