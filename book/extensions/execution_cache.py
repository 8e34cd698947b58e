"""Sphinx extension: run the chapters again when what they run on has changed.

The notebook cache of MyST-NB looks at a chapter's own cells alone. Here it lives in a folder that
is named by a digest of the package, the data, the kept results and the pinned requirements, so a
change in any of them starts from an empty cache, and the folders of older digests are removed.
"""

import hashlib
import shutil
import sys
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

INPUTS = ("src", "data", "benchmarks/results", "requirements.txt")
IGNORED = {"__pycache__", ".ipynb_checkpoints"}
logger = logging.getLogger(__name__)


def input_files(root: Path) -> list[Path]:
    """Return every file under `root` that a chapter's result can depend on, in a fixed order."""
    found: list[Path] = []
    for name in INPUTS:
        path = root / name
        if not path.exists():
            raise FileNotFoundError(f"{path} is missing: the chapters depend on it")
        inside = [path] if path.is_file() else path.rglob("*")
        found += [p for p in inside if p.is_file() and not IGNORED & {*p.relative_to(root).parts}]
    return sorted(found)


def digest(root: Path) -> str:
    """Hash names and contents of the inputs, and the Python that will run the chapters."""
    sha = hashlib.sha256(sys.version.encode())
    for path in input_files(root):
        content = path.read_bytes()
        name = path.relative_to(root).as_posix()
        # The lengths keep two different listings from spelling the same bytes.
        sha.update(f"\0{len(name)} {len(content)}\0{name}".encode())
        sha.update(content)
    return sha.hexdigest()[:16]


def prune(parent: Path, keep: Path) -> list[Path]:
    """Remove the cache folders of older digests; return what was removed."""
    if not parent.is_dir():
        return []
    old = [folder for folder in sorted(parent.iterdir()) if folder.is_dir() and folder != keep]
    for folder in old:
        shutil.rmtree(folder)
    return old


def choose_cache(app: Sphinx, config: Config) -> None:
    """Point MyST-NB at the folder of the current digest.

    The setting belongs to Sphinx's environment, so a new value also makes Sphinx read every page
    again instead of taking it from its own store.
    """
    root = Path(app.srcdir)
    parent = root / "_build" / "execution"
    cache = parent / digest(root)
    fresh = not cache.exists()
    prune(parent, cache)
    config["nb_execution_cache_path"] = str(cache)
    if fresh:
        logger.info("[execution_cache] package, data or requirements changed: running all chapters")


def setup(app: Sphinx) -> dict[str, bool | str]:
    """Register the extension."""
    app.connect("config-inited", choose_cache)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":  # the workflows ask for the name under which they keep the results
    print(digest(Path(__file__).resolve().parents[2]))
