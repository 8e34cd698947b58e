"""`make` on machines that lack something: one clear line that says what to do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from architecture import ROOT

TOOLS = ("awk", "cat", "chmod", "dirname", "grep", "mkdir", "rm", "sed", "sh", "tail", "touch")

# An interpreter that answers what setup.sh asks: its version, its venv module, and pip's success.
FAKE_PYTHON = """#!/bin/sh
case "$*" in
  *SystemExit*) exit {unsupported} ;;
  *version_info*) echo {version} ;;
  *ensurepip*) exit {no_venv} ;;
  "-m venv "*)
    [ {venv_fails} = 1 ] && {{ echo "some trace"; echo "No space left on device"; exit 1; }}
    mkdir -p "$3/bin"; cp_self "$3/bin/python" ;;
  "-m pip "*)
    echo "pip ran" >> "$COUNTER"
    [ {pip_fails} = 1 ] && {{ echo "ERROR: No matching distribution found for jax"; exit 1; }}
    exit 0 ;;
esac
"""


class Machine:
    """A folder with the files that `make` reads, and a PATH that holds nothing unexpected."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a checkout"
        self.path = folder / "bin"
        self.counter = folder / "pip-runs"
        (self.root / "book").mkdir(parents=True)
        self.path.mkdir()
        for name in ("Makefile", "pyproject.toml", "requirements.txt", "book/setup.sh"):
            shutil.copy(ROOT / name, self.root / name)
        for tool in TOOLS:
            (self.path / tool).symlink_to(str(shutil.which(tool)))

    def add_python(self, name: str, version: str, **flaws: int) -> None:
        """Put an interpreter of that version on the PATH."""
        minor = int(version.split(".")[1])
        answers = {"no_venv": 0, "venv_fails": 0, "pip_fails": 0} | flaws
        answers["unsupported"] = int(not 11 <= minor <= 13)
        text = FAKE_PYTHON.format(version=version, **answers)
        text = text.replace("cp_self", f'cat "{self.path / name}" >')
        text = text.replace('/bin/python" ;;', '/bin/python"; chmod +x "$3/bin/python" ;;')
        (self.path / name).write_text(text)
        (self.path / name).chmod(0o755)

    def make(self, *arguments: str) -> tuple[int, str, list[str]]:
        """Set up; return exit status, standard output and the lines that setup.sh complains in."""
        done = subprocess.run(
            [str(shutil.which("make")), ".venv/.installed", *arguments],
            cwd=self.root,
            env={"PATH": str(self.path), "COUNTER": str(self.counter), "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )
        complaints = [line for line in done.stderr.splitlines() if not line.startswith("make: ")]
        return done.returncode, done.stdout, complaints

    def pip_runs(self) -> int:
        return self.counter.read_text().count("pip ran") if self.counter.exists() else 0


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_good_machine_is_set_up_once(machine: Machine) -> None:
    machine.add_python("python3", "3.12")
    assert machine.make()[0] == 0
    status, output, complaints = machine.make()
    assert (status, complaints, machine.pip_runs()) == (0, [], 1)
    assert "up to date" in output


def test_a_changed_lock_installs_again_and_keeps_the_environment(machine: Machine) -> None:
    machine.add_python("python3", "3.12")
    machine.make()
    (machine.root / ".venv" / "kept").touch()
    stamp = (machine.root / ".venv" / ".installed").stat().st_mtime
    os.utime(machine.root / "requirements.txt", (stamp + 5, stamp + 5))
    assert machine.make()[0] == 0
    assert machine.pip_runs() == 2
    assert (machine.root / ".venv" / "kept").exists()


def test_no_python(machine: Machine) -> None:
    status, _, complaints = machine.make()
    assert status != 0
    (line,) = complaints
    assert "Python 3.11, 3.12 or 3.13 is needed" in line
    assert "make book PYTHON=" in line


def test_only_an_unsupported_python(machine: Machine) -> None:
    machine.add_python("python3", "3.9")
    status, _, complaints = machine.make()
    assert status != 0
    (line,) = complaints
    assert "python3 is 3.9" in line
    assert "Python 3.11, 3.12 or 3.13 is needed" in line
    assert not (machine.root / ".venv").exists()


def test_a_supported_python_is_found_behind_an_unsupported_one(machine: Machine) -> None:
    machine.add_python("python3", "3.14")
    machine.add_python("python3.11", "3.11")
    assert machine.make()[0] == 0


@pytest.mark.parametrize("value", ["python3.9", "/nowhere/python3"])
def test_the_python_that_was_named_is_the_only_one_tried(machine: Machine, value: str) -> None:
    machine.add_python("python3", "3.12")
    machine.add_python("python3.9", "3.9")
    status, _, complaints = machine.make(f"PYTHON={value}")
    assert status != 0
    (line,) = complaints
    assert f"looked for: {value}" in line


def test_no_venv_module(machine: Machine) -> None:
    machine.add_python("python3", "3.12", no_venv=1)
    status, _, complaints = machine.make()
    assert status != 0
    (line,) = complaints
    assert "no venv module" in line
    assert "apt install python3.12-venv" in line
    assert not (machine.root / ".venv").exists()


def test_the_environment_cannot_be_made(machine: Machine) -> None:
    machine.add_python("python3", "3.12", venv_fails=1)
    status, _, complaints = machine.make()
    assert status != 0
    (line,) = complaints
    assert "No space left on device" in line
    assert not (machine.root / ".venv").exists()


def test_a_failed_install_says_why_and_is_tried_again(machine: Machine) -> None:
    machine.add_python("python3", "3.12", pip_fails=1)
    for runs in (1, 2):
        status, _, complaints = machine.make()
        assert status != 0
        (line,) = complaints
        assert "ERROR: No matching distribution found for jax" in line
        assert "run make again" in line
        assert ".venv/install.log" in line
        assert machine.pip_runs() == runs


def test_a_broken_environment_is_made_anew(machine: Machine) -> None:
    machine.add_python("python3", "3.12")
    (machine.root / ".venv" / "bin").mkdir(parents=True)
    (machine.root / ".venv" / "bin" / "python").symlink_to("/nowhere/python3.12")
    assert machine.make()[0] == 0
    assert machine.pip_runs() == 1


def test_make_alone_lists_the_targets() -> None:
    listing = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("book", "test", "lab", "lint", "verify", "bench", "lock", "clean"):
        assert f"make {target} " in listing
