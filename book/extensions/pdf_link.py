"""Sphinx extension: a button for the PDF of the book on every page, where `make pdf` has made one.

A PDF that is older than a page would tell something else than the page, so it is removed as soon as
a page has changed.
"""

from collections.abc import Iterable
from pathlib import Path

from docutils.nodes import document
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

NAME = "core-formulas.pdf"
logger = logging.getLogger(__name__)


def forget(app: Sphinx, env: BuildEnvironment, changed: list[str]) -> None:
    """Remove the PDF of an older text."""
    del env
    pdf = Path(app.outdir, NAME)
    if app.builder.name == "html" and changed and pdf.exists():
        pdf.unlink()
        logger.info("[pdf_link] pages have changed: the old PDF is removed, `make pdf` prints anew")


def rewrite(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """All pages, if they were last written without the PDF and now there is one, or reversely."""
    if app.builder.name != "html":
        return []
    there = Path(app.outdir, NAME).is_file()
    before, env.has_pdf = getattr(env, "has_pdf", False), there  # type: ignore[attr-defined]
    return env.found_docs if there != before else []


def add_button(app: Sphinx, page: str, template: str, context: dict, doctree: document) -> None:
    """Put the button beside the theme's own."""
    del page, template, doctree
    if app.builder.name == "html" and Path(app.outdir, NAME).is_file():
        button = {
            "type": "link",
            "icon": "fas fa-file-pdf",
            "tooltip": "The whole book as PDF",
            "url": context["pathto"](NAME, 1),
        }
        context["header_buttons"].insert(0, button)


def setup(app: Sphinx) -> dict[str, bool | str]:
    """Register the extension."""
    app.connect("env-before-read-docs", forget)
    app.connect("env-updated", rewrite)
    app.connect("html-page-context", add_button, priority=600)  # when the theme has its own
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
