"""Sphinx extension: what belongs together stays on one line, and numbers have minus signs.

A browser may begin a line before any formula and after it, even at a bracket or a comma; a word
joiner forbids that (CSS Text Module Level 3, section 5.1).
"""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

JOINER = "\N{WORD JOINER}"
SPACE = "\N{NO-BREAK SPACE}"
MINUS = re.compile(r"(?<![\w.\-\N{EN DASH}])-(?=\d)")
CODE = (nodes.literal, nodes.FixedTextElement, nodes.raw, nodes.math, addnodes.desc_signature)


def is_code(node: nodes.Node | None) -> bool:
    """Whether what is in a part of a page is read by a machine as well."""
    while node is not None and not isinstance(node, CODE):
        node = node.parent
    return node is not None


def mend(text: str, is_after: bool, is_before: bool) -> str:
    """A text with minus signs and spaces that hold, joined to the formulas on its sides."""
    text = MINUS.sub("\N{MINUS SIGN}", text.replace(" ± ", f"{SPACE}±{SPACE}"))
    if is_after and text[:1] in tuple(",.;:!?)]’”-"):
        text = JOINER + text
    if is_before and text[-1:] in tuple("([“‘"):
        text += JOINER
    return text


def mend_page(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Mend all running text of a page."""
    del page
    if app.builder.format != "html":
        return
    for parent in doctree.findall(nodes.Element):
        texts = [(k, child) for k, child in enumerate(parent) if isinstance(child, nodes.Text)]
        if not texts or is_code(parent):
            continue
        beside = [False, *(isinstance(child, nodes.math) for child in parent), False]
        for k, child in texts:
            parent[k] = nodes.Text(mend(child.astext(), beside[k], beside[k + 2]))


def setup(app: Sphinx) -> dict[str, bool | str]:
    """Register the extension."""
    app.connect("doctree-resolved", mend_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
