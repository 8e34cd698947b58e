"""How many bytes a visit of each page takes: ``make weigh``, after ``make book``.

The site is served from this computer with the compression that web servers use, and a Chromium
without a window opens each page twice: as the first of a visit, with nothing stored, and as a
further one, with what the front page has left. A page that is too heavy, or that asks another site
for anything, is an error.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from browsing import over_pages
from playwright.sync_api import Browser, BrowserContext
from served import DRAWN, FRONT, PATIENCE, SITE, pages_of

FIRST_KB, FURTHER_KB = 700, 150
SETTLED = 500
"""Milliseconds after the last formula, for fonts and pictures that came into view."""


@dataclass(frozen=True)
class Weight:
    """Kilobytes (1000 bytes) on the line, headers included, and requests that left the site."""

    page: str
    first_kb: float
    further_kb: float
    foreign: tuple[str, ...]


def visit(context: BrowserContext, address: str) -> tuple[int, list[str]]:
    """Bytes that opening a page takes, down to its end, and requests to other sites."""
    page, taken, asked = context.new_page(), [0], []
    page.set_default_timeout(PATIENCE)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on(
        "Network.loadingFinished", lambda event: taken.append(int(event["encodedDataLength"]))
    )
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address, wait_until="load")
    page.evaluate(DRAWN)
    # To the end of the page, for what is loaded only when it is seen.
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(SETTLED)
    page.close()
    home = "{0.scheme}://{0.netloc}/".format(urlsplit(address))
    return sum(taken), [url for url in asked if not url.startswith((home, "data:", "blob:"))]


def weigh(browser: Browser, address: str, page: str) -> Weight:
    """Both visits of one page."""
    context = browser.new_context()
    first, foreign = visit(context, f"{address}/{page}")
    context.close()
    context = browser.new_context()
    visit(context, f"{address}/{FRONT}")
    further, _ = visit(context, f"{address}/{page}") if page != FRONT else (0, [])
    context.close()
    return Weight(page, first / 1000, further / 1000, tuple(foreign))


def faults(weights: list[Weight]) -> list[str]:
    """What is too heavy, or leaves the site. The first visit is that of the front page."""
    found = []
    for weight in weights:
        if weight.page == FRONT and weight.first_kb > FIRST_KB:
            found.append(f"{weight.page}: first visit {weight.first_kb:.0f} KB > {FIRST_KB}")
        if weight.further_kb > FURTHER_KB:
            found.append(f"{weight.page}: further page {weight.further_kb:.0f} KB > {FURTHER_KB}")
        found += [f"{weight.page}: asks {url}" for url in weight.foreign]
    return found


def main() -> int:
    """Weigh all pages, print the table, and tell whether all is well."""
    parser = argparse.ArgumentParser(prog="make weigh", description=__doc__)
    parser.add_argument("--site", type=Path, default=SITE)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    pages = pages_of(arguments.site)
    weights = list(over_pages(weigh, arguments.site, pages))
    if arguments.json:
        print(json.dumps([asdict(weight) for weight in weights], indent=2))
    else:
        print(f"{'page':<44}{'first visit':>14}{'further page':>14}")
        for weight in weights:
            print(f"{weight.page:<44}{weight.first_kb:>11.0f} KB{weight.further_kb:>11.0f} KB")
    found = faults(weights)
    print("\n".join(found) or f"{len(weights)} pages, none too heavy, no request leaves the site")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
