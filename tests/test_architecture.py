"""The house rules that a machine can hold: who may import whom, equal names, short files."""

import subprocess
import sys
from pathlib import Path

import pytest
from architecture import PACKAGE, ROOT, imports, is_under, long_functions, module_name

FAMILIES = ("vae", "gan", "transformer")
DERIVED = ("foundations", *FAMILIES, "comparison")  # the parts that hold a derivation.py
FAMILY_FILES = {"derivation.py", "objective.py", "model.py", "update.py", "sampling.py"}
SYMBOLIC_PACKAGES = {"sympy", "mpmath", "coreformulas"} | sys.stdlib_module_names
ARRAY_PACKAGES = ("jax", "jaxlib", "flax", "optax", "orbax", "jaxtyping")
SHARED = ("training", "datasets", "evaluation", "plotting", "live")
SOURCES = sorted(PACKAGE.rglob("*.py"))
CODE = sorted(
    p
    for part in ("src", "tests", "benchmarks", "data", "book")
    for p in (ROOT / part).rglob("*.py")
)


def faults(path: Path, source: str) -> list[str]:
    """Return what a file of the package, given as text, imports against the rules."""
    part = path.relative_to(PACKAGE).parts[0]
    found = imports(source, module_name(path), path.name == "__init__.py")
    own_derivations = f"coreformulas.{part}.derivation"  # and derivation_* beside it
    bad = [
        f"{name}: nothing imports these" for name in found if is_under(name, "chapters", "tests")
    ]
    if part == "symbolic" or path.name.startswith("derivation"):
        # Only the bridge to JAX may import it, and only when it is called.
        bridge = part == "symbolic" and path.name == "bridge.py"
        for name, deferred in found.items():
            top = name.partition(".")[0]
            if top not in SYMBOLIC_PACKAGES and not (bridge and deferred and top == "jax"):
                bad.append(f"{name}: a derivation uses SymPy, mpmath and the standard library")
            own = part != "symbolic" and name.startswith(own_derivations)
            if is_under(name, "coreformulas") and not (
                is_under(name, "coreformulas.symbolic") or own
            ):
                bad.append(
                    f"{name}: a derivation rests on coreformulas.symbolic and its own part's"
                )
    elif part in DERIVED:
        for name in found:
            if is_under(name, "sympy", "coreformulas.symbolic") or name.startswith(own_derivations):
                bad.append(f"{name}: formula and code meet only in tests and chapters")
    if part in SHARED:
        families = tuple(f"coreformulas.{family}" for family in DERIVED)
        bad += [f"{name}: {part} knows no family" for name in found if is_under(name, *families)]
    if part in ("plotting", "live"):
        bad += [f"{name}: {part} knows no JAX" for name in found if is_under(name, *ARRAY_PACKAGES)]
    if part in FAMILIES:
        others = tuple(
            f"coreformulas.{other}" for other in (*FAMILIES, "comparison") if other != part
        )
        bad += [f"{name}: families are strangers" for name in found if is_under(name, *others)]
    return bad


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_imports_follow_the_rules(path: Path) -> None:
    assert faults(path, path.read_text()) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("symbolic/rules/algebra.py", "import jax"),
        ("symbolic/rules/algebra.py", "import numpy as np"),
        ("symbolic/bridge.py", "import jax"),
        ("symbolic/rule.py", "def f():\n    import jax"),
        ("symbolic/rule.py", "from coreformulas.vae import derivation"),
        ("vae/derivation.py", "def f():\n    from jax import numpy"),
        ("vae/derivation_gradients.py", "import jax"),
        ("vae/derivation_gradients.py", "from coreformulas.vae.objective import elbo"),
        ("vae/derivation_gradients.py", "from coreformulas.foundations.derivation import x"),
        ("vae/objective.py", "from .derivation_gradients import hidden_beta"),
        ("vae/objective.py", "import sympy as sp"),
        ("vae/objective.py", "from .derivation import elbo"),
        ("vae/model.py", "from . import derivation"),
        ("vae/model.py", "from coreformulas.gan import model"),
        ("gan/update.py", "from ..transformer.update import step"),
        ("transformer/model.py", "from coreformulas import comparison"),
        ("training/loop.py", "from ..vae import objective"),
        ("datasets/digits.py", "import coreformulas.foundations.derivation"),
        ("plotting/curves.py", "import jax.numpy as jnp"),
        ("plotting/curves.py", "from jaxtyping import Float"),
        ("cli.py", "import tests.conftest"),
    ],
)
def test_a_broken_rule_is_found(file: str, source: str) -> None:
    assert faults(PACKAGE / file, source)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("symbolic/bridge.py", "def f():\n    import jax.numpy as jnp"),
        ("vae/derivation.py", "import sympy\nfrom coreformulas.symbolic import rules"),
        ("vae/derivation_gradients.py", "from coreformulas.vae.derivation import gaussian_kl"),
        ("comparison/claims.py", "from coreformulas.gan import objective\nfrom ..vae import elbo"),
        ("vae/objective.py", "import jax\nfrom .model import VAE"),
    ],
)
def test_what_is_allowed_passes(file: str, source: str) -> None:
    assert faults(PACKAGE / file, source) == []


@pytest.mark.parametrize(
    "module",
    ["coreformulas", "coreformulas.symbolic", "coreformulas.cli"]
    + [
        module_name(p)
        for p in SOURCES
        if p.name.startswith("derivation") and p.parent.name != "symbolic"
    ],
)
def test_derivations_load_without_jax(module: str) -> None:
    heavy = (*ARRAY_PACKAGES, "matplotlib")
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & set({heavy})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("family", [f for f in FAMILIES if (PACKAGE / f).is_dir()])
def test_families_have_the_same_files(family: str) -> None:
    assert {p.name for p in (PACKAGE / family).glob("*.py")} >= FAMILY_FILES


@pytest.mark.parametrize("path", CODE, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_and_functions_are_short(path: Path) -> None:
    source = path.read_text()
    assert len(source.splitlines()) <= 300
    assert long_functions(source, 40) == []


def test_a_long_function_is_found() -> None:
    body = "\n".join(f"    x = {i}" for i in range(40))
    assert long_functions(f"def f():\n{body}\n", 40) == ["f has 41 lines"]
    assert long_functions(f'def f():\n    """One.\n\n    Two."""\n{body}\n', 41) == []


def test_no_notebook_file_is_tracked() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(tracked) > 20
    assert [name for name in tracked if name.endswith(".ipynb")] == []
    assert [
        name for name in tracked if (ROOT / name).is_file() and (ROOT / name).stat().st_size > 2**20
    ] == []
