"""A headless browser for the live figures, from wherever this machine has one."""

import os
from collections.abc import Iterator

import pytest
from browser import NoBrowser, chromium


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Chromium; missing, it fails the tests unless COREFORMULAS_NO_BROWSER=1 says to skip."""
    if os.environ.get("COREFORMULAS_NO_BROWSER") == "1":
        pytest.skip("COREFORMULAS_NO_BROWSER=1: figures were not driven in a browser")
    try:
        with chromium() as running:
            yield running
    except NoBrowser as error:
        pytest.fail(f"{error}, or set COREFORMULAS_NO_BROWSER=1 to skip these tests")
