"""Each figure shows the numbers that it was given, where they belong."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from coreformulas.plotting import COLORS, image_grid, latent_scatter, learning_curves

# --- learning curves


def test_each_curve_is_the_means_of_its_blocks():
    values = np.arange(25.0) ** 2
    figure = learning_curves({"loss (nats)": {"train": values}}, block=10)
    (line,) = figure.axes[0].lines
    # Steps 1 to 10 and 11 to 20; the last five fill no block.
    np.testing.assert_allclose(np.asarray(line.get_xdata()), [5.5, 15.5])
    means = [values[:10].mean(), values[10:20].mean()]
    np.testing.assert_allclose(np.asarray(line.get_ydata()), means)
    assert figure.axes[0].get_xlabel() == "step (means over 10)"


def test_each_panel_has_its_label_and_its_curves():
    figure = learning_curves(
        {
            "log-likelihood (nats)": {"up": np.arange(4.0), "down": -np.arange(4.0)},
            "KL divergence (nats)": {"up": np.ones(4)},
        }
    )
    top, bottom = figure.axes
    assert [top.get_ylabel(), bottom.get_ylabel()] == [
        "log-likelihood (nats)",
        "KL divergence (nats)",
    ]
    legend = top.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["up", "down"]
    assert bottom.get_legend() is None
    np.testing.assert_array_equal(np.asarray(top.lines[1].get_ydata()), -np.arange(4.0))
    np.testing.assert_array_equal(np.asarray(top.lines[1].get_xdata()), [1, 2, 3, 4])
    assert bottom.get_xscale() == "log"
    assert bottom.get_xlabel() == "step"


def test_a_logarithmic_axis_holds_many_powers_of_ten():
    values = 10.0 ** np.arange(16)
    figure = learning_curves({"minus the bound (nats)": {"down": values}}, y_scale="log")
    heights = figure.axes[0].transData.transform(np.column_stack([np.ones(16), values]))[:, 1]
    np.testing.assert_allclose(np.diff(heights), heights[1] - heights[0], rtol=1e-6)


@pytest.mark.parametrize(
    ("panels", "block", "message"),
    [
        ({}, 1, "panels must hold at least one panel"),
        ({"loss": {"train": np.ones(5)}}, 6, r"'train' must be one row of at least 6 .* \(5,\)"),
        ({"loss": {"train": np.ones((5, 2))}}, 1, r"'train' must be one row .* \(5, 2\)"),
        ({"loss": {"train": np.ones(5)}}, 0, "block must be at least 1, got 0"),
    ],
)
def test_bad_curves_are_named(panels, block, message):
    with pytest.raises(ValueError, match=message):
        learning_curves(panels, block=block)


# --- images


@pytest.mark.parametrize("gap", [0.0, 0.25])
def test_images_stand_in_their_row_and_column(gap):
    images = np.random.default_rng(0).integers(0, 17, (2, 3, 4, 8))
    figure = image_grid(images, maximum=16, scale_label="counts", gap=gap)
    drawn = figure.axes[0].images[0].get_array()
    assert drawn is not None
    sheet = np.ma.filled(drawn, np.nan)
    space = round(gap * 8)
    assert sheet.shape == (2 * 4 + space, 3 * 8 + 2 * space)
    for row in range(2):
        for column in range(3):
            top, left = row * (4 + space), column * (8 + space)
            np.testing.assert_array_equal(
                sheet[top : top + 4, left : left + 8], images[row, column]
            )
    assert np.isnan(sheet).sum() == sheet.size - images.size


def test_labels_stand_at_the_middle_of_their_images():
    figure = image_grid(
        np.zeros((2, 3, 8, 8)),
        maximum=16,
        scale_label="counts",
        row_labels=["data", "drawn"],
        column_labels=["a", "b", "c"],
        row_axis="z₂",
        column_axis="z₁",
    )
    grid, scale = figure.axes
    np.testing.assert_allclose(grid.get_yticks(), [3.5, 12.5])
    np.testing.assert_allclose(grid.get_xticks(), [3.5, 12.5, 21.5])
    assert [label.get_text() for label in grid.get_yticklabels()] == ["data", "drawn"]
    assert [label.get_text() for label in grid.get_xticklabels()] == ["a", "b", "c"]
    assert (grid.get_xlabel(), grid.get_ylabel()) == ("z₁", "z₂")
    assert scale.get_xlabel() == "counts"


def test_images_and_scale_share_one_range_from_light_to_dark():
    figure = image_grid(np.zeros((1, 1, 8, 8)), maximum=16, scale_label="counts")
    images, scale = (axes.images[0] for axes in figure.axes)
    assert images.get_clim() == scale.get_clim() == (0, 16)
    light, dark = (sum(images.to_rgba(np.array(value))[:3]) for value in (0, 16))
    assert light > 2.7
    assert dark < 0.3
    assert tuple(scale.get_extent()[:2]) == (0, 16)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": np.zeros((2, 8, 8))}, r"images must have shape .* got \(2, 8, 8\)"),
        ({"row_labels": ["a"]}, "row_labels must hold 2 labels or none, got 1"),
        ({"column_labels": ["a"] * 4}, "column_labels must hold 3 labels or none, got 4"),
    ],
)
def test_bad_grids_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        image_grid(
            **{"images": np.zeros((2, 3, 8, 8)), **arguments}, maximum=16, scale_label="counts"
        )


# --- latent space


def test_each_class_is_drawn_at_its_points_with_a_sign_of_its_own():
    points = np.random.default_rng(0).normal(size=(20, 2))
    labels = np.repeat([0, 3, 4, 9], 5)
    axes = latent_scatter(points, labels).axes[0]
    assert len(axes.collections) == 4
    shapes = set()
    for collection, digit in zip(axes.collections, (0, 3, 4, 9), strict=True):
        np.testing.assert_allclose(np.asarray(collection.get_offsets()), points[labels == digit])
        (color,) = np.asarray(collection.get_facecolor())
        assert to_hex(tuple(color)) == COLORS[digit % 4]
        shapes.add(np.asarray(collection.get_paths()[0].vertices).tobytes())
    assert len(shapes) == 4
    assert axes.get_xlabel()
    assert axes.get_ylabel()


@pytest.mark.parametrize(
    ("points", "labels", "message"),
    [
        (np.zeros((3, 3)), np.zeros(3), r"got \(3, 3\) and \(3,\)"),
        (np.zeros((3, 2)), np.zeros(4), r"got \(3, 2\) and \(4,\)"),
        (np.zeros((2, 2)), np.array([1, 12]), r"digits from 0 to 9, got \[1, 12\]"),
    ],
)
def test_bad_points_are_named(points, labels, message):
    with pytest.raises(ValueError, match=message):
        latent_scatter(points, labels)
