"""Several browsers, each with the served site in a process of its own, page after page."""

import atexit
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TypeVar

from browser import chromium
from playwright.sync_api import Browser
from served import served

Found = TypeVar("Found")
_running: list[tuple[Browser, str]] = []


def over_pages(
    work: Callable[[Browser, str, str], Found], site: Path, pages: Sequence[str]
) -> Iterator[Found]:
    """What ``work(browser, address of the site, page)`` finds, in the order of the pages.

    Args:
        work: a function of a module, which other processes can find.
        site: a built book.
        pages: addresses below the site's.
    """
    with ProcessPoolExecutor(initializer=_start, initargs=(site,)) as pool:
        yield from pool.map(partial(_do, work), pages)


def _start(site: Path) -> None:
    stack = ExitStack()  # ends with the process
    _running.append((stack.enter_context(chromium()), stack.enter_context(served(site))))
    atexit.register(stack.close)


def _do(work: Callable[[Browser, str, str], Found], page: str) -> Found:
    return work(*_running[0], page)
