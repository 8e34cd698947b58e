"""A small book with the real settings, built as `make book` builds the large one."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import offline_site
import pytest
from architecture import ROOT
from sphinx.errors import ExtensionError

HEADER = (ROOT / "chapters" / "appendix" / "status.md").read_text().partition("\n# ")[0]
INDEX = (
    HEADER
    + r"""
# A small book

See {eq}`eq-small`, {cite:t}`kingma2014auto` and {func}`pkg.answer`.

$$
x = 1
$$ (eq-small)

```{code-cell} ipython3
from pathlib import Path
from IPython.display import HTML, Markdown
print("read:", Path("../src/value.txt").read_text())
```

```{code-cell} ipython3
HTML(r'<div class="derivation"><table><tr><td>\(y = 2\)</td></tr></table></div>')
```

```{code-cell} ipython3
Markdown("$$ z = 3 $$ (eq-made)")
```

And {eq}`eq-made`.

```{eval-rst}
.. automodule:: pkg
   :members:
```

```{bibliography}
```
"""
)
MODULE = '''"""A package."""

from jaxtyping import Array, Float


def answer(batch: Float[Array, "batch latent"]) -> Float[Array, " batch"]:
    r"""Sum over dimensions, :math:`\\sum_j x_j`."""
    return batch.sum(-1)
'''


@dataclass
class Book:
    """A book in a folder of its own, and what its last build printed."""

    root: Path
    log: str = ""

    def build(self) -> int:
        program = Path(sys.executable).parent / "jupyter-book"
        command = [str(program), "build", ".", "-W", "-n"]
        done = subprocess.run(
            [*command, "--keep-going"], cwd=self.root, capture_output=True, text=True, check=False
        )
        self.log = done.stdout + done.stderr
        return done.returncode

    def page(self) -> str:
        return (self.root / "_build" / "html" / "chapters" / "index.html").read_text()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    root = tmp_path_factory.mktemp("book")
    for name in ("_config.yml", "references.bib"):
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / "book", root / "book")
    shutil.copytree(ROOT / "chapters" / "_static", root / "chapters" / "_static")
    for name in ("src", "data", "benchmarks/results"):
        (root / name).mkdir(parents=True)
    (root / "requirements.txt").touch()
    (root / "src" / "value.txt").write_text("first")
    (root / "book" / "extensions" / "pkg.py").write_text(MODULE)
    (root / "_toc.yml").write_text("format: jb-book\nroot: chapters/index\n")
    (root / "chapters" / "index.md").write_text(INDEX)
    book = Book(root)
    assert book.build() == 0, book.log
    return book


def test_the_page_shows_what_ran(book: Book) -> None:
    page = book.page()
    assert "read: first" in page
    assert re.search(r'href="#equation-eq-small">\(1\)</a>', page)
    assert re.search(r'href="#equation-eq-made">\(2\)</a>', page)
    assert "Kingma and Welling" in page


def test_no_page_asks_another_site_for_anything(book: Book) -> None:
    pages = list((book.root / "_build" / "html").rglob("*.html"))
    assert len(pages) >= 3
    for page in pages:
        text = page.read_text()
        assert re.findall(r'<(?:script|img|iframe)[^>]*src="(?:https?:)?//[^"]*"', text) == []
        assert (
            re.findall(r'<link[^>]*rel="(?!canonical)[^>]*href="(?:https?:)?//[^"]*"', text) == []
        )


def test_mathjax_comes_with_the_site(book: Book) -> None:
    (script,) = re.findall(r'src="\.\./(_static/mathjax/tex-chtml\.js)[^"]*"', book.page())
    folder = (book.root / "_build" / "html" / script).parent
    assert (folder / "tex-chtml.js").stat().st_size > 1_000_000
    assert len(list((folder / "output" / "chtml" / "fonts" / "woff-v2").glob("*.woff"))) > 20
    assert "Apache License" in (folder / "NOTICE.txt").read_text()
    assert re.search(r'"processHtmlClass": "[^"]*\bderivation\b', book.page())


def test_shapes_and_formulas_of_the_api_are_readable(book: Book) -> None:
    text = re.sub(r"<[^>]+>", "", book.page())
    assert "Float[Array, &#39;batch latent&#39;]" in text or "Float[Array, 'batch latent']" in text
    assert r"\(\sum_j x_j\)" in text


def test_a_second_build_runs_nothing_and_a_change_in_src_runs_all(book: Book) -> None:
    assert book.build() == 0, book.log
    assert "Executing notebook" not in book.log
    (cache,) = (book.root / "_build" / "execution").iterdir()

    (book.root / "src" / "value.txt").write_text("second")
    assert book.build() == 0, book.log
    assert "Executing notebook" in book.log
    assert "read: second" in book.page()
    (newer,) = (book.root / "_build" / "execution").iterdir()
    assert newer != cache


def test_a_cell_that_fails_fails_the_build(book: Book) -> None:
    chapter = book.root / "chapters" / "index.md"
    chapter.write_text(INDEX.replace("print(", "assert False, ("))
    try:
        assert book.build() != 0
        assert "AssertionError" in book.log
    finally:
        chapter.write_text(INDEX)


def test_a_missing_mathjax_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline_site, "CARRIER", "no-such-package-anywhere")
    with pytest.raises(ExtensionError, match=r"MathJax not found: .*make distclean"):
        offline_site.mathjax_source()
