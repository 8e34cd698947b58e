"""What a kept result must say besides its numbers, and how it is kept."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["kept_record", "surroundings", "write_record"]

KEPT = "benchmarks/results"
HERE = Path(__file__).resolve().parent
SHIPPED = (HERE / "records", HERE.parents[2] / KEPT)
"""Where records are that came with the package: in a wheel beside this file, else in its clone."""
PACKAGES = ("jax", "jaxlib", "flax", "optax", "numpy")


def surroundings(command: str) -> dict[str, Any]:
    """What numbers depend on besides the code: the command, the versions and the machine."""
    return {
        "command": command,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "processor": _processor(),
        "processors": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write a record as JSON, whole or not at all.

    Raises:
        FileNotFoundError: if the folder does not exist.
        ValueError: if a number is not finite: JSON has no word for it.
    """
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def kept_record(name: str) -> dict[str, Any]:
    """Read a result that the book keeps.

    A clone around the working directory comes first, so that a record that was made anew there
    counts; then the records that came with the package.

    Args:
        name: of the file in ``benchmarks/results``, without its ending.

    Raises:
        FileNotFoundError: if no place has the file; the message names all that were looked at.
    """
    here = Path.cwd().resolve()
    folders = [folder / KEPT for folder in (here, *here.parents)]
    for folder in (*folders, *SHIPPED):
        path = folder / f"{name}.json"
        if path.is_file():
            return json.loads(path.read_text(encoding="utf-8"))
    shipped = " or ".join(map(str, SHIPPED))
    raise FileNotFoundError(
        f"no folder from {here} upward holds {KEPT}/{name}.json, nor is {name}.json in {shipped}"
    )


def _processor() -> str:
    """The processor's name where the system tells it; `platform` knows only the family."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
