"""Chapters run side by side, those that measure time do not, and the build finds what they made."""

from pathlib import Path

import pytest
from small_book import HEADER, build, make_small_book

CHAPTER = HEADER + "# {name}\n\n```{{code-cell}} ipython3\n{code}\n```\n"
# Each of the two waits for the other: one after the other, neither would end.
MEET = """\
import time
from pathlib import Path
Path("{own}.here").touch()
for _ in range(300):
    if Path("{other}.here").exists():
        break
    time.sleep(0.1)
else:
    raise TimeoutError("{other} does not run")
"""
ALONE = "from pathlib import Path\nassert len(list(Path().glob('*.here'))) == 2\nprint('alone')"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    codes = {
        "alone": ALONE,
        "left": MEET.format(own="left", other="right"),
        "right": MEET.format(own="right", other="left"),
    }
    pages = {name: CHAPTER.format(name=name, code=code) for name, code in codes.items()}
    make_small_book(tmp_path, {"index": "# The front\n"} | pages)
    config = (tmp_path / "_config.yml").read_text()
    before, _, after = config.partition("execute_alone: [")
    alone = f"{before}execute_alone: [chapters/alone]{after.partition(']')[2]}"
    (tmp_path / "_config.yml").write_text(alone)
    return tmp_path


def test_two_run_at_a_time_and_the_one_that_measures_alone(root: Path) -> None:
    status, log = build(root, "-n")
    assert status == 0, log
    assert "[parallel_execution] 2 chapters, 2 at a time" in log
    assert log.count("Using cached notebook") == 2
    assert log.count("Executed notebook in") == 1
    assert "alone" in (root / "_build" / "html" / "chapters" / "alone.html").read_text()


def test_a_chapter_that_fails_is_named(root: Path) -> None:
    text = CHAPTER.format(name="left", code="1 / 0")
    (root / "chapters" / "left.md").write_text(text)
    (root / "chapters" / "right.here").touch()
    (root / "chapters" / "left.here").touch()
    status, log = build(root, "-n")
    assert status != 0
    assert "left.md failed: it runs again by itself" in log
    assert "ZeroDivisionError" in log
