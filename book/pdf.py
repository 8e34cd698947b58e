"""The whole book as one PDF: ``make pdf``, after ``make book``.

Jupyter Book writes all chapters into one page, from the results of the last build, and Chromium
prints it: numbered pages and equations, an outline by part, chapter and section, tags for screen
readers. Then the pages of the site are written again, with a link to it.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from browser import chromium
from served import DRAWN, FRONT, ROOT, SITE, served

PAGE = "index.html"
# Inside the margins of A4, in CSS pixels: how wide the text will be.
TEXT_WIDTH = 673
# What is folded away on the screen is part of the book on paper; the titles of the parts, which the
# single page has in its contents alone, stand before their first chapters; and formulas that are
# wider than paper become smaller.
PREPARE = """
(parts) => {
  document.querySelectorAll('details').forEach((part) => { part.open = true; });
  document.querySelectorAll('.toggle-hidden').forEach((part) => {
    part.classList.remove('toggle-hidden');
  });
  document.querySelectorAll('article .toctree-wrapper').forEach((part, i) => {
    const title = document.createElement('h1');
    title.className = 'part';
    title.textContent = parts[i];
    part.prepend(title);
  });
  for (const box of document.querySelectorAll('.katex-display, .derivation td.formula')) {
    const formula = box.querySelector('.katex');
    if (!formula) continue;
    const range = document.createRange();
    range.selectNodeContents(formula.querySelector('.katex-html'));
    const ratio = box.getBoundingClientRect().width / range.getBoundingClientRect().width;
    if (ratio < 1) formula.style.fontSize = `${Math.max(0.5, 0.98 * ratio)}em`;
  }
}
"""
# What reaches past the text and would be cut, from the outside in.
CUT = """
() => {
  const right = document.querySelector('article').getBoundingClientRect().right + 2;
  const wide = new Set([...document.querySelectorAll('article *')].filter((part) =>
    part.getClientRects().length && part.getBoundingClientRect().right > right
    && !part.closest('.katex-mathml, svg')));
  return [...wide].filter((part) => !wide.has(part.parentElement)).map((part) =>
    `${part.tagName.toLowerCase()}.${part.className}: ${part.textContent.slice(0, 60)}`);
}
"""
STYLE = """
h1.part { display: block !important; break-before: page; margin-top: 30vh !important;
          text-align: center; font-size: 2.4em; }
.toctree-wrapper > span[id^="document-"] + section { break-before: page; }
h1.part + span + section { break-before: page; }
"""
FOOTER = """<div style="font-size: 8px; width: 100%; text-align: center; color: #555">
<span class="pageNumber"></span></div>"""


def build(*options: str) -> bool:
    """Run Jupyter Book; the chapters do not run again."""
    program = Path(sys.executable).parent / "jupyter-book"
    command = [str(program), "build", str(ROOT), *options]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def build_single_page() -> Path:
    """One page with the whole book.

    Raises:
        SystemExit: if the build fails.
    """
    done = build("--builder", "custom", "--custom-builder", "singlehtml")
    site = ROOT / "_build" / "singlehtml"
    if not done or not (site / FRONT).is_file():
        raise SystemExit("the single page could not be built")
    # Its addresses begin at the root, where Jupyter Book has put a page that leads to it.
    shutil.copy(site / FRONT, site / PAGE)
    return site


def print_pdf(site: Path, output: Path) -> None:
    """Print the single page as a PDF.

    Raises:
        SystemExit: if something is wider than the paper.
    """
    with served(site) as address, chromium() as browser:
        sheet = browser.new_page(color_scheme="light")
        sheet.set_viewport_size({"width": TEXT_WIDTH, "height": 1000})
        sheet.emulate_media(media="print")
        sheet.goto(f"{address}/{PAGE}", wait_until="load", timeout=300_000)
        sheet.set_default_timeout(300_000)
        sheet.evaluate(DRAWN)
        contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
        sheet.add_style_tag(content=STYLE)
        sheet.evaluate(PREPARE, [part["caption"] for part in contents["parts"]])
        if found := sheet.evaluate(CUT):
            raise SystemExit("wider than the paper:\n" + "\n".join(found[:20]))
        output.parent.mkdir(parents=True, exist_ok=True)
        sheet.pdf(
            path=output,
            format="A4",
            margin={"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"},
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
            print_background=True,
            outline=True,
            tagged=True,
        )


def main() -> None:
    """Build the single page and print it."""
    parser = argparse.ArgumentParser(prog="make pdf", description=__doc__)
    parser.add_argument("--output", type=Path, default=SITE / "core-formulas.pdf")
    arguments = parser.parse_args()
    print_pdf(build_single_page(), arguments.output)
    if arguments.output.parent == SITE and not build():
        raise SystemExit("the PDF is printed, but the pages with a link to it could not be written")
    print(f"written to {arguments.output} ({arguments.output.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
