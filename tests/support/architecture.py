"""What a Python file imports and how long it and its functions are, read from its syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "coreformulas"


def module_name(path: Path) -> str:
    """Return the dotted name of a file of the package."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def _import_nodes(node: ast.AST, deferred: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, deferred
        else:
            later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _import_nodes(child, deferred or later or _is_type_checking(child))


def imports(source: str, module: str, is_package: bool = False) -> dict[str, bool]:
    """Map the absolute name of each import to whether it waits for a call (or a type checker).

    A name that is imported from a module counts as `module.name`, so that a submodule is seen.
    """
    package = module if is_package else module.rpartition(".")[0]
    found: dict[str, bool] = {}
    for node, deferred in _import_nodes(ast.parse(source), deferred=False):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            assert isinstance(node, ast.ImportFrom)
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                head = ".".join(parents[: len(parents) - node.level + 1])
                base = f"{head}.{base}" if base else head
            names = [f"{base}.{alias.name}" for alias in node.names]
        for name in names:
            found[name] = found.get(name, True) and deferred
    return found


def is_under(name: str, *roots: str) -> bool:
    """Tell whether a dotted name is one of `roots` or inside one."""
    return any(name == root or name.startswith(root + ".") for root in roots)


def long_functions(source: str, limit: int) -> list[str]:
    """Name the functions whose code, without docstring, takes more than `limit` lines."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0]
        has_docstring = ast.get_docstring(node, clean=False) is not None
        text = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
        length = (node.end_lineno or 0) - node.lineno + 1 - text
        if length > limit:
            found.append(f"{node.name} has {length} lines")
    return found
