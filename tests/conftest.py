"""Settings of every test: shapes are enforced, silent broadcasting is an error."""

import inspect
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

# Before anything imports pyplot or JAX.
os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import hypothesis
import jax
import pytest
from jaxtyping import install_import_hook

# From here on every function on arrays checks its annotated types and shapes. Readers do without:
# the checks cost time and make tracebacks longer. The derivations hold no arrays, and SymPy's
# classes are no annotations that beartype accepts.
WITH_ARRAYS = ("datasets", "evaluation", "gan", "plotting", "training", "transformer", "vae")
install_import_hook([f"coreformulas.{part}" for part in WITH_ARRAYS], "beartype.beartype")

# (784,) + (128, 784) is more often a forgotten axis than a wish.
jax.config.update("jax_numpy_rank_promotion", "raise")

# The first example compiles, so a deadline would measure XLA. Derandomized, a failure comes back.
hypothesis.settings.register_profile("coreformulas", deadline=None, derandomize=True)
hypothesis.settings.load_profile("coreformulas")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run what starts browsers itself in a thread of its own: in this one another may be open."""
    if pyfuncitem.get_closest_marker("own_thread") is None:
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    with ThreadPoolExecutor(1) as thread:
        thread.submit(pyfuncitem.obj, **arguments).result()
    return True


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Chromium; missing, it fails the tests unless COREFORMULAS_NO_BROWSER=1 says to skip."""
    from browser import NoBrowser, chromium

    if os.environ.get("COREFORMULAS_NO_BROWSER") == "1":
        pytest.skip("COREFORMULAS_NO_BROWSER=1: nothing was looked at in a browser")
    try:
        with chromium() as running:
            yield running
    except NoBrowser as error:
        pytest.fail(f"{error}, or set COREFORMULAS_NO_BROWSER=1 to skip these tests")
