"""Pages that hold a live figure."""

from collections.abc import Callable, Iterator

import pytest
from matplotlib.figure import Figure as Drawing

from coreformulas.live import LiveFigure


@pytest.fixture
def opened(browser, tmp_path) -> Iterator[Callable]:
    """Open a figure's HTML as a file; close it, and fail if its script threw."""
    pages, faults = [], []

    def opener(script: str, data: dict, width: int = 800, touch: bool = False):
        path = tmp_path / "page.html"
        path.write_text(
            "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            + LiveFigure(script, data, alt="test", fallback=Drawing()).to_html(),
            encoding="utf-8",
        )
        page = browser.new_page(viewport={"width": width, "height": 700}, has_touch=touch)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_selector("[data-ready] input")
        pages.append(page)
        return page

    yield opener
    for page in pages:
        page.close()
    assert not faults
