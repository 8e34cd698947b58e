"""The measures of sharpness: by hand, against plain loops, and what they refuse."""

import numpy as np
import pytest

from coreformulas.evaluation import gradient_energy, laplacian_variance

IMAGES = np.random.default_rng(0).integers(0, 17, (3, 5, 4))


def test_the_gradient_energy_of_two_pixels_is_their_squared_difference():
    assert gradient_energy(np.array([[[3, 10]]])).tolist() == [49.0]
    assert gradient_energy(np.array([[[3], [10]]])).tolist() == [49.0]


def test_unsigned_counts_do_not_wrap_around():
    counts = IMAGES.astype(np.uint8)
    np.testing.assert_array_equal(gradient_energy(counts), gradient_energy(IMAGES))
    np.testing.assert_array_equal(laplacian_variance(counts), laplacian_variance(IMAGES))


def test_both_agree_with_loops_over_pixels():
    for image, energy, focus in zip(
        IMAGES, gradient_energy(IMAGES), laplacian_variance(IMAGES), strict=True
    ):
        height, width = image.shape
        down = sum(
            (image[i + 1, j] - image[i, j]) ** 2 for i in range(height - 1) for j in range(width)
        )
        across = sum(
            (image[i, j + 1] - image[i, j]) ** 2 for i in range(height) for j in range(width - 1)
        )
        assert energy == down + across
        laplacian = [
            image[i + 1, j] + image[i - 1, j] + image[i, j + 1] + image[i, j - 1] - 4 * image[i, j]
            for i in range(1, height - 1)
            for j in range(1, width - 1)
        ]
        assert focus == pytest.approx(np.var(laplacian))


def test_an_average_of_shifted_edges_is_less_sharp_than_each():
    edges = np.stack([np.where(np.arange(8) < k, 16.0, 0.0) * np.ones((8, 1)) for k in (3, 4, 5)])
    blurred = edges.mean(axis=0, keepdims=True)
    for measure in (gradient_energy, laplacian_variance):
        assert measure(blurred)[0] < 0.5 * measure(edges).min()
    # The law of the chapter: what the average lost is the energy of the deviations from it.
    lost = gradient_energy(edges - blurred).mean()
    np.testing.assert_allclose(gradient_energy(edges).mean() - gradient_energy(blurred)[0], lost)


@pytest.mark.parametrize("measure", [gradient_energy, laplacian_variance])
def test_bad_images_are_named(measure):
    with pytest.raises(ValueError, match=r"images must be finite, got nan"):
        measure(np.full((1, 4, 4), np.nan))


def test_images_too_small_for_a_laplacian_are_named():
    with pytest.raises(ValueError, match=r"sides of at least 3, got \(1, 2, 5\)"):
        laplacian_variance(np.zeros((1, 2, 5)))
