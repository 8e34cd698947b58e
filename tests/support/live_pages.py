"""Keyboard, pointer and state of a page with one live figure."""

import numpy as np

MOST_POINTS = 3000
"""Points of paths and words in one frame: a bound on its work that no busy machine changes."""

COUNT = """
() => {
  window.counted = { frames: 0, points: 0, most: 0 };
  const pen = CanvasRenderingContext2D.prototype;
  const wrap = (name, count) => {
    const usual = pen[name];
    pen[name] = function (...given) { count(); return usual.apply(this, given); };
  };
  wrap("clearRect", () => { counted.frames++; counted.points = 0; });
  for (const name of ["lineTo", "moveTo", "arc", "rect", "fillRect", "fillText", "measureText"])
    wrap(name, () => { counted.most = Math.max(counted.most, ++counted.points); });
}
"""
MOVE_ALL = """
() => {
  for (const input of document.querySelectorAll("input")) {
    const there = input.value === input.max; // where nothing begins is the end
    for (let i = 0; i <= 50; i++) {
      const share = there ? 1 - i / 50 : i / 50;
      input.value = Number(input.min) + share * (input.max - input.min);
      input.dispatchEvent(new Event("input"));
    }
  }
}
"""


REST = """
async () => {
  const next = () => new Promise(requestAnimationFrame);
  do await next(); while (document.querySelector("[aria-busy=true]"));
  await next();
}
"""


def words(page) -> dict[str, str]:
    """What the figure says of itself, after the next frame, or when it has worked all out."""
    page.evaluate(REST)
    return page.evaluate("({...document.querySelector('.coreformulas-live').dataset})")


def state(page) -> dict[str, float]:
    """Those of its values that are numbers."""
    found = {}
    for name, value in words(page).items():
        try:
            found[name] = float(value)
        except ValueError:
            continue
    return found


def row(page, name: str) -> np.ndarray:
    """A value that is a list of numbers."""
    return np.array(words(page)[name].split(","), float)


def press(page, name: str, key: str, times: int = 1) -> None:
    page.focus(f"input[name={name}]")
    for _ in range(times):
        page.keyboard.press(key)


def drag(page, start: tuple[float, float], end: tuple[float, float]) -> None:
    box = page.locator("canvas").bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1])
    page.mouse.up()


def work(page) -> dict[str, int]:
    """Move everything very often: frames that are drawn for it, and the most points in one."""
    state(page)
    page.evaluate(COUNT)
    page.evaluate(MOVE_ALL)
    state(page)
    return page.evaluate("counted")


LONG = """
() => [...document.querySelectorAll(".live-number b, label span + span")]
  .filter((box) => box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1)
  .map((box) => box.textContent)
"""


def too_long(page) -> list[str]:
    """Numbers that are larger than the boxes they have; those do not grow by themselves."""
    assert page.locator("label span + span").count()
    return page.evaluate(LONG)


def nameless_or_small(page) -> list[str]:
    """Inputs and buttons without a label, or too low for a finger (WCAG 2.2, 2.5.8)."""
    found = []
    for part in page.locator("input, button").all():
        labels = "part => (part.labels[0] ?? part).innerText.trim()"
        ranged = part.get_attribute("type") == "range"
        if not part.evaluate(labels) or (ranged and not part.get_attribute("aria-valuetext")):
            found.append(f"nameless: {part.evaluate('part => part.outerHTML')}")
        if part.bounding_box()["height"] < 24:
            found.append(f"small: {part.evaluate('part => part.outerHTML')}")
    return found
