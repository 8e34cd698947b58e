"""Round markers in an SVG, each drawn where it lies.

Matplotlib writes a marker as ``<use>`` of a shape that is moved to its place. A browser keeps a
coordinate system for each of them and looks at all whenever anything on the page changes; thousands
of points make a page stutter. A dot is also the round cap of a line without length, ``M x y h 0``,
which needs none, and takes a third of the text.

Dots of one path hide each other, those of different paths add up. So opaque dots share one path,
and transparent ones as few as keep apart what touches.
"""

import itertools
import math
import re
from collections.abc import Iterable

import numpy as np

CLIPPED = re.compile(r'<g clip-path="([^"]+)">\s*((?:<(?:use|path) [^>]*/>\s*)+)</g>\s*')
USE = re.compile(r'<use xlink:href="#([^"]+)" x="([^"]+)" y="([^"]+)"(?: style="([^"]*)")?/>\s*')
SHAPE = re.compile(r'<path id="([^"]+)" d="([^"]+)"(?: style="([^"]*)")?/>')
CIRCLE = re.compile(r"M 0 ([\d.]+)\s+C [^M]*z\s*")
KNOWN = {"fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width"}
UNSEEN = "none"
MANY = 20
"""Fewer stay as they are; an animation moves some of them."""
SHADES = 256
"""What a screen shows of a color; as many layers as leave less than one of them open are full."""


def draw_dots(svg: str) -> str:
    """The same drawing, with a line of no length for each filled round marker of one color.

    What has no color is drawn in ``currentColor``, the ink of :func:`coreformulas.plotting.show`.
    """
    svg = _clip_once(svg)
    shapes = {name: (path, style) for name, path, style in SHAPE.findall(svg)}
    parts, end = [], 0
    for same, run in itertools.groupby(USE.finditer(svg), lambda use: (use[1], use[4])):
        pen = _pen(*shapes.get(same[0], ("", "")), same[1] or "")
        if pen is None:
            continue
        for uses in _unbroken(run):
            if len(uses) < MANY:
                continue
            parts += [svg[end : uses[0].start()], _drawn(uses, *pen)]
            end = uses[-1].end()
    changed = "".join([*parts, svg[end:]])
    used = set(re.findall(r'href="#([^"]+)"', changed))
    kept = SHAPE.sub(lambda shape: shape[0] if shape[1] in used else "", changed)
    return re.sub(r"<defs>\s*</defs>\s*", "", kept)


def _clip_once(svg: str) -> str:
    """Groups that follow one another and end at the same border become one."""
    parts, end = [], 0
    for border, run in itertools.groupby(CLIPPED.finditer(svg), lambda group: group[1]):
        for groups in _unbroken(run):
            inside = "".join(group[2] for group in groups)
            parts += [svg[end : groups[0].start()], f'<g clip-path="{border}">\n{inside}</g>\n']
            end = groups[-1].end()
    return "".join([*parts, svg[end:]])


def _unbroken(matches: Iterable[re.Match[str]]) -> list[list[re.Match[str]]]:
    """Those that follow one another with nothing between them."""
    found: list[list[re.Match[str]]] = []
    for match in matches:
        if found and match.start() == found[-1][-1].end():
            found[-1].append(match)
        else:
            found.append([match])
    return found


def _pen(path: str, shape_style: str, style: str) -> tuple[str, float, float] | None:
    """The style of a line that makes the dot, its width and how much it hides of what is under it.

    None where the marker is no circle, or more than a disk of one color.
    """
    circle = CIRCLE.fullmatch(path)
    has = dict(re.findall(r"([\w-]+): ([^;]+)", f"{shape_style}; {style}"))
    if circle is None or path.count("C") != 8 or not set(has) <= KNOWN:
        return None
    fill, stroke = has.get("fill", "currentColor"), has.get("stroke", UNSEEN)
    strength, edge = has.get("fill-opacity", "1"), has.get("stroke-opacity", "1")
    if fill == UNSEEN or (stroke != UNSEEN and (stroke != fill or strength != edge)):
        return None
    width = 2 * float(circle[1])
    if stroke != UNSEEN:
        width += float(has.get("stroke-width", "1"))
    pen = f"fill: none; stroke: {fill}; stroke-width: {width:.2f}; stroke-linecap: round"
    pen += "" if strength == "1" else f"; stroke-opacity: {strength}"
    return pen, width, float(strength)


def _drawn(uses: list[re.Match[str]], pen: str, width: float, strength: float) -> str:
    paths: dict[int, list[str]] = {}
    for use, layer in zip(uses, _layers(uses, width, strength), strict=True):
        paths.setdefault(layer, []).append(f"M {use[2]} {use[3]} h 0")
    lines = "".join(f'<path d="{" ".join(dots)}"/>\n' for dots in paths.values())
    return f'<g style="{pen}">\n{lines}</g>\n'


def _layers(uses: list[re.Match[str]], width: float, strength: float) -> list[int]:
    """For each dot the first layer where it touches none, or else the one where it is most alone.

    There are as many layers as add up to the full color, so what the latter lose is hardly seen.
    """
    seen = 0 < strength < 1
    most = math.ceil(math.log(SHADES) / -math.log1p(-strength)) if seen else 1
    places = np.array([[float(use[2]), float(use[3])] for use in uses])
    layers = np.zeros(len(places), dtype=int)
    for i in range(1, len(places)):
        room = np.full(most, np.inf)
        np.minimum.at(room, layers[:i], np.hypot(*(places[:i] - places[i]).T))
        apart = np.flatnonzero(room >= width)
        layers[i] = apart[0] if len(apart) else room.argmax()
    return layers.tolist()
