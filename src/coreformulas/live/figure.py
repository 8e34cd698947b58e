"""A figure whose script and data travel inside the output of its cell."""

import hashlib
import html
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from matplotlib.figure import Figure

from coreformulas.plotting import AccessibleFigure

__all__ = ["LiveFigure", "live_scripts"]

MOST_BYTES = 150_000
SCRIPTS = files("coreformulas.live") / "scripts"
IMPORT = re.compile(r'^(?:im|ex)port \{ ([\w, ]+) \} from "\./([\w-]+)\.mjs";$', re.M)
RENDERS = "export function render("


class LiveFigure:
    """A figure that follows sliders, pointer and keyboard; a PNG where no script runs.

    Args:
        script: name of a file in ``coreformulas/live/scripts`` that renders a figure, without
            ``.mjs``.
        data: what the script draws; anything that JSON can hold, numbers finite.
        alt: what the figure shows, in words.
        fallback: the figure for places that run no scripts, such as print.

    Raises:
        ValueError: if the script is unknown, ``alt`` is empty, ``data`` holds what JSON cannot,
            or the HTML is 150 KB or more.
    """

    def __init__(self, script: str, data: Mapping[str, Any], *, alt: str, fallback: Figure):
        """Check everything, so that nothing fails when the figure is shown."""
        if script not in live_scripts():
            raise ValueError(f"script must be one of {', '.join(live_scripts())}, got {script!r}")
        if not alt.strip():
            raise ValueError("alt must say in words what the figure shows, got an empty text")
        try:
            text = json.dumps(data, allow_nan=False, separators=(",", ":"))
        except (TypeError, ValueError) as error:
            raise ValueError(f"data must be finite and fit JSON: {error}") from error
        self.script = script
        self.alt = " ".join(alt.split())
        self.fallback = fallback
        self._html = _page_part(script, text, self.alt)
        size = len(self._html.encode())
        if size >= MOST_BYTES:
            raise ValueError(f"data must leave the HTML under {MOST_BYTES} bytes, got {size}")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        del include, exclude  # the notebook picks from what it gets
        png = AccessibleFigure(self.fallback, self.alt).to_png()
        return {"text/html": self.to_html(), "image/png": png, "text/plain": self.alt}

    def to_html(self) -> str:
        """The ``div`` and its module script; nothing in it asks the network."""
        return self._html


def live_scripts() -> list[str]:
    """The names of all scripts that render a figure."""
    modules = sorted(p.name[:-4] for p in SCRIPTS.iterdir() if p.name.endswith(".mjs"))
    return [name for name in modules if RENDERS in _source(name)]


def _page_part(script: str, data: str, alt: str) -> str:
    code = _bundle(script)
    # A "<" could end the script element; in JSON it only stands inside strings.
    safe = data.replace("<", "\\u003c")
    name = f"{script}-" + hashlib.sha256((alt + code + safe).encode()).hexdigest()[:10]
    return (
        f'<div class="coreformulas-live" role="group" aria-label="{html.escape(alt)}" '
        f'data-live="{name}"></div><script type="module">\n{code}\n'
        f"for (const element of document.querySelectorAll('[data-live={name}]:not([data-ready])'))"
        f" modules.{script}.render(element, {safe});\n</script>"
    )


def _bundle(script: str) -> str:
    """A script and all that it imports, each a function of its own, so that no names meet."""
    needed = _needed(script)
    wanted = {name: {"render"} if name == script else set() for name in needed}
    for name in needed:
        for names, module in IMPORT.findall(_source(name)):
            wanted[module] |= set(names.split(", "))
    parts = ["const modules = {};"]
    for name in needed:
        code = IMPORT.sub(r"const { \1 } = modules.\2;", _source(name)).strip()
        code = re.sub(r"^export (?=const|function|async|class)", "", code, flags=re.M)
        names = ", ".join(sorted(wanted[name]))
        parts.append(f"modules.{name} = (() => {{\n{code}\nreturn {{ {names} }};\n}})();")
    return "\n".join(parts)


def _needed(script: str) -> list[str]:
    """The modules that a script imports, directly or through others, and itself last."""
    found: list[str] = []
    for _, name in IMPORT.findall(_source(script)):
        found += [module for module in _needed(name) if module not in found]
    return [*found, script]


def _source(name: str) -> str:
    return (SCRIPTS / f"{name}.mjs").read_text(encoding="utf-8")
