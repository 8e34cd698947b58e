"""The browser that weighs the site and prints the book: the system's Chromium, or Playwright's."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser without a window.

    Raises:
        SystemExit: if there is none.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
        except Error as error:
            raise SystemExit(
                "No Chromium could be started; install one (Debian, Ubuntu: sudo apt-get install "
                f"chromium; elsewhere: .venv/bin/playwright install chromium). {error.message}"
            ) from None
        yield browser
        browser.close()
