"""Show a Figure as inline SVG that follows the page's theme and has alt text."""

import hashlib
import html
import io
import itertools
import re
from decimal import Decimal

import matplotlib
from matplotlib.figure import Figure

from coreformulas.plotting.dots import draw_dots
from coreformulas.plotting.style import INK, STYLE

__all__ = ["AccessibleFigure", "show"]

PIXELS_PER_POINT = 96 / 72
# What a page shows of a coordinate; the six decimals of Matplotlib are half of a page's weight.
MARKER_DECIMALS, PATH_DECIMALS = 1, 2
# Closed, and with its first corner said twice.
POLYGON = re.compile(r' d="(?=M (\S+ \S+) )(M[^A-KN-Za-z"]+) L \1(?: z)?"')
DECIMAL = re.compile(r"-?\d+\.\d+")
CROP = {"bbox_inches": "tight", "pad_inches": 0.05}


class AccessibleFigure:
    """What :func:`show` returns: a notebook shows it as HTML, or as PNG where it cannot.

    The HTML is one ``<div class="coreformulas-figure">`` that holds one ``<svg role="img">``.
    """

    def __init__(self, figure: Figure, alt: str):
        """Keep the figure; nothing is drawn before it is shown."""
        self.figure = figure
        self.alt = alt

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        del include, exclude  # the notebook picks from what it gets
        return {"text/html": self.to_html(), "image/png": self.to_png(), "text/plain": self.alt}

    def to_html(self) -> str:
        """The figure as inline SVG, its ink in the color of the text around it."""
        svg = _svg(self.figure)
        prefix = "figure-" + hashlib.sha256((self.alt + svg).encode()).hexdigest()[:8]
        view_box = re.search(r'viewBox="0 0 (\S+) (\S+)"', svg)
        assert view_box, "Matplotlib wrote an SVG without a viewBox"
        width = float(view_box[1]) * PIXELS_PER_POINT
        return (
            f'<div class="coreformulas-figure"><svg role="img" aria-label="{_escape(self.alt)}" '
            f'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'{view_box[0]} style="width: 100%; max-width: {width:.0f}px; height: auto; '
            'fill: currentColor; stroke-linejoin: round; stroke-linecap: butt">'
            f"{_adapt_to_page(svg, prefix)}</svg></div>"
        )

    def to_png(self) -> bytes:
        """The figure on a white ground, for readers that show no HTML."""
        buffer = io.BytesIO()
        with matplotlib.rc_context(STYLE):
            self.figure.savefig(buffer, format="png", dpi=150, facecolor="white", **CROP)
        return buffer.getvalue()


def show(figure: Figure, *, alt: str) -> AccessibleFigure:
    """Make a figure ready to be the last line of a notebook cell.

    Args:
        figure: any Figure; one in the book's style follows the page's theme.
        alt: what the figure shows, in words, for those who do not see it.

    Raises:
        ValueError: if ``alt`` is empty.
    """
    if not alt.strip():
        raise ValueError("alt must say in words what the figure shows, got an empty text")
    return AccessibleFigure(figure, " ".join(alt.split()))


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    # A fixed salt makes equal figures equal text, so that a rebuilt page does not change.
    with matplotlib.rc_context({**STYLE, "svg.fonttype": "none", "svg.hashsalt": "coreformulas"}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None}, **CROP)
    return buffer.getvalue()


def _adapt_to_page(svg: str, prefix: str) -> str:
    """What stands inside Matplotlib's ``<svg>``, fit for a page that holds other figures too."""
    inner = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    inner = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", inner, flags=re.DOTALL)
    # Matplotlib's style element would apply to the whole page; the root carries it instead.
    inner = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", inner, flags=re.DOTALL)
    inner = re.sub(rf"{INK}|#000000", "currentColor", inner, flags=re.IGNORECASE)
    inner = re.sub(r"font-family: [^;\"]*", "font-family: inherit", inner)
    # What a script is to find on its own figure: an id data-track-0 becomes data-track="0".
    inner = re.sub(r'\sid="data-([a-z]+)-(\d+)"', r' data-\1="\2"', inner)
    # Ids are shared by the whole page: keep those that something refers to, and make them unique.
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', inner))
    inner = re.sub(
        r'\s+id="([^"]*)"',
        lambda match: f' id="{prefix}-{match[1]}"' if match[1] in used else "",
        inner,
    )
    inner = re.sub(r'(url\(#|href="#)', rf"\g<1>{prefix}-", inner)
    # A blank line would end the HTML block in Markdown.
    return re.sub(r"\n\s*", "\n", draw_dots(_shorten(inner))).strip()


def _shorten(svg: str) -> str:
    """The same drawing with coordinates to a hundredth of a point, those of markers to a tenth."""
    svg = re.sub(
        r'(<use [^>]*?x=")([^"]+)(" y=")([^"]+)',
        lambda m: m[1] + _rounded(m[2], MARKER_DECIMALS) + m[3] + _rounded(m[4], MARKER_DECIMALS),
        svg,
    )
    svg = re.sub(
        r'( d="|translate\(|rotate\()([^")]+)',
        lambda m: m[1] + re.sub(r"\s+", " ", _rounded(m[2], PATH_DECIMALS)).strip(),
        svg,
    )
    return POLYGON.sub(_from_corner_to_corner, svg)


def _from_corner_to_corner(polygon: re.Match[str]) -> str:
    """A polygon by its sides, whose numbers are shorter than those of its corners, and exact."""
    corners = [
        (Decimal(x), Decimal(y))
        for x, y in re.findall(r"(\S+) (\S+)", re.sub("[ML] ", "", polygon[2]))
    ]
    sides = [
        re.sub(r"^(-?)0(?=\.)|\.?0*$", r"\1", f"{b - a + 0:.{PATH_DECIMALS}f}") or "0"
        for first, second in itertools.pairwise(corners)
        for a, b in zip(first, second, strict=True)
    ]
    drawn = f"l {' '.join(sides)} " if sides else ""
    return f' d="M {polygon[1]} {drawn}z"'


def _rounded(numbers: str, decimals: int) -> str:
    return DECIMAL.sub(lambda m: f"{float(m[0]):.{decimals}f}".rstrip("0").rstrip("."), numbers)


def _escape(text: str) -> str:
    return html.escape(text, quote=True)
