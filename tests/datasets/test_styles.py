"""Two styles: the map is what its description says, and no training image has its partner."""

import inspect

import numpy as np
import pytest

from coreformulas.datasets import load, restyle, two_styles


def test_without_a_slant_each_pixel_is_joined_by_its_left_neighbor_and_inverted() -> None:
    image = np.array([[[0, 5, 1, 0], [9, 0, 0, 3]]], np.uint8)
    thick = np.array([[[0, 5, 5, 1], [9, 9, 0, 3]]])
    assert np.array_equal(restyle(image, maximum=16, slant=0.0), 16 - thick)


def test_a_slant_of_two_moves_a_row_by_one_pixel_for_each_half_row_of_height() -> None:
    column = np.zeros((1, 2, 6), np.uint8)
    column[:, :, 2] = 8
    slanted = 16 - restyle(column, maximum=16, slant=2.0)[0]
    # The upper row lies half a row above the middle and moves right, the lower one left.
    assert slanted.tolist() == [[0, 0, 0, 8, 8, 0], [0, 8, 8, 0, 0, 0]]


def test_half_a_pixel_is_interpolated() -> None:
    column = np.zeros((1, 2, 6), np.uint8)
    column[:, :, 2:4] = 8
    slanted = 16 - restyle(column, maximum=16, slant=1.0)[0]
    assert slanted[0].tolist() == [0, 0, 4, 8, 8, 4]


def test_what_leaves_the_image_is_lost_and_paper_moves_in() -> None:
    full = np.full((1, 2, 4), 16, np.uint8)
    slanted = 16 - restyle(full, maximum=16, slant=4.0)[0]
    assert slanted.tolist() == [[0, 0, 16, 16], [16, 16, 0, 0]]


def test_the_given_images_stay_as_they_are() -> None:
    images = load("digits").test.images.copy()
    before = images.copy()
    restyle(images, maximum=16)
    assert np.array_equal(images, before)


def test_no_training_image_is_in_both_styles_and_every_test_image_is() -> None:
    digits = load("digits")
    styles = two_styles(digits)
    assert len(styles.plain.images) + len(styles.styled.images) == len(digits.train.images)
    partners = restyle(styles.plain.images, maximum=16)
    shown = {image.tobytes() for image in styles.styled.images}
    assert not any(image.tobytes() in shown for image in partners)
    assert np.array_equal(styles.truth.images, restyle(styles.test.images, maximum=16))
    assert styles.truth.labels is not None
    assert styles.test.labels is not None
    assert np.array_equal(styles.truth.labels, styles.test.labels)


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (np.zeros((8, 8), np.uint8), {}, r"images must have shape .*, got \(8, 8\)"),
        (np.full((1, 2, 2), 17, np.uint8), {}, "images must hold values up to .* = 16, got 17"),
        (np.zeros((1, 2, 2), np.uint8), {"slant": np.nan}, "slant must be a finite .*, got nan"),
    ],
)
def test_bad_input_is_named(images, options, message) -> None:
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(restyle)(images, maximum=16, **options)  # without the tests' shape checks
