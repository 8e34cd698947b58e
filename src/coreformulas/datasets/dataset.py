"""What every loader returns."""

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import UInt8


@dataclass(frozen=True, eq=False)
class Split:
    """Images and their classes, in a fixed order.

    The arrays are read-only: a split is the same for all who hold it, and what is computed from it
    is a new array. Models of vectors take ``images.reshape(len(images), -1)``.

    Attributes:
        images: pixels, shape ``(examples, height, width)``, from 0 to ``Dataset.maximum``.
        labels: the class of each image, 0 to 9, or ``None`` where the set has none.
    """

    images: UInt8[np.ndarray, "examples height width"]
    labels: UInt8[np.ndarray, " examples"] | None

    def __post_init__(self) -> None:
        """Hold read-only views, so that the caller's own arrays stay as they were."""
        for field in fields(self):
            array = getattr(self, field.name)
            if array is not None:
                view = array.view()
                view.setflags(write=False)
                object.__setattr__(self, field.name, view)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set in its three splits, and what a likelihood must know of its pixels.

    Attributes:
        name: the name that ``load`` took.
        trials: n where a pixel counts the dark cells among n, so that its likelihood is
            Binomial(n, p), with n = 1 the Bernoulli; ``None`` where a pixel is a gray level, which
            counts nothing.
        maximum: the largest value that a pixel can take; ``images / maximum`` lies in [0, 1].
        train: what models are fitted to.
        validation: what choices are made on.
        test: what results are reported on.
    """

    name: str
    trials: int | None
    maximum: int
    train: Split
    validation: Split
    test: Split
