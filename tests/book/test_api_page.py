"""The pages of the API cover every public name of the package."""

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from architecture import PACKAGE, ROOT
from small_book import build, make_small_book

FOLDER = ROOT / "chapters" / "appendix"
FILES = sorted(FOLDER.glob("api-*.md"))
PAGE = "\n".join(path.read_text() for path in FILES)
MODULES = set(re.findall(r"^\.\. automodule:: (\S+)\n   :members:$", PAGE, re.M))
DATA = set(re.findall(r"^\.\. py:data:: (\S+)$", PAGE, re.M))
PARTS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


def uncovered(module: ModuleType) -> list[str]:
    """The public names that autodoc would leave out of the page."""
    missing = [] if module.__name__ in MODULES else [module.__name__]
    for name in getattr(module, "__all__", ()):
        value, full = getattr(module, name), f"{module.__name__}.{name}"
        if isinstance(value, ModuleType):
            missing += uncovered(value)
        elif inspect.isclass(value) or inspect.isroutine(value):
            missing += [] if inspect.getdoc(value) else [full]
        else:
            missing += [] if full in DATA else [full]
    return missing


@pytest.mark.parametrize("part", PARTS)
def test_every_public_name_is_on_the_page(part: str) -> None:
    assert uncovered(importlib.import_module(f"coreformulas.{part}")) == []


def test_named_tuples_explain_their_fields_in_their_own_text() -> None:
    """The pages leave their fields out, and with them what would stand beneath a field."""
    found = [
        part
        for path in PACKAGE.rglob("*.py")
        for part in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(part, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "NamedTuple" for base in part.bases)
    ]
    assert len(found) > 20
    for part in found:
        assert not any(isinstance(line, ast.Expr) for line in part.body[1:]), part.name


def test_the_pages_build_by_themselves(tmp_path: Path) -> None:
    """What docstrings say is well formed and leads somewhere, known before any chapter has run."""
    names = ("api", *(path.stem for path in FILES))
    pages = {f"appendix/{name}": (FOLDER / f"{name}.md").read_text() for name in names}
    make_small_book(tmp_path, pages)
    read_only = ("--builder", "custom", "--custom-builder", "dummy")
    status, log = build(tmp_path, "-W", "-n", "--keep-going", *read_only)
    assert status == 0, log


def test_the_first_page_leads_to_all_parts() -> None:
    first = (FOLDER / "api.md").read_text()
    assert FILES
    assert {path.stem for path in FILES} == set(re.findall(r"\{doc\}`(api-[a-z]+)`", first))
    assert set(PARTS) == set(re.findall(r"`coreformulas\.(\w+)`", first))


def test_what_the_page_names_exists() -> None:
    for name in MODULES:
        importlib.import_module(name)
    for name in DATA:
        module, _, attribute = name.rpartition(".")
        assert attribute in importlib.import_module(module).__all__


DOCUMENTED = """
import api_signatures, inspect, numpy.typing
from sphinx.ext.autodoc.preserve_defaults import DefaultValue
from sphinx.util.inspect import signature, stringify_signature
def drawn(values: numpy.typing.ArrayLike, *, label="θ", more=3): ...
parameters = list(inspect.signature(drawn).parameters.values())
parameters[1] = parameters[1].replace(default=DefaultValue('"θ",'))
drawn.__signature__ = inspect.Signature(parameters)
api_signatures.mend_defaults(None, drawn, False)
print(stringify_signature(signature(drawn), unqualified_typehints=True))
"""


def test_a_signature_is_as_short_as_it_was_written() -> None:
    # In a process of its own: the extension changes what other modules see.
    done = subprocess.run(
        [sys.executable, "-c", DOCUMENTED],
        env=os.environ | {"PYTHONPATH": str(ROOT / "book" / "extensions")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == '(values: ~numpy.typing.ArrayLike, *, label="θ", more=3)', (
        done.stderr
    )


def test_a_name_that_is_missing_is_found() -> None:
    made_up = ModuleType("coreformulas.made_up")
    made_up.__dict__.update(__all__=["silent", "LIMIT"], LIMIT=3, silent=lambda: None)
    found = uncovered(made_up)
    assert found == [
        "coreformulas.made_up",
        "coreformulas.made_up.silent",
        "coreformulas.made_up.LIMIT",
    ]
