"""Plain notebooks of a small book: readable without extensions, and they run where they lie."""

import json
import re
import shutil
import sys
from pathlib import Path

import nbformat
import notebooks
import pytest
import small_book
from architecture import ROOT
from small_book import HEADER, build, make_small_book

PAGE = (
    HEADER
    + r"""
(small)=
# A small chapter

See {eq}`eq-small`, {doc}`../index` and {cite:t}`kingma2014auto`: {glue:text}`seven:.1f`.

$$
x = 1
$$ (eq-small)

```{code-cell} ipython3
:tags: [hide-input]
from myst_nb import glue
glue("seven", 7.04, display=False)
```

```{exercise-start} Add
:label: ex-small
```

What is one and one?

```{exercise-end}
```

```{solution-start} ex-small
```

```{code-cell} ipython3
assert 1 + 1 == 2
```

```{solution-end}
```

```{bibliography}
```
"""
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("book")
    text = PAGE.replace("```{bibliography}\n```\n", "")
    make_small_book(root, {"index": "# The front\n\n```{bibliography}\n```\n", "vae/small": text})
    for name in ("LICENSE", "README.md", "pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, root / name)
    for name in ("src", "data", "benchmarks/results"):
        shutil.copytree(ROOT / name, root / name, dirs_exist_ok=True)
    status, log = build(root)
    assert status == 0, log
    return root


def run(root: Path, program: str, *arguments: str, **environment: str) -> str:
    status, log = small_book.run(root, program, *arguments, **environment)
    assert status == 0, log
    return log


def notebook(root: Path, **environment: str) -> nbformat.NotebookNode:
    shown = run(root, "python", "book/notebooks.py", **environment)
    assert shown.strip() == "chapters/vae/small.ipynb"
    path = root / "_build" / "notebooks" / "chapters" / "vae" / "small.ipynb"
    return nbformat.read(path, as_version=4)


def test_a_notebook_runs_in_a_fresh_environment(root: Path) -> None:
    shown = run(root, "python", "book/notebooks.py", "--execute")
    assert re.fullmatch(r"chapters/vae/small\.ipynb\n  ran in \d+ s\n", shown)


def test_a_notebook_that_fails_is_named(root: Path) -> None:
    path = root / "_build" / "failing.ipynb"
    cell = nbformat.v4.new_code_cell("import coreformulas\nassert 1 + 1 == 3")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    with pytest.raises(SystemExit, match=r"failing\.ipynb failed:\n[^\0]*AssertionError"):
        notebooks.execute(Path(sys.executable).parent, path)


def test_text_is_plain_and_cells_are_those_of_the_chapter(root: Path) -> None:
    found = notebook(root)
    text = "\n".join(cell.source for cell in found.cells if cell.cell_type == "markdown")
    assert "See [(1)](" in text
    assert "[The front](../index.ipynb)" in text
    assert "Kingma and Welling" in text
    assert ": 7.0." in text
    assert "x = 1 \\tag{1}" in text
    assert "**Exercise 1** (Add)" in text
    assert "{" not in text.replace("\\tag{1}", "")
    code = [cell.source for cell in found.cells if cell.cell_type == "code"]
    assert code[0].startswith("# The package of the book")
    assert code[1].endswith('glue("seven", 7.04, display=False)')
    assert code[2:] == ["assert 1 + 1 == 2"]
    assert all(not cell.get("outputs") for cell in found.cells)


def test_a_known_repository_and_site_are_linked(root: Path) -> None:
    found = notebook(
        root,
        BOOK_REPOSITORY="https://github.com/some/book",
        BOOK_SITE="https://some.example/book/",
    )
    text = json.dumps(found)
    assert "https://some.example/book/chapters/index.html" in text
    assert "git clone --quiet --depth 1 https://github.com/some/book core-formulas" in text
