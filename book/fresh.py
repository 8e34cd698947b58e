"""A fresh environment, as whoever reuses the package or runs the notebooks elsewhere has one."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def make_environment(folder: Path, *requirements: str) -> Path:
    """Make an environment with these packages and what they need, in the versions of the lock.

    Args:
        folder: where; it must not exist.
        requirements: as pip takes them, such as a wheel, or ``.[chapters]`` in the clone.

    Returns:
        The folder of its programs.

    Raises:
        RuntimeError: if that fails, as it does without a network, with what uv said.
    """
    uv = str(Path(sys.executable).parent / "uv")
    pins = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line]
    _run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
    (folder / "pins.txt").write_text("\n".join(pins) + "\n")
    python = str(folder / "bin" / "python")
    options = ["--quiet", "--python", python, "--constraint", str(folder / "pins.txt")]
    _run([uv, "pip", "install", *options, *requirements])
    return folder / "bin"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"no fresh environment could be made: {done.stderr.strip()}")
