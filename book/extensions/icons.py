"""Sphinx extension: icon fonts with the icons of the book alone.

The theme loads a script of 1.5 MB and three fonts of 300 KB with thousands of icons, on every page.
The fonts draw the same icons as the script, and the pages use a dozen.
"""

import re
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font
from sphinx.application import Sphinx
from sphinx.util import logging

CLASS = re.compile(r"\bfa-([a-z0-9-]+)")
RULE = re.compile(r"((?:\.fa-[a-z0-9-]+(?::{1,2}before)?,?)+)\{(?:--fa:|content:)\"\\([0-9a-f]+)\"")
# By its number or as it is, in the part of Unicode that is left to fonts.
CHARACTER = re.compile(r"[\"'](?:\\([0-9a-f]{4})|([\ue000-\uf8ff]))[\"']")
logger = logging.getLogger(__name__)


def names_in(texts: list[str]) -> set[str]:
    """The names of icons that pages and scripts mention."""
    return {name for text in texts for name in CLASS.findall(text)}


def characters_of(style: str) -> dict[str, int]:
    """Which character draws which icon, by the theme's style sheet."""
    return {
        name: int(code, 16)
        for selectors, code in RULE.findall(style)
        for name in CLASS.findall(selectors)
    }


def bare_characters(style: str) -> set[int]:
    """Characters that a style sheet draws by itself, in boxes and buttons."""
    found = CHARACTER.findall(RULE.sub("", style))
    return {int(code, 16) if code else ord(itself) for code, itself in found}


def subset(font: bytes, characters: set[int]) -> bytes:
    """The font with these characters alone, as WOFF2."""
    options = Options(flavor="woff2", notdef_outline=True)
    loaded = load_font(BytesIO(font), options)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(loaded)
    written = BytesIO()
    save_font(loaded, written, options)
    return written.getvalue()


def lighten(app: Sphinx, error: Exception | None) -> None:
    """Empty the script, and write the fonts with the icons that any page uses."""
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    for script in static.glob("scripts/fontawesome.js*"):
        script.write_text("", encoding="utf-8")
    style = "".join(sheet.read_text("utf-8") for sheet in static.rglob("*.css"))
    known = characters_of(style)
    pages = [*Path(app.outdir).rglob("*.html"), *static.rglob("*.js")]
    used = names_in([page.read_text("utf-8") for page in pages])
    characters = {known[name] for name in used if name in known} | bare_characters(style)
    if not known:
        logger.warning("[icons] no icon of the theme was found: its fonts stay as they are")
        return
    for font in static.glob("vendor/fontawesome/webfonts/*.ttf"):
        # From the file for old browsers, which stays whole, so that a later build can do it again.
        font.with_suffix(".woff2").write_bytes(subset(font.read_bytes(), characters))


def setup(app: Sphinx) -> dict[str, bool | str]:
    """Register the extension."""
    app.connect("build-finished", lighten)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
