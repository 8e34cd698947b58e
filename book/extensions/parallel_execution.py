"""Sphinx extension: run several chapters at a time before the pages are read.

MyST-NB runs the chapters one after the other, and many keep one core alone busy. Here those whose
results are not in the cache yet run side by side, and MyST-NB then finds them there. Chapters that
measure time (`execute_alone` in _config.yml) are left to it, so that nothing runs beside them.
"""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.util import logging

MOST = 4
"""Kernels at a time; each takes up to two gigabytes of memory."""
logger = logging.getLogger(__name__)


def missing(
    env: Any, names: Iterable[str], cache: JupyterCacheAbstract
) -> Iterator[tuple[Path, NotebookNode]]:
    """The chapters whose results the cache does not have, read as MyST-NB reads them.

    Args:
        env: Sphinx's environment, to which MyST-Parser and MyST-NB have added their settings.
        names: of the chapters.
        cache: the results.
    """
    for name in names:
        path = Path(env.doc2path(name))
        text = path.read_text("utf-8")
        reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
        if reader is None:
            continue
        notebook = reader.read(text)
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            yield path, notebook


def run(path: Path, notebook: NotebookNode, timeout: int) -> ExecutionResult:
    """Run a chapter where it lies."""
    return single_nb_execution(
        notebook, cwd=str(path.parent), timeout=timeout, allow_errors=False, meta_override=True
    )


def run_side_by_side(app: Sphinx, env: Any, names: list[str]) -> None:
    """Fill the cache. A chapter that fails is left to MyST-NB, which says what failed."""
    settings = env.mystnb_config
    if settings.execution_mode != "cache":
        return
    cache = get_cache(settings.execution_cache_path)
    together = [name for name in names if name not in app.config["execute_alone"]]
    waiting = list(missing(env, together, cache))
    workers = min(max(2, os.cpu_count() or 1), MOST, len(waiting))
    if workers < 2:
        return
    logger.info(f"[parallel_execution] {len(waiting)} chapters, {workers} at a time")
    with ThreadPoolExecutor(workers) as pool:
        running = {pool.submit(run, *job, settings.execution_timeout): job for job in waiting}
        for done in as_completed(running):
            path, notebook = running[done]
            result = done.result()
            if result.err is not None:
                logger.info(f"[parallel_execution] {path.name} failed: it runs again by itself")
                continue
            logger.info(f"[parallel_execution] {path.name}: {result.time:.1f} seconds")
            bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": result.time})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def setup(app: Sphinx) -> dict[str, bool | str]:
    """Register the extension."""
    app.add_config_value("execute_alone", [], "")
    app.connect("env-before-read-docs", run_side_by_side)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
