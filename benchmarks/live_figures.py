"""How fast do live figures follow? ``make frames``, after ``make book``.

Every live figure of the built book is opened in a Chromium without a window, on a page as narrow
as a phone with two pixels to one, its processor slowed down to a quarter. In every frame something
is moved: each slider in turn, and a pointer across each drawing that can be dragged. A field of
text gets a new number of twelve digits in one frame of six, which is ten in a second. For each the
record holds how many frames a second came of it, where the screen asks for 60, and the
milliseconds that scripts worked in a frame, of the 16.7 that there are: the median and the slowest
of twenty.

A figure of the package that no page shows is an error: it would go unmeasured. The table goes to
the screen, all numbers to ``benchmarks/results/live-figures.json``.
"""

import argparse
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from coreformulas.live import live_scripts
from coreformulas.training import surroundings, write_record

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "book"))
from browser import chromium  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "live-figures.json"
SLOWED, FRAMES, TYPING = 4, 120, 6
PATIENCE, SETTLED = 240_000, 2000
"""Milliseconds: long pages of formulas take a while to open, and then a little to come to rest."""
WATCH = """
window.worked = new Map();
const ask = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (paint) => ask((time) => {
  const began = performance.now();
  paint(time);
  window.worked.set(time, (window.worked.get(time) ?? 0) + performance.now() - began);
});
"""
DRIVE = """
async ([place, frames, typing]) => {
  const figure = document.querySelectorAll(".coreformulas-live")[place], found = [];
  figure.scrollIntoView({ block: "center" });
  figure.querySelector("input").focus({ preventScroll: true }); // where a reader's would be
  async function measure(name, move, every = 1) {
    const next = () => new Promise(requestAnimationFrame);
    await next();
    await next();
    window.worked.clear();
    const began = performance.now();
    for (let i = 0; i < frames; i++) {
      if (i % every === 0) move(i / (frames - 1));
      await next();
    }
    const seconds = (performance.now() - began) / 1000;
    const work = [...window.worked.values()].sort((a, b) => a - b);
    const at = (share) => work[Math.round(share * (work.length - 1))];
    found.push({ moved: name, frames_per_second: frames / seconds,
      median_milliseconds: at(0.5), slow_milliseconds: at(0.95) });
  }
  for (const input of figure.querySelectorAll("input[type=range]")) {
    const low = Number(input.min), high = Number(input.max);
    await measure(`slider ${input.name}`, (share) => {
      input.value = low + share * (high - low);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
  for (const input of figure.querySelectorAll("input:not([type=range])"))
    await measure(`text ${input.name}`, (share) => {
      input.value = Math.round(987654321012 - 1e6 * share);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }, typing);
  const canvas = figure.querySelector("canvas[data-drags]");
  if (canvas) {
    canvas.setPointerCapture = () => {}; // these pointers are made up
    const box = canvas.getBoundingClientRect();
    const send = (kind, share) => canvas.dispatchEvent(new PointerEvent(kind, { pointerId: 1,
      clientX: box.left + (0.15 + 0.7 * share) * box.width,
      clientY: box.top + (0.25 + 0.5 * share) * box.height }));
    send("pointerdown", 0);
    await measure("pointer", (share) => send("pointermove", share));
    send("pointerup", 1);
  }
  return found;
}
"""


def measure_page(page: Page) -> Iterator[dict[str, Any]]:
    """Each figure of an open page, and what became of each movement."""
    page.evaluate("window.MathJax?.startup?.promise?.then(() => true)")
    slower = page.context.new_cdp_session(page)
    slower.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    names = page.eval_on_selector_all(
        ".coreformulas-live", "found => found.map(one => one.dataset.live)"
    )
    for place, name in enumerate(names):
        found = page.evaluate(DRIVE, [place, FRAMES, TYPING])
        rounded = [
            {k: v if isinstance(v, str) else round(v, 2) for k, v in one.items()} for one in found
        ]
        yield {"script": name.rpartition("-")[0], "movements": rounded}


def measure_site(browser: Browser, site: Path) -> list[dict[str, Any]]:
    """All figures of all pages."""
    figures = []
    for path in sorted(site.rglob("*.html")):
        if 'class="coreformulas-live"' not in path.read_text(encoding="utf-8"):
            continue
        page = browser.new_page(viewport={"width": 360, "height": 740}, device_scale_factor=2)
        page.set_default_timeout(PATIENCE)
        page.add_init_script(WATCH)
        page.goto(path.resolve().as_uri())
        page.wait_for_timeout(SETTLED)
        name = path.relative_to(site).with_suffix("").as_posix()
        figures += [{"page": name, **found} for found in measure_page(page)]
        page.close()
    return figures


def print_table(figures: list[dict[str, Any]]) -> None:
    print(f"{'figure':<14}{'moved':<20}{'frames/s':>10}{'ms, median':>12}{'ms, slow':>10}")
    for figure in figures:
        for one in figure["movements"]:
            numbers = f"{one['median_milliseconds']:>12.1f}{one['slow_milliseconds']:>10.1f}"
            rate = f"{one['frames_per_second']:>10.0f}"
            print(f"{figure['script']:<14}{one['moved']:<20}{rate}{numbers}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_figures")
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html", help="a built book")
    parser.add_argument("--output", type=Path, default=RESULT, help="where the JSON goes")
    parser.add_argument("--some", action="store_true", help="the site need not show every figure")
    arguments = parser.parse_args()
    command = shlex.join(["python", "-m", "benchmarks.live_figures", *sys.argv[1:]])
    settings = surroundings(command) | {"slowed": SLOWED, "frames": FRAMES, "typing": TYPING}
    with chromium() as browser:
        settings["browser"] = f"{browser.browser_type.name} {browser.version}"
        figures = measure_site(browser, arguments.site)
    missing = set(live_scripts()) - {figure["script"] for figure in figures}
    if not figures or (missing and not arguments.some):
        parser.error(f"no page of {arguments.site} shows {', '.join(sorted(missing))}: make book")
    print_table(figures)
    write_record(arguments.output, {"settings": settings, "figures": figures})
    print(f"written to {arguments.output}")


if __name__ == "__main__":
    main()
