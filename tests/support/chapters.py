"""A chapter as text, header and code cells, and what a machine can say against it."""

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml
from architecture import ROOT

CHAPTERS = ROOT / "chapters"
TEACHING = ("foundations", "vae", "gan", "transformer", "comparison")
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.M | re.S)
EXERCISE = re.compile(r"^:{3,}\{exercise[^}]*\}|^`{3,}\{exercise(?:-start)?\}", re.M)
SOLUTION = re.compile(r"^```\{solution-start\} (\S+)\n(.*?)^```\{solution-end\}\n```$", re.M | re.S)
# `meet` is the package's comparison of measured with exact, which fails where they differ.
CHECKS = re.compile(r"\bassert |AssertionError|assert_allclose\(|\bmeet\(")
MOST_CELLS = 30
# What changes the weights; a loop around `training.fit`, one run for each setting, is no such loop.
UPDATES = {"apply_updates", "update", "train_step"}
GRADIENTS = {"grad", "value_and_grad"}
MEASURED = re.compile(r"\d+\.\d+\s*(?:nats|bits|seconds|s\b|ms\b|%|standard errors)|±\s*\d|\d\s*±")


def python_of(text: str) -> list[str]:
    """Return the Python of each code cell, without its options."""
    return [re.sub(r"\A(?::[^\n]*\n)+\n?", "", cell) for cell in CELL.findall(text)]


@dataclass(frozen=True)
class Chapter:
    """One Markdown file under chapters/."""

    name: str
    text: str

    @cached_property
    def header(self) -> dict:
        """The YAML header, empty where there is none."""
        found = re.match(r"---\n(.*?)\n---\n", self.text, re.S)
        return yaml.safe_load(found[1]) if found else {}

    @cached_property
    def cells(self) -> list[str]:
        """The Python of each code cell, without its options."""
        return python_of(self.text)

    @cached_property
    def trees(self) -> list[ast.Module]:
        """The syntax tree of each code cell."""
        return [ast.parse(cell) for cell in self.cells]

    @cached_property
    def prose(self) -> str:
        """The text without header, cells, listings and formulas."""
        text = re.sub(r"\A---\n.*?\n---\n", "", self.text, flags=re.S)
        text = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.M | re.S)
        text = re.sub(r"\$\$.*?\$\$(?: \([\w-]+\))?", "", text, flags=re.S)
        return re.sub(r"\$[^$\n]*\$|\{[\w:]+\}`[^`]*`|`[^`]*`", "", text)


def read(path: Path) -> Chapter:
    """Read a chapter; its name is the one that _toc.yml and {doc} use."""
    return Chapter(path.relative_to(ROOT).with_suffix("").as_posix(), path.read_text("utf-8"))


def header_faults(chapter: Chapter) -> list[str]:
    """What the jupytext header lacks; without all of it the chapter is not run."""
    wanted = {
        "jupytext": {"text_representation"},
        "kernelspec": {"display_name", "language", "name"},
    }
    faults = []
    for part, keys in wanted.items():
        faults += [f"{part}.{key}" for key in keys - set(chapter.header.get(part, {}))]
    representation = chapter.header.get("jupytext", {}).get("text_representation", {})
    keys = {"extension", "format_name", "format_version"}
    return faults + [f"text_representation.{key}" for key in keys - set(representation)]


def _called(node: ast.AST) -> set[str]:
    names = set()
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            function = call.func
            if isinstance(function, ast.Attribute):
                names.add(function.attr)
            elif isinstance(function, ast.Name):
                names.add(function.id)
    return names


def _names(node: ast.AST, context: type) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def _carries(loop: ast.AST) -> bool:
    """Tell whether a loop makes a new value of something from its old one."""
    return any(
        isinstance(node, ast.AugAssign)
        or (isinstance(node, ast.Assign) and _names(node, ast.Store) & _names(node, ast.Load))
        for node in ast.walk(loop)
    )


def _trains(loop: ast.AST) -> bool:
    called = _called(loop)
    return bool(called & UPDATES) or (bool(called & GRADIENTS) and _carries(loop))


def code_faults(chapter: Chapter) -> list[str]:
    """Classes, training loops, pyplot, and too much of everything."""
    faults = [f"{len(chapter.cells)} code cells"] if len(chapter.cells) > MOST_CELLS else []
    for cell, tree in zip(chapter.cells, chapter.trees, strict=True):
        first = cell.strip().partition("\n")[0]
        if len(cell.strip().splitlines()) > 30:
            faults.append(f"a cell of more than 30 lines: {first}")
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                faults.append(f"defines class {node.name}")
            if isinstance(node, ast.For | ast.While) and _trains(node):
                faults.append(f"a training loop: {ast.unparse(node).partition(chr(10))[0]}")
        if "pyplot" in cell:
            faults.append(f"pyplot, whose figures have no alt text: {first}")
    return faults


def image_faults(chapter: Chapter) -> list[str]:
    """Images and figures of the Markdown without alternative text."""
    faults = [f"![]({target})" for target in re.findall(r"!\[\s*\]\(([^)]*)\)", chapter.text)]
    blocks = re.findall(
        r"^(?:`{3,}|:{3,})\{(?:figure|image)\}(.*?)^(?:`{3,}|:{3,})$", chapter.text, re.M | re.S
    )
    return faults + [b.strip().partition("\n")[0] for b in blocks if not re.search(r":alt: \S", b)]


def _checking_functions(chapter: Chapter) -> set[str]:
    """The functions of a chapter that assert something; to call one is to check."""
    return {
        node.name
        for tree in chapter.trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and CHECKS.search(ast.unparse(node))
    }


def exercise_faults(chapter: Chapter) -> list[str]:
    """Exercises without label or solution, and solutions that check nothing."""
    count = len(EXERCISE.findall(chapter.text))
    labels = re.findall(r"^:label: (ex-\S+)", chapter.text, re.M)
    faults = [] if count else ["no exercise"]
    faults += [] if count == len(labels) else [f"{count} exercises, {len(labels)} labels ex-…"]
    solutions = dict(SOLUTION.findall(chapter.text))
    faults += [f"{label} has no solution" for label in labels if label not in solutions]
    checking = _checking_functions(chapter)
    for label, body in solutions.items():
        cells = python_of(body)
        if not any(CHECKS.search(cell) or _called(ast.parse(cell)) & checking for cell in cells):
            faults.append(f"the solution of {label} checks nothing")
    return faults


def typed_numbers(chapter: Chapter) -> list[str]:
    """Numbers with a unit or an error that stand in the prose and should come from the run."""
    return [found.group() for found in MEASURED.finditer(chapter.prose)]
