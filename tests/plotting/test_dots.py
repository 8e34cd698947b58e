"""Dots without a coordinate system each: same places, sizes, colors, and the same picture."""

import re
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image, ImageChops

from coreformulas.plotting import COLORS, new_figure
from coreformulas.plotting import show as show_figure
from coreformulas.plotting.dots import MANY, draw_dots

SVG = "{http://www.w3.org/2000/svg}"
RANDOM = np.random.default_rng(0)
POINTS = RANDOM.uniform(size=(60, 2))
BLUE = COLORS[0]


def drawn(**options):
    figure, axes = new_figure()
    axes[0, 0].scatter(*POINTS.T, **{"s": 9, "color": BLUE, "linewidths": 0} | options)
    axes[0, 0].set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[])
    return show_figure(figure, alt="sixty points").to_html()


def dots(html):
    """The groups of lines without length, each with all places in it."""
    groups = [
        g for g in ElementTree.fromstring(html).iter(f"{SVG}g") if "round" in g.get("style", "")
    ]
    return [(g.get("style", ""), [path.get("d", "") for path in g]) for g in groups]


def test_points_that_hide_each_other_are_one_path():
    ((style, paths),) = dots(drawn())
    assert "<use" not in drawn()
    assert len(paths) == 1
    places = places_of(paths[0])
    assert places.shape == (60, 2)
    # To a tenth of a point, on the axes: x to the right, y up.
    along = np.corrcoef(places.T[0], POINTS.T[0])[0, 1], np.corrcoef(places.T[1], POINTS.T[1])[0, 1]
    np.testing.assert_allclose(along, [1, -1], atol=1e-5)
    assert style == f"fill: none; stroke: {BLUE}; stroke-width: 3.00; stroke-linecap: round"


def places_of(path):
    return np.array(re.findall(r"M (\S+) (\S+) h 0", path), dtype=float)


@pytest.mark.parametrize("size", [60, 400])
def test_points_that_touch_and_add_up_stay_apart(size):
    ((style, paths),) = dots(drawn(alpha=0.3, s=size))
    assert style.endswith("stroke-opacity: 0.3")
    assert 1 < len(paths) < 16
    assert sum(len(places_of(path)) for path in paths) == 60
    for path in paths:
        far = np.hypot(*(places_of(path)[:, None] - places_of(path)).T)
        assert far[~np.eye(len(far), dtype=bool)].min(initial=np.inf) >= np.sqrt(size)


@pytest.mark.parametrize("alpha", [0, 0.004, 1])
def test_points_of_any_strength_are_drawn(alpha):
    ((_, paths),) = dots(drawn(alpha=alpha))
    assert sum(len(places_of(path)) for path in paths) == 60


def test_a_heap_is_as_many_paths_as_fill_the_color():
    ((_, paths),) = dots(drawn(alpha=0.3, s=20000))
    assert 0.7 ** len(paths) < 1 / 256 < 0.7 ** (len(paths) - 1)
    assert sum(len(places_of(path)) for path in paths) == 60


def test_an_edge_of_the_same_color_makes_the_dot_wider():
    ((style, _),) = dots(drawn(linewidths=1.5))
    assert "stroke-width: 4.50" in style


def test_ink_follows_the_page():
    ((style, _),) = dots(drawn(color="black"))
    assert "stroke: currentColor" in style


@pytest.mark.parametrize(
    "options",
    [
        {"marker": "s"},
        {"marker": "x", "linewidths": 1},
        {"facecolors": "none", "edgecolors": BLUE, "color": None, "linewidths": 1},
        {"edgecolors": "white", "color": None, "facecolors": BLUE, "linewidths": 1},
    ],
    ids=["square", "cross", "ring", "white edge"],
)
def test_what_is_no_disk_of_one_color_stays(options):
    html = drawn(**options)
    assert not dots(html)
    assert html.count("<use") == 60


def test_points_of_two_colors_stay_in_their_order():
    styles = [style for style, _ in dots(drawn(color=[BLUE] * 30 + [COLORS[1]] * 30))]
    assert re.findall("stroke: (#......)", " ".join(styles)) == [BLUE, COLORS[1]]


def test_borders_of_different_panels_stay_apart():
    figure, axes = new_figure(1, 2)
    for panel, color in zip(axes.flat, COLORS, strict=False):
        panel.scatter(*POINTS.T, s=9, color=[color] * 30 + [COLORS[2]] * 30, linewidths=0)
    html = show_figure(figure, alt="two panels").to_html()
    assert len(dots(html)) == 4
    assert len(set(re.findall(r'<g clip-path="([^"]+)"', html))) == 2
    assert html.count("<g clip-path=") == 2


def test_a_few_points_stay():
    few = re.sub(
        r"(<use [^>]*>\s*)+",
        lambda m: "".join(re.findall(r"<use [^>]*>\n", m[0])[: MANY - 1]),
        UNDRAWN,
    )
    assert few.count("<use") == MANY - 1
    assert draw_dots(few) == few
    assert "<use" not in draw_dots(UNDRAWN)
    assert "<defs" not in draw_dots(UNDRAWN)


CIRCLE = "M 0 2 " + "C 1 2 2 1 2 0 " * 8 + "z"
UNDRAWN = (
    f'<g><defs>\n<path id="m" d="{CIRCLE}" style="stroke: {BLUE}"/>\n</defs>\n<g>\n'
    + f'<use xlink:href="#m" x="1.5" y="2.5" style="fill: {BLUE}; stroke: {BLUE}"/>\n' * (MANY + 1)
    + "</g>\n</g>"
)


@pytest.mark.parametrize("size", [60, 2000])
def test_a_browser_draws_the_same_picture(browser, tmp_path, monkeypatch, size):
    pictures = []
    for kept in (False, True):
        if kept:
            # The module has the name of its function, which is what the package shows.
            module = sys.modules[show_figure.__module__]
            monkeypatch.setattr(module, "draw_dots", lambda svg: svg)
        page = browser.new_page(viewport={"width": 600, "height": 500})
        page.set_content(drawn(s=size, alpha=0.4))
        path = tmp_path / f"{kept}.png"
        page.locator("svg").screenshot(path=path)
        page.close()
        pictures.append(Image.open(path).convert("RGB"))
    far = np.asarray(ImageChops.difference(*pictures), dtype=float)
    assert np.asarray(pictures[0], dtype=float).std() > 10  # something is drawn
    assert np.mean(far > 40) < 1e-3
