"""What the built book knows of its labels, pages, sources and numbers."""

import json
import os
import pickle
import posixpath
import re
from pathlib import Path
from typing import Any

from pybtex.database import parse_file

LISTED_SOURCES = "chapters/appendix/references"


class BookReferences:
    """The references of one page of a book that has been built.

    Args:
        environment: what Sphinx keeps of the build.
        bibliography: sources by key.
        page: name of the page, as in ``_toc.yml``.
        values: what its cells have given names to.
        site: address of the published site, without a slash at its end; None where there is none,
            and then links lead from notebook to notebook.
    """

    def __init__(
        self,
        environment: Any,
        bibliography: dict[str, tuple[str, str]],
        page: str,
        values: dict[str, str],
        site: str | None,
    ):
        """Take everything."""
        self._environment, self._bibliography = environment, bibliography
        self._page, self._site = page, site
        self._values = values

    def equation(self, label: str) -> tuple[str, str]:
        """Number and address of a formula."""
        page, number = self._environment.domaindata["math"]["objects"][label]
        return str(number), self._address(page, f"equation-{label}")

    def page(self, target: str) -> tuple[str, str]:
        """Title and address of a page."""
        name = posixpath.normpath(posixpath.join(posixpath.dirname(self._page), target))
        return self._environment.titles[name].astext(), self._address(name)

    def section(self, label: str) -> tuple[str, str]:
        """Title, or name and number, and address of what a label stands before."""
        exercises = getattr(self._environment, "sphinx_exercise_registry", {})
        if label in exercises:
            page = exercises[label]["docname"]
            numbers = self._environment.toc_fignumbers[page]["exercise"][label]
            return f"Exercise {'.'.join(map(str, numbers))}", self._address(page, label)
        page, anchor, title = self._environment.domaindata["std"]["labels"][label]
        return title, self._address(page, anchor)

    def source(self, key: str) -> tuple[str, str, str]:
        """Authors, year and address of a source."""
        return *self._bibliography[key], self._address(LISTED_SOURCES)

    def value(self, name: str) -> str:
        """A number of the run, as ``name`` or ``name:format``."""
        name, _, form = name.partition(":")
        text = self._values[name]
        return format(float(text), form) if form else text

    def _address(self, page: str, anchor: str = "") -> str:
        if self._site is not None:
            return f"{self._site}/{page}.html" + (f"#{anchor}" if anchor else "")
        if page == self._page and anchor:
            return f"#{anchor}"
        return os.path.relpath(page, posixpath.dirname(self._page)) + ".ipynb"


def glued(build: Path, page: str) -> dict[str, str]:
    """The values that the cells of a page have given names to, as MyST-NB kept them."""
    path = build / "jupyter_execute" / f"{page}.glue.json"
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return {name: str(value["data"]["text/plain"]).strip("'\"") for name, value in kept.items()}


def read_environment(build: Path) -> Any:
    """What Sphinx kept of the last build.

    Raises:
        FileNotFoundError: if there was none.
    """
    path = build / ".doctrees" / "environment.pickle"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: run `make book` first")
    return pickle.loads(path.read_bytes())


def read_bibliography(path: Path) -> dict[str, tuple[str, str]]:
    """Authors and year of each source, as a text cites them."""
    return {
        key: (_authors([str(person) for person in entry.persons["author"]]), entry.fields["year"])
        for key, entry in parse_file(str(path)).entries.items()
    }


def _authors(people: list[str]) -> str:
    last = [re.sub(r"[{}\\'\"`^~]", "", person.partition(",")[0]) for person in people]
    if len(last) <= 2:
        return " and ".join(last)
    return f"{last[0]} et al."
