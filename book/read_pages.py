"""What a reader would trip over on any page: ``make pages``, after ``make book``.

A Chromium without a window opens every page of the built book and looks at it wide, on a tablet
and on a phone, in the light and in the dark theme:

- axe-core finds no fault; what the theme alone could mend is named in ``EXCEPTIONS``;
- nothing makes the page scroll sideways, and nothing moves when a live figure is taken in hand;
- every formula and every icon is drawn, every picture has words, no script fails, and nothing is
  missing.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from browsing import over_pages
from playwright.sync_api import Browser, Page
from served import DRAWN, PATIENCE, SITE, pages_of

WIDTHS = (1280, 768, 360)
THEMES = ("light", "dark")
HEIGHT = 900
SETTLED = 1000
"""Milliseconds after a change of the width, until the page's scripts have taken note of it."""
# Everything that is folded away is part of the page as well.
UNFOLD = """
document.querySelectorAll('details').forEach((part) => { part.open = true; });
document.querySelectorAll('button.toggle-button').forEach((button) => {
  if (button.classList.contains('toggle-button-hidden')) button.click();
});
"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What reaches past the right edge and is not inside a box of its own that scrolls.
WIDE = """
[...document.querySelectorAll('main *')].filter((part) => {
  const box = part.getBoundingClientRect();
  if (box.width === 0 || box.right <= document.documentElement.clientWidth + 1) return false;
  for (let at = part.parentElement; at; at = at.parentElement)
    if (getComputedStyle(at).overflowX !== 'visible') return false;
  return true;
}).slice(0, 3).map((part) => `${part.tagName.toLowerCase()}.${part.className}`)
"""
# While a figure is in use the page leaves out what is not in view; the rest stays where it is.
MOVED = """
async () => {
  const parts = [...document.querySelectorAll('article section > :not(section)')];
  const tops = () => parts.map((part) => part.getBoundingClientRect().top + scrollY);
  const before = tops(), page = document.documentElement;
  page.toggleAttribute('data-coreformulas-moving', true);
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
  const after = tops();
  page.removeAttribute('data-coreformulas-moving');
  return parts.filter((_, i) => Math.abs(after[i] - before[i]) > 1).slice(0, 3)
    .map((part) => `${part.tagName.toLowerCase()}.${part.className}`);
}
"""
BAD_FORMULAS = """
[...document.querySelectorAll('mjx-merror, .katex-error')].map((part) => part.textContent)
"""
UNDRAWN = """
[...document.querySelectorAll('article .math')]
  .filter((part) => !part.querySelector('mjx-container, .katex') && part.offsetParent)
  .map((part) => part.textContent.slice(0, 60))
"""
WORDLESS = """
[...document.querySelectorAll('article img')]
  .filter((image) => !image.alt.trim() || image.alt.includes('_images/'))
  .map((image) => image.src.split('/').pop())
"""
# An icon that its font lacks looks like every other character that the font lacks.
NO_ICON = """
() => {
  const canvas = document.createElement('canvas'), found = new Set();
  [canvas.width, canvas.height] = [48, 48];
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const drawn = (text) => {
    pen.clearRect(0, 0, 48, 48);
    pen.fillText(text, 4, 40);
    return pen.getImageData(0, 0, 48, 48).data.join();
  };
  for (const part of document.querySelectorAll('body *'))
    for (const side of ['::before', '::after']) {
      const style = getComputedStyle(part, side);
      const [icon] = style.content.match(/[\ue000-\uf8ff]/) ?? [];
      if (!icon || style.display === 'none') continue;
      pen.font = `${style.fontWeight} 32px ${style.fontFamily}`;
      if (drawn(icon) === drawn('\uf8fe'))
        found.add(`U+${icon.charCodeAt(0).toString(16)} at ${part.localName}.${part.className}`);
    }
  return [...found].slice(0, 5);
}
"""
RUN_AXE = """
axe.run(document, {resultTypes: ['violations'], preload: false}).then(
  (found) => found.violations.flatMap((rule) => rule.nodes.map(
    (node) => [rule.id, node.target.flat().join(' '), node.failureSummary]
  ))
)
"""


STILL = """Promise.allSettled(document.getAnimations()
  .filter((one) => one instanceof CSSTransition).map((one) => one.finished)).then(() => null)"""
HAS_THEME = "theme => [undefined, theme].includes(document.documentElement.dataset.theme)"


@dataclass(frozen=True)
class Accepted:
    """A finding of axe-core that the book cannot mend: rule, part of the selector, and why."""

    rule: str
    target: str
    why: str


EXCEPTIONS: tuple[Accepted, ...] = ()


def look(page: Page, address: str) -> list[str]:
    """What is wrong with one page, each fault with where and how it shows."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(f"script: {error}"))
    page.on(
        "console",
        lambda said: found.append(f"console: {said.text}") if said.type == "error" else None,
    )
    page.on("requestfailed", lambda request: found.append(f"failed: {request.url}"))
    page.on(
        "response",
        lambda got: found.append(f"{got.status}: {got.url}") if got.status >= 400 else None,
    )
    page.goto(address, wait_until="load")
    page.evaluate(DRAWN)
    page.evaluate(UNFOLD)
    for kind, script in (
        ("formula", BAD_FORMULAS),
        ("undrawn", UNDRAWN),
        ("no alt", WORDLESS),
        ("no icon", NO_ICON),
    ):
        found += [f"{kind}: {text}" for text in page.evaluate(script)]
    page.evaluate(AXE_SCRIPT)
    has_figure = page.locator(".coreformulas-live").count() > 0
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.wait_for_timeout(SETTLED)
        if (over := page.evaluate(SIDEWAYS)) > 1:
            found.append(f"{width} px: {over} px too wide ({', '.join(page.evaluate(WIDE))})")
        if has_figure and (moved := page.evaluate(MOVED)):
            found.append(f"{width} px: moved by a figure in use: {', '.join(moved)}")
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            # The theme's script takes note a moment later; until then the old colors are shown.
            page.wait_for_function(HAS_THEME, arg=theme)
            page.evaluate(STILL)
            found += [f"{width} px, {theme}: {text}" for text in violations(page)]
    return found


def violations(page: Page) -> list[str]:
    """What axe-core finds, but for the exceptions."""
    return [
        f"{rule} at {target}: {' '.join(said.split())}"
        for rule, target, said in page.evaluate(RUN_AXE)
        if not any(known.rule == rule and known.target in target for known in EXCEPTIONS)
    ]


def read(browser: Browser, address: str, name: str) -> list[str]:
    """The faults of one page of a served site."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    found = list(dict.fromkeys(look(page, f"{address}/{name}")))
    context.close()
    return found


def main() -> int:
    """Look at all pages, print what was found, and tell whether all is well."""
    parser = argparse.ArgumentParser(prog="make pages", description=__doc__)
    parser.add_argument("--site", type=Path, default=SITE)
    parser.add_argument("pages", nargs="*", help="such as chapters/vae/elbo.html; all if none")
    arguments = parser.parse_args()
    pages, faulty = arguments.pages or pages_of(arguments.site), 0
    for name, found in zip(pages, over_pages(read, arguments.site, pages), strict=True):
        faulty += bool(found)
        for fault in found:
            print(f"{name}: {fault}", flush=True)
    print(f"{len(pages)} pages, {faulty or 'none'} with faults")
    return 1 if faulty else 0


if __name__ == "__main__":
    raise SystemExit(main())
