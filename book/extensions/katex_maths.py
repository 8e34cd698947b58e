"""Sphinx extension: KaTeX draws the formulas when the book is built.

A page then shows its formulas at once, from a disk as from a network, with or without scripts. What
KaTeX cannot draw is a warning, which fails the build. Of what the cells put out, HTML that asks for
it with the class `tex2jax_process` is drawn as well, as MathJax does in JupyterLab.

How KaTeX compares with MathJax is measured by `python -m benchmarks.maths`.
"""

import re
import shutil
from collections.abc import Iterable
from functools import partial
from html import escape, unescape
from pathlib import Path

from breakable import breakable
from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html import HTMLTranslator

KATEX = Path(__file__).resolve().parents[1] / "katex"
MARKED = "tex2jax_process"
DELIMITED = re.compile(r"\\\((.+?)\\\)", re.S)
OTHER_FONTS = re.compile(r",url\([^)]+\.(?:woff|ttf)\) format\([^)]+\)")
SOURCE = re.compile(r'(<annotation encoding="application/x-tex">).*?(</annotation>)', re.S)
OPTIONS = {"throwOnError": True, "strict": "ignore", "trust": False}
SIZE = """
const size = (text) => {
  const {height, depth} = katex.__renderToHTMLTree(text, {displayMode: true, strict: "ignore"});
  return [height, depth];
};
"""
DISPLAYED = r"\displaystyle"
Formula = tuple[str, bool]
"""LaTeX, and whether it stands on a line of its own."""
logger = logging.getLogger(__name__)
drawn: dict[Formula, str] = {}


def draw(formulas: Iterable[Formula]) -> dict[Formula, str]:
    """HTML of each formula, and what is wrong with those that cannot be drawn.

    The engine is opened once for all of them, and closed: left open, it keeps Python from ending.
    """
    faults = {}
    with MiniRacer() as engine:
        engine.eval((KATEX / "katex.min.js").read_text("utf-8") + SIZE)
        for formula in formulas:
            try:
                drawn[formula] = draw_one(engine, *formula)
            except JSEvalException as error:
                drawn[formula] = f"<code>{escape(formula[0])}</code>"
                faults[formula] = str(error).partition("\n")[0]
    return faults


def draw_one(engine: MiniRacer, text: str, display: bool) -> str:
    """HTML of a formula, broken where it is displayed and too long; a copy of it is its text."""
    is_displayed = display or text.startswith(DISPLAYED)
    tex = breakable(text, partial(engine.call, "size")) if is_displayed else text
    html = str(engine.call("katex.renderToString", tex, OPTIONS | {"displayMode": display}))
    return SOURCE.sub(lambda found: f"{found[1]}{escape(text)}{found[2]}", html)


def latex(node: nodes.math | nodes.math_block) -> Formula:
    """A formula as Sphinx hands it to MathJax: lines are split, several formulas aligned."""
    text = node.astext()
    if isinstance(node, nodes.math):
        return text, False
    if node.get("nowrap") or "amsmath" in node.get("classes", []):
        return text, True
    parts = [part.strip() for part in text.split("\n\n") if part.strip()]
    if len(parts) == 1 and parts[0].startswith(r"\begin{aligned}"):
        return parts[0], True
    parts = [rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part for part in parts]
    if len(parts) == 1:
        return parts[0], True
    lines = r"\\".join(parts)
    return rf"\begin{{aligned}}{lines}\end{{aligned}}", True


def draw_page(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Draw all formulas of a page at once, and put them into the HTML that cells have made."""
    del page
    if app.builder.format != "html":
        return
    places: dict[Formula, nodes.Node] = {}
    for node in (*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)):
        places.setdefault(latex(node), node)
    marked = [node for node in doctree.findall(nodes.raw) if MARKED in node.astext()]
    for node in marked:
        for text in DELIMITED.findall(node.astext()):
            places.setdefault((unescape(text), False), node)
    for (text, _display), fault in draw(places.keys() - drawn.keys()).items():
        logger.warning("KaTeX cannot draw %r: %s", text, fault, location=places[text, _display])
    for node in marked:
        html = DELIMITED.sub(lambda found: drawn[unescape(found[1]), False], node.astext())
        node.children = [nodes.Text(html)]


def show(formula: Formula) -> str:
    """HTML of a formula; one outside a page, as in the list of contents, is drawn now."""
    if formula not in drawn:
        draw([formula])
    return drawn[formula]


def visit_inline(self: HTMLTranslator, node: nodes.math) -> None:
    """Write a formula in running text."""
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(show(latex(node)) + "</span>")
    raise nodes.SkipNode


def visit_block(self: HTMLTranslator, node: nodes.math_block) -> None:
    """Write a formula on a line of its own, with its number."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node.get("number"):
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append(show(latex(node)) + "</div>\n")
    raise nodes.SkipNode


def copy_files(app: Sphinx, error: Exception | None) -> None:
    """Put the style sheet into the site, with the one form of each font that browsers take."""
    if error is not None or app.builder.format != "html":
        return
    target = Path(app.outdir, "_static", "katex")
    shutil.copytree(KATEX / "fonts", target / "fonts", dirs_exist_ok=True)
    shutil.copy(KATEX / "LICENSE", target)
    style = (KATEX / "katex.min.css").read_text("utf-8")
    (target / "katex.min.css").write_text(OTHER_FONTS.sub("", style), "utf-8")


def setup(app: Sphinx) -> dict[str, bool | str]:
    """Register the extension."""
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_block, None))
    app.add_css_file("katex/katex.min.css")
    app.connect("doctree-resolved", draw_page)
    app.connect("build-finished", copy_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
