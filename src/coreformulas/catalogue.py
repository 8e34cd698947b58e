"""Where the derivations of the package are: every ``derivation*.py`` of every part."""

from __future__ import annotations

import importlib
import pkgutil

import coreformulas
from coreformulas.symbolic import registry


def load_all() -> list[str]:
    """Import every module named ``derivation*`` of every part and return all labels."""
    for part in pkgutil.iter_modules(coreformulas.__path__, "coreformulas."):
        if not part.ispkg or part.name == "coreformulas.symbolic":
            continue
        package = importlib.import_module(part.name)
        names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
        for name in names:
            if name.startswith("derivation"):
                importlib.import_module(f"{part.name}.{name}")
    return registry.labels()
