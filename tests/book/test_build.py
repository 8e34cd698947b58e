"""A small book with the real settings, built as `make book` builds the large one."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from small_book import HEADER, build, make_small_book

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
HTML(r'<div class="derivation tex2jax_process">\(y &lt; 2\)</div>')
```

```{code-cell} ipython3
Markdown("$$ z = 3 $$ (eq-made)")
```

And {eq}`eq-made`, where $x$, a number -1 or `-1`, is 1 ± 0.

```{eval-rst}
.. automodule:: pkg
   :members:
```

```{bibliography}
```
"""
)
MODULE = '''"""A package."""

from typing import NamedTuple

from jaxtyping import Array, Float


class Terms(NamedTuple):
    """The terms.

    Attributes:
        first: the only one.
        second: one for each example.
    """

    first: float
    second: Float[Array, "*batch"]

    @property
    def value(self) -> float:
        """The value itself: what is :attr:`first`."""
        return self.first


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
        status, self.log = build(self.root, "-W", "-n", "--keep-going")
        return status

    def page(self) -> str:
        return (self.root / "_build" / "html" / "chapters" / "index.html").read_text()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    root = tmp_path_factory.mktemp("book")
    make_small_book(root, {"index": INDEX, "next": "# What comes next\n\nThe answer.\n"})
    (root / "src" / "value.txt").write_text("first")
    (root / "book" / "extensions" / "pkg.py").write_text(MODULE)
    book = Book(root)
    assert book.build() == 0, book.log
    return book


def test_the_page_shows_what_ran(book: Book) -> None:
    page = book.page()
    assert "read: first" in page
    assert re.search(r'href="#equation-eq-small">\(1\)</a>', page)
    assert re.search(r'href="#equation-eq-made">\(2\)</a>', page)
    assert "Kingma and Welling" in page


def test_the_way_on_says_where_it_leads(book: Book) -> None:
    title = r'class="prev-next-title">What comes next</p>'
    assert re.search(r'class="right-next"\s+href="next\.html"[^\0]+?' + title, book.page())


def test_no_page_asks_another_site_for_anything(book: Book) -> None:
    pages = list((book.root / "_build" / "html").rglob("*.html"))
    assert len(pages) >= 3
    for page in pages:
        text = page.read_text()
        assert re.findall(r'<(?:script|img|iframe)[^>]*src="(?:https?:)?//[^"]*"', text) == []
        assert (
            re.findall(r'<link[^>]*rel="(?!canonical)[^>]*href="(?:https?:)?//[^"]*"', text) == []
        )


def test_formulas_are_drawn_in_the_page(book: Book) -> None:
    page = book.page()
    for formula in ("x = 1", "y &lt; 2", "z = 3", "\\sum_j x_j"):
        drawn = f'<annotation encoding="application/x-tex">{formula}</annotation>'
        assert len(re.findall(re.escape(drawn), page)) == 1
    assert "tex-chtml" not in page
    style = book.root / "_build" / "html" / "_static" / "katex" / "katex.min.css"
    assert f'href="../{style.relative_to(style.parents[2])}' in page
    fonts = re.findall(r"url\(([^)]+)\)", style.read_text())
    assert len(fonts) == 20
    assert all((style.parent / font).is_file() for font in fonts)
    assert "MIT" in (style.parent / "LICENSE").read_text()


def test_formulas_show_from_a_disk_without_network_or_scripts(book: Book, browser) -> None:
    address = (book.root / "_build" / "html" / "chapters" / "index.html").as_uri()
    for scripts in (True, False):
        context = browser.new_context(offline=True, java_script_enabled=scripts)
        page, failed = context.new_page(), []
        page.on("requestfailed", lambda request, failed=failed: failed.append(request.url))
        page.goto(address)
        assert page.locator("#equation-eq-small .katex-html").bounding_box()["height"] > 15
        assert page.evaluate(
            "document.fonts.ready.then(() => document.fonts.check('16px KaTeX_Main'))"
        )
        assert [url for url in failed if scripts or ".js" not in url] == []
        context.close()


def test_running_text_has_minus_signs_and_keeps_together(book: Book) -> None:
    page = book.page()
    assert re.search(r'<span class="together">(?:(?!</?p>).)*</span>,</span> a number', page)
    text = re.sub(r"<[^>]+>", "", page)
    assert "a number \N{MINUS SIGN}1 or -1, is 1\N{NO-BREAK SPACE}±" in text


def test_shapes_and_formulas_of_the_api_are_readable(book: Book) -> None:
    text = re.sub(r"<[^>]+>", "", book.page())
    assert "Float[Array, &#39;batch latent&#39;]" in text or "Float[Array, 'batch latent']" in text
    assert "\\sum_j x_j" in text


def test_what_a_class_holds_is_said_once(book: Book) -> None:
    text = " ".join(re.sub(r"<[^>]+>", "", book.page()).split())
    assert "the only one" in text
    assert "Alias for field" not in text
    assert "The value itself: what is first." in text


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


def test_a_formula_that_cannot_be_drawn_fails_the_build(book: Book) -> None:
    chapter = book.root / "chapters" / "index.md"
    chapter.write_text(INDEX.replace("x = 1", r"x = \unknown{1}"))
    try:
        assert book.build() != 0
        assert r"KaTeX cannot draw" in book.log
        assert "Undefined control sequence" in book.log
    finally:
        chapter.write_text(INDEX)


def test_a_pdf_is_linked_while_it_is_as_new_as_the_pages(book: Book) -> None:
    chapter = book.root / "chapters" / "index.md"
    pdf = book.root / "_build" / "html" / "core-formulas.pdf"
    link = 'href="../core-formulas.pdf"'
    assert book.build() == 0, book.log
    assert link not in book.page()
    pdf.write_bytes(b"%PDF")
    assert book.build() == 0, book.log
    assert link in book.page()
    assert "Executing notebook" not in book.log
    chapter.write_text(INDEX.replace("A small book", "A newer book"))
    try:
        assert book.build() == 0, book.log
        assert not pdf.exists()
        assert link not in book.page()
    finally:
        chapter.write_text(INDEX)


def test_a_known_address_is_on_every_page(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    site = book.root / "_build" / "html"
    assert not (site / "robots.txt").exists()
    assert not (site / "sitemap.xml").exists()
    assert 'rel="canonical"' not in book.page()
    monkeypatch.setenv("BOOK_SITE", "https://some.example/book/")
    monkeypatch.setenv("BOOK_REPOSITORY", "https://github.com/some/book")
    assert book.build() == 0, book.log
    address = "https://some.example/book/chapters/index.html"
    assert f'<link rel="canonical" href="{address}"' in book.page()
    assert f'<meta property="og:url" content="{address}"' in book.page()
    assert re.search(r'<meta property="og:image" content="https://some\.example/book/', book.page())
    assert f"<loc>{address}</loc>" in (site / "sitemap.xml").read_text()
    assert "Sitemap: https://some.example/book/sitemap.xml" in (site / "robots.txt").read_text()
    assert 'href="/book/_static/' in (site / "404.html").read_text()
    for place in ("mybinder.org", "colab.research.google.com"):
        assert f'href="https://{place}/' in book.page()
