"""A headless browser for the live figures, from wherever this machine has one."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

FOUND = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Chromium; missing, it fails the tests unless COREFORMULAS_NO_BROWSER=1 says to skip."""
    if os.environ.get("COREFORMULAS_NO_BROWSER") == "1":
        pytest.skip("COREFORMULAS_NO_BROWSER=1: figures were not driven in a browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        pytest.fail("the browser tests need playwright: pip install playwright")
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, FOUND)), None)
        path = path or playwright.chromium.executable_path
        if not Path(path).exists():
            pytest.fail("the browser tests need Chromium: apt-get install chromium")
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()
