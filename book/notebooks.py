"""Write every chapter as a plain notebook: ``make notebooks``.

The notebooks hold the cells of the last build of the book, without outputs, with text that needs no
extension to be read, and with a first cell that installs the package where it is missing, as in
Colab. They go to ``_build/notebooks``.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import deployment
import nbformat
from fresh import make_environment
from plain_markdown import to_plain
from references import BookReferences, glued, read_bibliography, read_environment

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("foundations", "vae", "gan", "transformer", "comparison")
CLONE = """\
# An empty machine, as in Colab, gets the book and its package first.
import importlib.util

if importlib.util.find_spec("coreformulas") is None:
    !git clone --quiet --depth 1 https://github.com/{repository} core-formulas
    %cd core-formulas/{folder}
    %pip install --quiet "{up}[chapters]"
"""
HINT = """\
# The package of the book, with what the chapters need: in a clone, pip install ".[chapters]"
import coreformulas
"""


def first_cell(page: str, repository: str | None) -> str:
    """What makes the package available."""
    if repository is None:
        return HINT
    folder = Path(page).parent
    up = "/".join([".."] * len(folder.parts))
    return CLONE.format(repository=repository, folder=folder.as_posix(), up=up)


def convert(
    executed: nbformat.NotebookNode, references: BookReferences, page: str, repository: str | None
) -> nbformat.NotebookNode:
    """The notebook with plain text and no outputs."""
    plain = nbformat.v4.new_notebook()
    plain.metadata["kernelspec"] = executed.metadata["kernelspec"]
    plain.metadata["language_info"] = {"name": "python"}
    folder = ROOT / Path(page).parent
    for cell in executed.cells:
        if cell.cell_type == "markdown":
            text = to_plain(cell.source, references, folder)
            if text:
                plain.cells.append(nbformat.v4.new_markdown_cell(text))
        else:
            plain.cells.append(nbformat.v4.new_code_cell(cell.source))
    first = next(i for i, cell in enumerate(plain.cells) if cell.cell_type == "code")
    plain.cells.insert(first, nbformat.v4.new_code_cell(first_cell(page, repository)))
    for number, cell in enumerate(plain.cells):
        cell["id"] = f"cell-{number}"  # the same in every build, so that a branch of them is quiet
    nbformat.validate(plain)
    return plain


def write_all(build: Path, output: Path, *, site: str | None) -> list[Path]:
    """Convert every chapter that was executed in the last build.

    Raises:
        FileNotFoundError: if there was no build.
    """
    environment = read_environment(build)
    bibliography = read_bibliography(ROOT / "references.bib")
    repository, written = deployment.repository(), []
    for page in sorted(environment.found_docs):
        if not page.startswith(tuple(f"chapters/{part}/" for part in PARTS)):
            continue
        executed = nbformat.read(build / "jupyter_execute" / f"{page}.ipynb", as_version=4)
        values = glued(build, page)
        references = BookReferences(environment, bibliography, page, values, site)
        path = output / f"{page}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(convert(executed, references, page, repository), path)
        written.append(path)
    return written


def execute(programs: Path, path: Path) -> None:
    """Run all cells of a notebook, where it lies; a cell that fails ends the program.

    Args:
        programs: of an environment that has the package and what the chapters need.
        path: of the notebook, which stays as it is.
    """
    program = str(programs / "jupyter-execute")
    command = [program, "--timeout=900", "--kernel_name=python3", path.name]
    began = time.monotonic()
    done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{path.name} failed:\n{done.stderr}")
    print(f"  ran in {time.monotonic() - began:.0f} s", flush=True)


def main() -> None:
    """Write, and run if asked to."""
    parser = argparse.ArgumentParser(prog="make notebooks", description=__doc__)
    parser.add_argument("--build", type=Path, default=ROOT / "_build", help="of `make book`")
    parser.add_argument("--output", type=Path, default=ROOT / "_build" / "notebooks")
    parser.add_argument(
        "--execute", action="store_true", help="and run each of them, in a fresh environment"
    )
    parser.add_argument("--only", default="", help="with --execute: names that begin with this")
    arguments = parser.parse_args()
    written = write_all(arguments.build, arguments.output, site=deployment.site())
    names = [path.relative_to(arguments.output).as_posix() for path in written]
    if not arguments.execute:
        print(*names, sep="\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        programs = make_environment(Path(folder) / "environment", f"{ROOT}[chapters]")
        for path, name in zip(written, names, strict=True):
            if name.startswith(arguments.only):
                print(name, flush=True)
                execute(programs, path)


if __name__ == "__main__":
    main()
