"""`make lab` starts a JupyterLab in which the chapters open as notebooks, read well and run."""

from collections.abc import Iterator

import pytest
import run_all
from running_lab import Lab, running_lab

CHAPTER = """\
---
jupytext:
  formats: md:myst
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# A small chapter

```{admonition} The question
Is {glue:text}`seven:.1f` seven? See {doc}`../appendix/reuse` and {cite:t}`kingma2014auto`.
```

$$
x = 1
$$ (eq-small)

In {eq}`eq-small` and {eq}`eq-elsewhere`:

```{literalinclude} ../../src/coreformulas/cli.py
:language: python
:pyobject: main
```

```{code-cell} ipython3
from myst_nb import glue
glue("seven", 7.04, display=False)
```

```{solution-start} ex-small
```

```{code-cell} ipython3
assert 1 + 1 == 2
```

```{solution-end}
```
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory):
    root = run_all.copy_book(tmp_path_factory.mktemp("files") / "book")
    (root / "chapters" / "vae" / "small.md").write_text(CHAPTER)
    wrong = CHAPTER.replace("1 + 1 == 2", "1 + 1 == 3").replace("seven:.1f", "eight:.1f")
    (root / "chapters" / "vae" / "wrong.md").write_text(wrong)
    return root


@pytest.fixture(scope="module")
def lab(files, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab") / "log", files) as running:
        yield running


def test_a_double_click_on_a_chapter_opens_a_notebook(lab: Lab) -> None:
    plugin = lab.ask("/lab/api/settings/@jupyterlab/docmanager-extension:plugin")
    viewers = plugin["schema"]["properties"]["defaultViewers"]["default"]
    assert viewers == {"markdown": "Jupytext Notebook"}
    extensions = {found["name"] for found in lab.ask("/lab/api/extensions")}
    assert {"core-formulas", "jupyterlab-jupytext", "jupyterlab-myst"} <= extensions


def test_a_chapter_is_a_notebook_with_a_kernel(lab: Lab) -> None:
    model = lab.ask("/api/contents/chapters/index.md?type=notebook&content=1")
    notebook = model["content"]
    kinds = [cell["cell_type"] for cell in notebook["cells"]]
    assert {"markdown", "code"} <= set(kinds)
    assert notebook["metadata"]["kernelspec"]["name"] in lab.ask("/api/kernelspecs")["kernelspecs"]


def test_nothing_is_asked_of_another_site(lab: Lab) -> None:
    news = lab.ask("/lab/api/settings/@jupyterlab/apputils-extension:notification")
    assert news["schema"]["properties"]["fetchNews"]["default"] == "false"


def test_all_of_a_chapter_runs(browser, lab: Lab) -> None:
    assert run_all.run_all(browser, lab, "chapters/index") == []


def test_text_reads_as_on_the_site(browser, lab: Lab, files) -> None:
    chapter = files / "chapters" / "vae" / "small.md"
    assert run_all.run_all(browser, lab, "chapters/vae/small", keep_open=True) == []
    page = browser.contexts[-1].pages[0]
    text = page.inner_text(".jp-Notebook")
    assert "Is 7.0 seven? See Reuse the code and Kingma and Welling (2014)." in text
    assert "In (1) and (elsewhere):" in text, text
    assert "def main(" in text
    assert "Solution to" in text
    page.context.close()
    assert chapter.read_text() == CHAPTER


def test_what_fails_or_stands_raw_is_found(browser, lab: Lab) -> None:
    error, number = run_all.run_all(browser, lab, "chapters/vae/wrong")
    assert error.startswith("AssertionError")
    assert "… stands in" in number


def test_every_notebook_of_the_book_is_listed() -> None:
    found = run_all.notebooks()
    assert {"chapters/index", "chapters/vae/elbo", "chapters/appendix/status"} <= set(found)
    assert "chapters/appendix/api" not in found
