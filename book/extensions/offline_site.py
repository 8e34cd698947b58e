"""Sphinx extension: a site that reads the same from a disk without a network.

It serves MathJax from the site itself.
"""

import shutil
from importlib import metadata
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

# The package is a plain container here: its own Sphinx hook copies 15 MB, this one copies 2.
CARRIER = "sphinx-mathjax-offline"
MATHJAX = "mathjax"
COMBINED = "tex-chtml.js"
PARTS = ("output/chtml/fonts/woff-v2", "input/tex/extensions", "a11y")
NOTICE = """MathJax 3.2.2, https://www.mathjax.org/
Copyright (c) 2009-2022 The MathJax Consortium
Licensed under the Apache License, Version 2.0: https://www.apache.org/licenses/LICENSE-2.0
The files are unchanged.
"""


def mathjax_source() -> Path:
    """Return the folder of MathJax in the installed carrier package."""
    try:
        files = metadata.files(CARRIER) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == COMBINED:
            return Path(str(file.locate())).resolve().parent
    raise ExtensionError(
        f"MathJax not found: the package {CARRIER} is missing or incomplete; "
        "run `make distclean` and then `make book`"
    )


def choose_mathjax(app: Sphinx, config: Config) -> None:
    """Name the local script in every page instead of the one on a CDN."""
    del app
    mathjax_source()  # fail before the chapters run, not after
    config["mathjax_path"] = f"{MATHJAX}/{COMBINED}"


def copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    """Copy what the pages load: the combined script, its fonts and its lazy extensions."""
    if error is not None or app.builder.format != "html":
        return
    source = mathjax_source()
    target = Path(app.outdir) / "_static" / MATHJAX
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source / COMBINED, target)
    for part in PARTS:
        shutil.copytree(source / part, target / part, dirs_exist_ok=True)
    (target / "NOTICE.txt").write_text(NOTICE, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool | str]:
    """Register the extension."""
    app.connect("config-inited", choose_mathjax)
    app.connect("build-finished", copy_mathjax)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
