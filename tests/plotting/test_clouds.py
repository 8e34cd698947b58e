"""Panels of points hold the points that they were given."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from coreformulas.plotting import COLORS, INK, point_clouds

POINTS = np.array([[0.0, 1.0], [-2.0, 0.5]])


def test_each_set_has_its_panel_and_its_color():
    figure = point_clouds({"data": POINTS, "model": POINTS + 1}, limit=4, columns=2)
    first, second = figure.axes
    assert [first.get_title(), second.get_title()] == ["data", "model"]
    np.testing.assert_array_equal(first.collections[0].get_offsets(), POINTS)
    np.testing.assert_array_equal(second.collections[0].get_offsets(), POINTS + 1)
    assert second.get_xlim() == second.get_ylim() == (-4, 4)
    faces = (np.asarray(panel.collections[0].get_facecolor()) for panel in (first, second))
    colors = [to_hex(face[0]) for face in faces]
    assert colors == [INK, COLORS[0]]


def test_rows_are_filled_and_the_rest_is_hidden():
    clouds = dict.fromkeys("abc", POINTS)
    figure = point_clouds(clouds, limit=4, columns=2, ticks=False)
    assert [panel.get_visible() for panel in figure.axes] == [True, True, True, False]
    assert len(figure.axes[0].get_xticks()) == 0


@pytest.mark.parametrize(
    ("clouds", "message"),
    [
        ({"data": np.zeros((3, 1))}, r"points must have shape \(count, 2\), got \(3, 1\) for data"),
        ({}, "clouds and columns must be at least one, got 0, 2"),
    ],
)
def test_bad_points_are_named(clouds, message):
    with pytest.raises(ValueError, match=message):
        point_clouds(clouds, limit=4, columns=2)
