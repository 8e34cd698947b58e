"""`make lab` starts a JupyterLab in which the chapters open as notebooks."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from architecture import ROOT

TOKEN = "a-token-for-this-test"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(address: str) -> Any:
    request = urllib.request.Request(address, headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """A running `make lab`, as a function that asks it for JSON."""
    port = free_port()
    options = f"--no-browser --allow-root --port={port} --IdentityProvider.token={TOKEN}"
    # -o: the environment that runs the tests stands in for .venv.
    command = ["make", "-o", ".venv/.installed", "lab", f"BIN={Path(sys.executable).parent}"]
    log = tmp_path_factory.mktemp("lab") / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, f"ARGS={options}"],
            cwd=ROOT,
            env=os.environ | {"HOME": str(log.parent)},  # no settings of whoever runs the tests
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                ask(f"{address}/api/status")
                break
            except (urllib.error.URLError, ConnectionError):
                assert process.poll() is None, log.read_text()
                time.sleep(0.5)
        else:
            pytest.fail(log.read_text())
        yield lambda path: ask(address + path)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def test_a_double_click_on_a_chapter_opens_a_notebook(lab: Callable[[str], Any]) -> None:
    plugin = lab("/lab/api/settings/@jupyterlab/docmanager-extension:plugin")
    viewers = plugin["schema"]["properties"]["defaultViewers"]["default"]
    assert viewers == {"markdown": "Jupytext Notebook"}
    extensions = {found["name"] for found in lab("/lab/api/extensions")}
    assert {"jupyterlab-jupytext", "jupyterlab-myst"} <= extensions


def test_a_chapter_is_a_notebook_with_a_kernel(lab: Callable[[str], Any]) -> None:
    model = lab("/api/contents/chapters/index.md?type=notebook&content=1")
    notebook = model["content"]
    kinds = [cell["cell_type"] for cell in notebook["cells"]]
    assert {"markdown", "code"} <= set(kinds)
    assert notebook["metadata"]["kernelspec"]["name"] in lab("/api/kernelspecs")["kernelspecs"]


def test_nothing_is_asked_of_another_site(lab: Callable[[str], Any]) -> None:
    news = lab("/lab/api/settings/@jupyterlab/apputils-extension:notification")
    assert news["schema"]["properties"]["fetchNews"]["default"] == "false"
