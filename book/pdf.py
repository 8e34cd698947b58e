"""The whole book as one PDF: ``make pdf``, after ``make book``.

Jupyter Book writes all chapters into one page, from the results of the last build, and Chromium
prints it once MathJax has drawn every formula: numbered pages, an outline, tags for screen readers.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from browser import chromium
from served import DRAWN, FRONT, ROOT, SITE, served

PAGE = "index.html"
FOOTER = """<div style="font-size: 8px; width: 100%; text-align: center; color: #555">
<span class="pageNumber"></span></div>"""


def build_single_page() -> Path:
    """One page with the whole book; the chapters do not run again.

    Raises:
        SystemExit: if the build fails.
    """
    program = Path(sys.executable).parent / "jupyter-book"
    kind = ["--builder", "custom", "--custom-builder", "singlehtml"]
    done = subprocess.run([str(program), "build", str(ROOT), *kind], cwd=ROOT, check=False)
    site = ROOT / "_build" / "singlehtml"
    if done.returncode or not (site / FRONT).is_file():
        raise SystemExit("the single page could not be built")
    # Its addresses begin at the root, where Jupyter Book has put a page that leads to it.
    shutil.copy(site / FRONT, site / PAGE)
    return site


def print_pdf(site: Path, output: Path) -> None:
    """Print the single page as a PDF."""
    with served(site) as address, chromium() as browser:
        sheet = browser.new_page(color_scheme="light")
        sheet.goto(f"{address}/{PAGE}", wait_until="load", timeout=300_000)
        sheet.set_default_timeout(300_000)
        sheet.evaluate(DRAWN)
        # What is folded away on the screen is part of the book on paper.
        sheet.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
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
    print(f"written to {arguments.output} ({arguments.output.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
