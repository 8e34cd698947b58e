"""The digest that decides whether the chapters run again."""

from pathlib import Path

import pytest
from execution_cache import digest, prune


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "src" / "pkg").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "benchmarks" / "results").mkdir(parents=True)
    (tmp_path / "src" / "pkg" / "a.py").write_text("x = 1\n")
    (tmp_path / "data" / "d.npz").write_bytes(b"\x00\x01")
    (tmp_path / "requirements.txt").write_text("jax==0.10.2\n")
    return tmp_path


def test_the_digest_stays_while_nothing_changes(root: Path) -> None:
    before = digest(root)
    (root / "README.md").write_text("not an input")
    (root / "src" / "pkg" / "__pycache__").mkdir()
    (root / "src" / "pkg" / "__pycache__" / "a.pyc").write_bytes(b"bytecode")
    (root / "src" / "pkg" / "a.py").touch()
    assert digest(root) == before


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("src/pkg/a.py", b"x = 2\n"),
        ("src/pkg/new.py", b""),
        ("data/d.npz", b"\x00\x02"),
        ("data/deep/e.npz", b"\x00\x01"),
        ("benchmarks/results/run.json", b"{}"),
        ("requirements.txt", b"jax==0.10.3\n"),
    ],
)
def test_every_input_counts(root: Path, file: str, content: bytes) -> None:
    before = digest(root)
    (root / file).parent.mkdir(exist_ok=True)
    (root / file).write_bytes(content)
    assert digest(root) != before


def test_names_count(root: Path) -> None:
    before = digest(root)
    (root / "src" / "pkg" / "a.py").rename(root / "src" / "pkg" / "b.py")
    assert digest(root) != before


def test_bytes_that_move_between_files_count(root: Path) -> None:
    (root / "data" / "one").write_bytes(b"ab")
    (root / "data" / "two").write_bytes(b"c")
    before = digest(root)
    (root / "data" / "one").write_bytes(b"a")
    (root / "data" / "two").write_bytes(b"bc")
    assert digest(root) != before


def test_a_missing_input_is_an_error(root: Path) -> None:
    (root / "requirements.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"requirements\.txt"):
        digest(root)


def test_older_caches_are_removed(tmp_path: Path) -> None:
    for name in ("old", "older", "now"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "global.db").touch()
    assert [folder.name for folder in prune(tmp_path, tmp_path / "now")] == ["old", "older"]
    assert [folder.name for folder in tmp_path.iterdir()] == ["now"]
    assert (tmp_path / "now" / "global.db").exists()
    assert prune(tmp_path / "nothing", tmp_path / "nothing" / "now") == []
