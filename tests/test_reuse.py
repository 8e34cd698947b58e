"""The examples of appendix/reuse run against the wheel, without what only the book needs."""

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from architecture import ROOT

PAGE = ROOT / "chapters" / "appendix" / "reuse.md"
EXAMPLES = re.findall(r"^```\{code-cell\} ipython3\n(.*?)^```", PAGE.read_text(), re.M | re.S)
EXTRAS = (
    "IPython",
    "beartype",
    "hypothesis",
    "jupyter_book",
    "jupytext",
    "pytest",
    "sklearn",
    "sphinx",
)
PREAMBLE = f"""
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS}:
            raise ModuleNotFoundError(name + " comes with an extra")

sys.meta_path.insert(0, Refuse())
import coreformulas
assert coreformulas.__file__.startswith(sys.argv[1]), coreformulas.__file__
"""


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and installed in a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", str(ROOT), "--no-deps", "--no-build-isolation", f"--wheel-dir={folder}"]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    target = folder / "installed"
    subprocess.run(
        [*pip, "install", str(wheel), "--no-deps", f"--target={target}"],
        check=True,
        capture_output=True,
    )
    return target


def run(code: str, installed: Path, folder: Path) -> str:
    """Run code in a fresh Python that sees the wheel and not the checkout."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PREAMBLE + code, str(installed)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,  # the assertion shows what it wrote
    )
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


def test_a_derivation_prints_with_its_evidence(installed: Path, tmp_path: Path) -> None:
    assert "proved" in run(example("registry.get"), installed, tmp_path)


def test_a_formula_becomes_a_function(installed: Path, tmp_path: Path) -> None:
    assert numbers(run(example("to_jax"), installed, tmp_path)) == pytest.approx(
        [0.5 * math.log(2)], abs=1e-6
    )


def test_the_divergence_is_half_a_nat(installed: Path, tmp_path: Path) -> None:
    assert run(example("gaussian_kl"), installed, tmp_path) == "[0.5]\n"


def test_the_digits_are_inside_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = example("digits.trials") + "print(datasets.__file__)"
    shape, place = run(code, installed, tmp_path).splitlines()
    assert re.fullmatch(r"\(\d{4}, 8, 8\) 16", shape)
    assert place.startswith(str(installed))


def test_the_kept_records_are_inside_the_wheel(installed: Path, tmp_path: Path) -> None:
    kept = {path.stem for path in (ROOT / "benchmarks" / "results").glob("*.json")}
    code = "from coreformulas.training import kept_record\n"
    code += f"print(*(len(kept_record(name)) for name in {sorted(kept)}))"
    sizes = run(code, installed, tmp_path).split()
    assert len(sizes) == len(kept) > 8
    assert all(int(size) > 1 for size in sizes)


def test_the_loop_learns_a_mean(installed: Path, tmp_path: Path) -> None:
    (mean,) = numbers(run(example("lambda mean"), installed, tmp_path))
    assert mean == pytest.approx(3.0, abs=0.01)


def test_the_autoencoder_learns(installed: Path, tmp_path: Path) -> None:
    first, last = numbers(run(example("VAEConfig"), installed, tmp_path))
    assert 0 < last < 0.8 * first


def test_the_wheel_carries_its_types(installed: Path) -> None:
    package = installed / "coreformulas"
    assert (package / "py.typed").is_file()
    assert (package / "vae" / "__init__.pyi").is_file()
    assert not (installed / "chapters").exists()
    assert not (installed / "tests").exists()
