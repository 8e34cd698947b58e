"""Where the derivations of the package are: every ``derivation.py`` of every part."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil

import coreformulas
from coreformulas.symbolic import registry


def load_all() -> list[str]:
    """Import every ``derivation`` module of the package and return all labels."""
    for part in pkgutil.iter_modules(coreformulas.__path__):
        name = f"coreformulas.{part.name}.derivation"
        if part.ispkg and part.name != "symbolic" and importlib.util.find_spec(name):
            importlib.import_module(name)
    return registry.labels()
