"""All derivations of the package by label, built when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import cache

from coreformulas.symbolic.derivation import Derivation

_BUILDERS: dict[str, Callable[[], Derivation]] = {}


def register(build: Callable[[], Derivation]) -> Callable[[], Derivation]:
    """Register a function that builds one derivation; its label is the function's name.

    Underscores become hyphens: ``elbo_by_jensen`` is cited as ``elbo-by-jensen``. Raises
    ``ValueError`` where the label is taken, or differs from that of what is built.
    """
    label = build.__name__.replace("_", "-")
    if label in _BUILDERS:
        raise ValueError(f"label: '{label}' is registered already")

    @cache
    def once() -> Derivation:
        built = build()
        if built.label != label:
            raise ValueError(f"label: '{built.label}' was built by {build.__name__}")
        return built

    _BUILDERS[label] = once
    once.__doc__, once.__name__ = build.__doc__, build.__name__
    return once


def labels() -> list[str]:
    """The labels of all registered derivations, in the order of registration."""
    return list(_BUILDERS)


def get(label: str) -> Derivation:
    """The derivation with this label; raises ``KeyError`` that lists the known ones."""
    if label not in _BUILDERS:
        close = get_close_matches(label, _BUILDERS, n=1)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        raise KeyError(f"no derivation '{label}'.{hint} Known: {', '.join(_BUILDERS)}")
    return _BUILDERS[label]()
