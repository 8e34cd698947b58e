"""One set of images in two styles, with the map between them known and no image in both."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from scipy import ndimage

from .dataset import Dataset, Split

__all__ = ["Styles", "restyle", "two_styles"]

Images = UInt8[np.ndarray, "examples height width"]


def restyle(images: Images, *, maximum: int, slant: float = 0.35) -> Images:
    r"""Thicken, slant and invert each image; the map that translators are to find.

    In this order: each pixel takes the larger of its own value and that of its left neighbor; the
    row at distance r above the middle moves to the right by ``slant`` times r pixels, with linear
    interpolation, rounding to whole numbers, and empty paper moving in; ink turns into paper,
    :math:`x \mapsto m - x`. What the slant moves out of the image is lost, so the map has no exact
    inverse.

    Args:
        images: pixels from 0 (paper) to ``maximum`` (ink).
        maximum: m.
        slant: shift of a row for each row of height, in pixels.

    Raises:
        ValueError: if ``images`` has not three axes, a pixel exceeds ``maximum``, or ``slant`` is
            not finite.
    """
    if images.ndim != 3:
        raise ValueError(f"images must have shape (examples, height, width), got {images.shape}")
    if images.size and images.max() > maximum:
        raise ValueError(f"images must hold values up to maximum = {maximum}, got {images.max()}")
    if not np.isfinite(slant):
        raise ValueError(f"slant must be a finite number, got {slant}")
    left = np.pad(images, ((0, 0), (0, 0), (1, 0)))[:, :, :-1]
    rows, columns = np.indices(images.shape[1:], dtype=float)
    # What ends up at row r and column c comes from column c + slant (r - middle).
    source = np.stack([rows, columns + slant * (rows - (images.shape[1] - 1) / 2)])
    thick = np.maximum(images, left).astype(float)
    slanted = [ndimage.map_coordinates(image, source, order=1) for image in thick]
    return (maximum - np.rint(slanted)).astype(np.uint8).reshape(images.shape)


@dataclass(frozen=True, eq=False)
class Styles:
    """Images to learn a translation from, in which no image has its partner, and pairs to judge it.

    Attributes:
        plain: training images as they are.
        styled: other training images, restyled.
        test: images as they are, for measuring alone.
        truth: ``test``, restyled, in the same order.
    """

    plain: Split
    styled: Split
    test: Split
    truth: Split


def two_styles(dataset: Dataset, *, slant: float = 0.35) -> Styles:
    """Give every second training image the other style, and all test images both.

    Args:
        dataset: images of paper at 0 and ink at ``dataset.maximum``.
        slant: as for :func:`restyle`.

    Raises:
        ValueError: as :func:`restyle`.
    """

    def styled(split: Split) -> Split:
        return Split(restyle(split.images, maximum=dataset.maximum, slant=slant), split.labels)

    def every_second(first: int) -> Split:
        labels = dataset.train.labels
        return Split(dataset.train.images[first::2], None if labels is None else labels[first::2])

    return Styles(
        plain=every_second(0),
        styled=styled(every_second(1)),
        test=dataset.test,
        truth=styled(dataset.test),
    )
