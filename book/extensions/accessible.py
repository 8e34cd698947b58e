"""Sphinx extension: mends in the pages what assistive technology would stumble over.

Sphinx gives the entries of a bibliography a role that no element may have any longer, inside a list
that wants its items.
"""

from docutils.nodes import document
from sphinx.application import Sphinx


def mend(app: Sphinx, page: str, template: str, context: dict, doctree: document) -> None:
    """Name the entries of a bibliography what they are."""
    del app, page, template, doctree
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app: Sphinx) -> dict[str, bool | str]:
    """Register the extension."""
    app.connect("html-page-context", mend)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
