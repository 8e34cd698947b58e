"""How fast the live figures follow on a slow processor: ``make frames``, after ``make book``.

Each live figure of the built book is opened in a Chromium without a window, whose processor is
slowed down to a quarter, about that of a phone. Each slider is moved in every frame, as a finger
moves it; where there is a field of text, it gets a new number of twelve digits in every frame. The
table says how many frames a second came of it, where the screen asks for 60, and how long the
figure's script worked: in the middle frame, and in the slowest of twenty.
"""

import argparse
from pathlib import Path

from browser import chromium
from playwright.sync_api import Browser
from served import DRAWN, PATIENCE, SITE

SLOWED, FRAMES = 4, 120
WATCH = """
window.spent = new Map();
const ask = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (paint) => ask((time) => {
  const began = performance.now();
  paint(time);
  window.spent.set(time, (window.spent.get(time) ?? 0) + performance.now() - began);
});
"""
DRIVE = """
async ([figure, frames]) => {
  const element = document.querySelectorAll(".coreformulas-live")[figure], found = [];
  element.scrollIntoView();
  for (const input of element.querySelectorAll("input")) {
    const low = Number(input.min), step = Number(input.step) || 1;
    const steps = Math.floor((Number(input.max) - low) / step) + 1;
    const value = (i) => input.type === "range" ? low + step * (i % steps)
      : 987654321012 - 7919 * i;
    await new Promise(requestAnimationFrame);
    window.spent.clear();
    const began = performance.now();
    for (let i = 1; i <= frames; i++) {
      input.value = value(i);
      input.dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise(requestAnimationFrame);
    }
    const rate = 1000 * frames / (performance.now() - began);
    const work = [...window.spent.values()].sort((a, b) => a - b);
    const at = (share) => work[Math.floor(share * (work.length - 1))];
    found.push([input.name, rate, at(0.5), at(0.95)]);
  }
  return found;
}
"""


def drive(browser: Browser, path: Path) -> list[tuple[int, str, float, float, float]]:
    """For each input of each live figure: frames a second, milliseconds of script."""
    page = browser.new_page(viewport={"width": 360, "height": 740}, device_scale_factor=2)
    page.set_default_timeout(PATIENCE)
    page.add_init_script(WATCH)
    page.goto(path.as_uri())
    page.evaluate(DRAWN)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    count = page.locator(".coreformulas-live").count()
    found = []
    for figure in range(count):
        found += [(figure, *each) for each in page.evaluate(DRIVE, [figure, FRAMES])]
    page.close()
    return found


def main() -> None:
    """Drive all figures of the site and print the table."""
    parser = argparse.ArgumentParser(prog="make frames", description=__doc__)
    parser.add_argument("--site", type=Path, default=SITE)
    folder = parser.parse_args().site / "chapters"
    pages = [
        p for p in sorted(folder.rglob("*.html")) if 'class="coreformulas-live"' in p.read_text()
    ]
    if not pages:
        parser.error(f"there are no live figures in {folder}: run `make book` first")
    print(
        f"{'page':<32}{'figure':>7}{'input':>12}{'frames/s':>10}{'ms, middle':>12}{'ms, slow':>10}"
    )
    with chromium() as browser:
        for path in pages:
            name = path.relative_to(folder).with_suffix("").as_posix()
            for figure, named, rate, middle, slow in drive(browser, path):
                numbers = f"{rate:>12.0f}{middle:>12.1f}{slow:>12.1f}"
                print(f"{name:<32}{figure:>12}{named:>12}{numbers}")


if __name__ == "__main__":
    main()
