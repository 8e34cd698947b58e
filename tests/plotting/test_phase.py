"""Phase portraits and scrubbed paths show the numbers that they were given."""

import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from coreformulas.plotting import Portrait, phase_grid, phase_portraits, scrubbed_paths

GRID = phase_grid(2.0, 5)
TURNING = np.stack([GRID[:, 1], -GRID[:, 0]], axis=1)
CIRCLE = np.stack([np.cos(np.linspace(0, 6, 40)), np.sin(np.linspace(0, 6, 40))], axis=1)


def test_arrows_stand_on_the_grid_and_point_along_the_field():
    figure = phase_portraits({"turn": Portrait(TURNING, [])}, extent=2.0)
    (quiver,) = figure.axes[0].collections
    np.testing.assert_allclose(np.asarray(quiver.get_offsets()), GRID)
    drawn = np.stack([quiver.U, quiver.V], axis=1)  # type: ignore[attr-defined]
    lengths = np.linalg.norm(TURNING, axis=1)
    np.testing.assert_allclose(drawn * lengths[:, None], TURNING, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(drawn[lengths > 0], axis=1), 1)


def test_each_panel_has_its_title_paths_and_starts():
    panels = {f"panel {n}": Portrait(TURNING, [CIRCLE * n, CIRCLE / 2]) for n in (1, 2, 3)}
    figure = phase_portraits(panels, extent=2.5)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title() for axes in shown] == list(panels)
    for n, axes in enumerate(shown, start=1):
        first, start, second, _, equilibrium = axes.lines
        np.testing.assert_allclose(np.asarray(first.get_xydata()), CIRCLE * n)
        np.testing.assert_allclose(np.asarray(start.get_xydata()), [CIRCLE[0] * n])
        assert first.get_color() != second.get_color()
        assert first.get_linestyle() != second.get_linestyle()
        np.testing.assert_allclose(np.asarray(equilibrium.get_xydata()), [[0, 0]])
        assert axes.get_xlim() == axes.get_ylim() == (-2.5, 2.5)
    assert [bool(axes.get_xlabel()) for axes in shown] == [False, True, True]
    assert [bool(axes.get_ylabel()) for axes in shown] == [True, False, True]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: phase_portraits({}, extent=1.0), "panels must hold at least one panel"),
        (
            lambda: phase_portraits({"a": Portrait(TURNING[:7], [])}, extent=1.0),
            r"velocities of 'a' must have shape .* got \(7, 2\)",
        ),
        (
            lambda: phase_portraits({"a": Portrait(TURNING, [np.ones(3)])}, extent=1.0),
            r"paths of 'a' must have shape \(times, 2\), got \(3,\)",
        ),
        (lambda: phase_grid(0.0), r"extent must be positive, got 0\.0"),
        (lambda: phase_grid(1.0, 1), "side must be at least 2, got 1"),
        (lambda: scrubbed_paths({}, [], extent=1.0, alt="x"), "1 to 4 paths, got 0"),
        (
            lambda: scrubbed_paths({"a": CIRCLE}, ["one"], extent=2.0, alt="x"),
            r"path 'a' must have shape \(1, 2\), got \(40, 2\)",
        ),
        (
            lambda: scrubbed_paths({"a": CIRCLE}, ["x"] * 40, extent=0.5, alt="x"),
            r"path 'a' must stay within 0\.5",
        ),
        (lambda: scrubbed_paths({"a": CIRCLE}, ["x"] * 40, extent=2.0, alt=" "), "alt must say"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def scrubbed(paths=None):
    captions = [f"step {k} </script> & more" for k in range(40)]
    return scrubbed_paths(
        paths or {"out": CIRCLE, "in": CIRCLE / 2}, captions, extent=2.0, alt="Two circles."
    )


def test_every_frame_has_its_point_in_the_drawing():
    html = scrubbed().to_html()
    drawing = ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])
    for number, scale in enumerate((1.0, 0.5)):
        (group,) = drawing.iterfind(f".//*[@data-track='{number}']")
        (path,) = group.iterfind("{*}path")
        steps = re.findall(r"[ML] (\S+) (\S+)", path.get("d", ""))
        points = np.array(steps, dtype=float)
        assert points.shape == (40, 2)
        # From data to the page it is one scale and a shift, with the vertical axis upside down.
        middle = points - points.mean(axis=0)
        wanted = (CIRCLE - CIRCLE.mean(axis=0)) * [1, -1] * scale
        factor = np.linalg.norm(middle) / np.linalg.norm(wanted)
        np.testing.assert_allclose(middle, factor * wanted, atol=1e-2)  # of a point on the page
        (head,) = drawing.iterfind(f".//*[@data-head='{number}']//{{*}}use")
        np.testing.assert_allclose(
            [float(head.get("x", "nan")), float(head.get("y", "nan"))], points[-1], atol=0.06
        )


def test_the_slider_has_a_label_and_a_caption_for_each_frame():
    html = scrubbed().to_html()
    assert '<input type="range" min="0" max="39" step="1" value="39"' in html
    assert re.search(r"<label[^>]*>step<input", html)
    assert "aria-valuetext" in html
    assert '<button type="button"' in html
    captions = re.search(r"const captions = (\[.*\]);", html)
    assert captions
    assert json.loads(captions[1])[7] == "step 7 </script> & more"
    assert html.count("</script>") == 1  # a caption cannot end the script
    assert "\n\n" not in html
    assert len(html) < 150_000


def test_nothing_is_loaded_and_two_of_them_do_not_meet():
    first, second = scrubbed().to_html(), scrubbed({"out": CIRCLE * 1.5}).to_html()
    names = [re.search(r'id="(scrub-\w+)"', html) for html in (first, second)]
    assert names[0]
    assert names[1]
    assert names[0][1] != names[1][1]
    for html, name in zip((first, second), names, strict=True):
        assert name
        assert f'getElementById("{name[1]}")' in html
        assert not re.search(r'(?:src|href)="(?!#)', html)


def test_a_notebook_gets_html_a_png_and_text():
    bundle = scrubbed()._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle["text/plain"] == "Two circles."
