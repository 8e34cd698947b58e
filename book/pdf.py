"""The whole book as one PDF: ``make pdf``, after ``make book``.

Jupyter Book writes all chapters into one page, from the results of the last build, and Chromium
prints it once MathJax has drawn every formula: numbered pages, an outline, tags for screen readers.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from browser import chromium
from weigh import served

ROOT = Path(__file__).resolve().parents[1]
FOOTER = """<div style="font-size: 8px; width: 100%; text-align: center; color: #555">
<span class="pageNumber"></span></div>"""
DRAWN = "() => window.MathJax?.startup?.promise?.then(() => true) ?? true"


def build_single_page() -> Path:
    """One page with the whole book; the chapters do not run again.

    Raises:
        SystemExit: if the build fails.
    """
    program = Path(sys.executable).parent / "jupyter-book"
    kind = ["--builder", "custom", "--custom-builder", "singlehtml"]
    done = subprocess.run([str(program), "build", str(ROOT), *kind], cwd=ROOT, check=False)
    page = ROOT / "_build" / "singlehtml" / "index.html"
    if done.returncode or not page.is_file():
        raise SystemExit("the single page could not be built")
    return page


def print_pdf(page: Path, output: Path) -> None:
    """Print a page of a site as a PDF."""
    with served(page.parent) as address, chromium() as browser:
        sheet = browser.new_page(color_scheme="light")
        sheet.goto(f"{address}/{page.name}", wait_until="networkidle", timeout=300_000)
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
    parser.add_argument(
        "--output", type=Path, default=ROOT / "_build" / "html" / "core-formulas.pdf"
    )
    arguments = parser.parse_args()
    print_pdf(build_single_page(), arguments.output)
    print(f"written to {arguments.output} ({arguments.output.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
