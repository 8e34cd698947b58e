"""The printed book: parts, chapters and sections in its outline, all code and formulas on paper."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from small_book import HEADER, build, make_small_book, run

LONG = "a" * 150
WIDE = " + ".join(f"x_{{{i}}}" for i in range(30))
CHAPTER = (
    HEADER
    + rf"""# A chapter

## A section

$$
{WIDE}
$$ (eq-wide)

```{{code-cell}} ipython3
:tags: [hide-input]
text = "hidden {LONG} end-of-line"
```

```{{exercise}}
:label: ex-one
Ask.
```

```{{solution}} ex-one
:class: dropdown
An answer that is folded away.
```
"""
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("book")
    make_small_book(root, {"index": "# The front\n\nWords.\n", "one": CHAPTER})
    status, log = build(root)
    assert status == 0, log
    return root


def entries(outline, depth: int = 0) -> Iterator[tuple[int, Any]]:
    """Every entry of an outline with its depth."""
    for entry in outline:
        if isinstance(entry, list):
            yield from entries(entry, depth + 1)
        else:
            yield depth, entry


@pytest.mark.usefixtures("browser")  # without one, this is skipped or fails with a clear line
def test_nothing_is_lost_on_paper(root: Path) -> None:
    status, log = run(root, "python", "book/pdf.py")
    assert status == 0, log
    path = root / "_build" / "html" / "core-formulas.pdf"
    reader = PdfReader(path)
    text = "".join(page.extract_text() for page in reader.pages)
    assert "end-of-line" in text
    assert text.replace("\n", "").count(LONG) == 1
    assert "An answer that is folded away." in text
    assert "(1)" in text
    assert "x29" in text.replace("\n", "").replace(" ", "")
    titles = [(depth, entry.title) for depth, entry in entries(reader.outline)]
    assert (0, "The part") in titles
    places = {str(entry.title).rstrip("#"): entry for _, entry in entries(reader.outline)}
    depths = {title.rstrip("#"): depth for depth, title in titles}
    assert [depths[name] for name in ("The part", "A chapter", "A section")] == [0, 1, 2]
    pages = {name: reader.get_destination_page_number(entry) for name, entry in places.items()}
    assert pages["The part"] is not None
    assert pages["A chapter"] == pages["The part"] + 1
    page = (root / "_build" / "html" / "chapters" / "one.html").read_text()
    assert 'href="../core-formulas.pdf"' in page


@pytest.mark.usefixtures("browser")
def test_what_is_wider_than_paper_is_refused(root: Path) -> None:
    chapter = root / "chapters" / "one.md"
    chapter.write_text(CHAPTER + '\n<div style="width: 900px">far out</div>\n')
    try:
        status, log = run(root, "python", "book/pdf.py")
        assert status != 0
        assert "wider than the paper:" in log
        assert "far out" in log
    finally:
        chapter.write_text(CHAPTER)
