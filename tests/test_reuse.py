"""What a release holds, and the examples of appendix/reuse in an environment with it alone.

Making the environment takes a network or the cache of uv.
"""

import math
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from architecture import PACKAGE, ROOT
from fresh import make_environment

EXAMPLES = re.findall(
    r"^```\{code-cell\} ipython3\n(.*?)^```",
    (ROOT / "chapters" / "appendix" / "reuse.md").read_text(),
    re.M | re.S,
)
OF_THE_BOOK = {
    "beartype",
    "hypothesis",
    "ipykernel",
    "ipython",
    "jupyter-book",
    "jupyterlab",
    "jupytext",
    "myst-nb",
    "playwright",
    "pytest",
    "ruff",
    "scikit-learn",
    "sphinx",
}


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which `python -m build` has put a source distribution and a wheel of it."""
    folder = tmp_path_factory.mktemp("release")
    options = ["--no-isolation", "--outdir", str(folder), str(ROOT)]
    command = [sys.executable, "-m", "build", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def wheel(release: Path) -> Path:
    (found,) = release.glob("coreformulas-*-py3-none-any.whl")
    return found


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment with the wheel alone."""
    return make_environment(tmp_path_factory.mktemp("fresh") / "environment", str(wheel))


def run(code: str, environment: Path, folder: Path) -> str:
    """What code prints, in a fresh Python that has the wheel and no book; warnings are errors."""
    command = [str(environment / "python"), "-I", "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def numbers(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?\d+\.\d+", text)]


def example(word: str) -> str:
    (found,) = [code for code in EXAMPLES if word in code]
    return found


def test_each_example_is_one_of_these() -> None:
    assert len(EXAMPLES) == 6
    assert max(len(code.splitlines()) for code in EXAMPLES) <= 10


def test_a_derivation_prints_with_its_evidence(environment: Path, tmp_path: Path) -> None:
    assert "proved" in run(example("registry.get"), environment, tmp_path)


def test_a_formula_becomes_a_function(environment: Path, tmp_path: Path) -> None:
    assert numbers(run(example("to_jax"), environment, tmp_path)) == pytest.approx(
        [0.5 * math.log(2)], abs=1e-6
    )


def test_the_divergence_is_half_a_nat(environment: Path, tmp_path: Path) -> None:
    assert run(example("gaussian_kl"), environment, tmp_path) == "[0.5]\n"


def test_the_digits_are_inside_the_wheel(environment: Path, tmp_path: Path) -> None:
    code = example("digits.trials") + "print(datasets.__file__)"
    shape, place = run(code, environment, tmp_path).splitlines()
    assert re.fullmatch(r"\(\d{4}, 8, 8\) 16", shape)
    assert place.startswith(str(environment.parent))


def test_the_kept_records_are_inside_the_wheel(environment: Path, tmp_path: Path) -> None:
    kept = {path.stem for path in (ROOT / "benchmarks" / "results").glob("*.json")}
    code = "from coreformulas.training import kept_record\n"
    code += f"print(*(len(kept_record(name)) for name in {sorted(kept)}))"
    sizes = run(code, environment, tmp_path).split()
    assert len(sizes) == len(kept) > 8
    assert all(int(size) > 1 for size in sizes)


def test_the_loop_learns_a_mean(environment: Path, tmp_path: Path) -> None:
    (mean,) = numbers(run(example("lambda mean"), environment, tmp_path))
    assert mean == pytest.approx(3.0, abs=0.01)


def test_the_autoencoder_learns(environment: Path, tmp_path: Path) -> None:
    first, last = numbers(run(example("VAEConfig"), environment, tmp_path))
    assert 0 < last < 0.8 * first


def test_the_wheel_carries_all_of_the_package(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    kinds = (".py", ".pyi", ".typed", ".mjs", ".toml")
    wanted = {
        path.relative_to(PACKAGE.parent).as_posix()
        for path in PACKAGE.rglob("*")
        if path.suffix in kinds or path.name == "py.typed"
    }
    data = {f"coreformulas/datasets/files/{name}" for name in ("digits.npz", "genesis.txt")}
    records = (ROOT / "benchmarks" / "results").glob("*.json")
    data |= {f"coreformulas/training/records/{path.name}" for path in records}
    assert names == wanted | data
    assert "coreformulas/py.typed" in names
    assert "coreformulas/vae/__init__.pyi" in names
    assert any(name.endswith(".mjs") for name in names)


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (path,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    metadata = archive.read(path).decode()
    assert "License-Expression: MIT" in metadata
    assert "Classifier: Typing :: Typed" in metadata
    assert "Requires-Python: <3.14,>=3.11" in metadata
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in archive.namelist())


def test_the_source_holds_no_results_of_builds(release: Path) -> None:
    (path,) = release.glob("coreformulas-*.tar.gz")
    with tarfile.open(path) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    assert {"src", "data", "pyproject.toml", "LICENSE"} <= tops
    assert not tops & {"_build", "build", "dist", ".venv", ".hypothesis", ".pytest_cache"}


def test_the_package_comes_without_the_book(environment: Path, tmp_path: Path) -> None:
    code = "from importlib.metadata import distributions as d; print(*[x.name for x in d()])"
    found = {name.lower().replace("_", "-") for name in run(code, environment, tmp_path).split()}
    assert {"coreformulas", "jax", "sympy"} <= found
    assert found & OF_THE_BOOK == set()


def test_the_program_runs(environment: Path, tmp_path: Path) -> None:
    command = [str(environment / "python"), "-I", "-m", "coreformulas", "derive", "gaussian-kl"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "proved" in done.stdout


def test_an_environment_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing-0.1-py3-none-any.whl")
    with pytest.raises(RuntimeError, match=r"no fresh environment could be made: (?s:.*)missing"):
        make_environment(tmp_path / "environment", missing)
