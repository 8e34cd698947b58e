"""Keyboard, pointer and state of a page with one live figure."""

import numpy as np


def words(page) -> dict[str, str]:
    """What the figure says of itself, after the next frame."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
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
