"""Write requirements.txt: one exact version of everything, for Python 3.11 to 3.13 alike.

Run it with `make lock`. It calls

    uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras \
        --fork-strategy fewest --no-emit-index-url --no-emit-find-links

and adds the package itself. Versions that requirements.txt already pins are kept where they still
fit; `make lock ARGS=--upgrade` takes the newest.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = [
    "--universal",
    "--python-version=3.11",
    "--all-extras",
    # One version for all three Pythons where there is one: readers then see the same numbers.
    "--fork-strategy=fewest",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--no-annotate",
    "--quiet",
]
HEADER = """\
# Made by `make lock` from pyproject.toml (all extras, Python 3.11 to 3.13, CPU). Do not edit.
-e .
"""


def compile_pins(extra: list[str]) -> str:
    """Return uv's list of exact versions."""
    lock = ROOT / "requirements.txt"
    pins = [line for line in lock.read_text().splitlines() if "==" in line] if lock.exists() else []
    seed = ROOT / ".venv" / "lock.txt"  # uv keeps the versions that its output file names
    seed.write_text("\n".join(pins) + "\n")
    uv = Path(sys.executable).parent / "uv"
    command = [str(uv), "pip", "compile", "pyproject.toml", *OPTIONS, *extra, "-o", str(seed)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return seed.read_text()


def main() -> int:
    """Write the lock, or leave the old one as it was."""
    try:
        pins = compile_pins(sys.argv[1:])
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"lock: {error}; requirements.txt is unchanged", file=sys.stderr)
        return 1
    (ROOT / "requirements.txt").write_text(HEADER + pins)
    print(f"requirements.txt: {pins.count('==')} exact versions")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
