"""The printed book: parts, chapters and sections in its outline, all code and formulas on paper."""

from pathlib import Path

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
    (_front, part) = [entry for entry in reader.outline if not isinstance(entry, list)][-2:]
    assert part.title == "The part"
    (chapters,) = [entry for entry in reader.outline if isinstance(entry, list)][-1:]
    assert chapters[0].title.startswith("A chapter")
    assert chapters[1][0].title.startswith("A section")
    assert reader.get_destination_page_number(chapters[0]) > reader.get_destination_page_number(
        part
    )
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
