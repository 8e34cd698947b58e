"""Sphinx extension: what belongs together stays on one line, and numbers have minus signs.

A browser may begin a line before any formula and after it, even at a bracket or a comma. Where the
style sheet forbids it for both together, the formula itself may still be broken.
"""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

SPACE = "\N{NO-BREAK SPACE}"
MINUS = re.compile(r"(?<![\w.\[\-\N{EN DASH}])-(?=\d)")
OPENING = re.compile(r"[(\[“‘]+$")
CLOSING = re.compile(r"^(?:[,.;:!?)\]’”]+|-\w+|['’]s\b)")
CODE = (nodes.literal, nodes.FixedTextElement, nodes.raw, nodes.math, addnodes.desc_signature)


def is_code(node: nodes.Node | None) -> bool:
    """Whether what is in a part of a page is read by a machine as well."""
    while node is not None and not isinstance(node, CODE):
        node = node.parent
    return node is not None


def mend(text: str) -> str:
    """A text with minus signs, and with spaces that hold a number and its error together."""
    return MINUS.sub("\N{MINUS SIGN}", text.replace(" ± ", f"{SPACE}±{SPACE}"))


def join(parent: nodes.Element) -> None:
    """Put each formula of a paragraph and the signs that touch it into one part."""
    for formula in [child for child in parent if isinstance(child, nodes.math)]:
        k = parent.index(formula)
        before, after = text_at(parent, k - 1), text_at(parent, k + 1)
        opening = "".join(OPENING.findall(before)[:1])
        closing = "".join(CLOSING.findall(after)[:1])
        if opening:
            parent[k - 1] = nodes.Text(before.removesuffix(opening))
        if closing:
            parent[k + 1] = nodes.Text(after.removeprefix(closing))
        if opening or closing:
            touching = (nodes.Text(opening), formula, nodes.Text(closing))
            parent[k] = nodes.inline("", "", *touching, classes=["together"])


def text_at(parent: nodes.Element, k: int) -> str:
    """The text at a place in a paragraph; none where there is something else."""
    child = parent[k] if 0 <= k < len(parent) else None
    return child.astext() if isinstance(child, nodes.Text) else ""


def mend_page(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Mend all running text of a page."""
    del page
    if app.builder.format != "html":
        return
    for parent in list(doctree.findall(nodes.Element)):
        if is_code(parent):
            continue
        for k, child in enumerate(parent):
            if isinstance(child, nodes.Text):
                parent[k] = nodes.Text(mend(child.astext()))
        join(parent)


def setup(app: Sphinx) -> dict[str, bool | str]:
    """Register the extension."""
    app.connect("doctree-resolved", mend_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
