"""A JupyterLab as ``make lab`` starts it, for programs and tests to ask and to look at."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from served import ROOT

TOKEN = "a-token-for-this-computer-alone"
START_SECONDS = 120


@dataclass(frozen=True)
class Lab:
    """Where it runs."""

    address: str

    def ask(self, path: str) -> Any:
        """What the server answers to a GET, from JSON."""
        headers = {"Authorization": f"token {TOKEN}"}
        request = urllib.request.Request(self.address + path, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def page(self, notebook: str) -> str:
        """The address at which a browser finds a notebook."""
        return f"{self.address}/lab/tree/{notebook}?token={TOKEN}&reset"


@contextmanager
def running_lab(log: Path, files: Path = ROOT) -> Iterator[Lab]:
    """Start ``make lab`` over the files of the book, or others, and stop it at the end.

    Raises:
        RuntimeError: if it ends before it answers, or does not answer in time; with its log.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = (
        f"--no-browser --allow-root --port={port} --IdentityProvider.token={TOKEN} "
        "--LabApp.expose_app_in_browser=True"
    )
    # -o: the environment that runs this stands in for .venv.
    command = ["make", "-o", ".venv/.installed", "lab", f"BIN={Path(sys.executable).parent}"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, f"ROOT={files}", f"ARGS={options}"],
            cwd=ROOT,
            env=os.environ | {"HOME": str(log.parent)},  # no settings of whoever runs this
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    lab = Lab(f"http://127.0.0.1:{port}")
    try:
        _wait(lab, process, log)
        yield lab
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=60)


def _wait(lab: Lab, process: subprocess.Popen, log: Path) -> None:
    began = time.monotonic()
    while process.poll() is None and time.monotonic() - began < START_SECONDS:
        try:
            lab.ask("/api/status")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
        else:
            return
    raise RuntimeError(f"JupyterLab does not start:\n{log.read_text()}")
