"""How much of a text was written wrong."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from rapidfuzz.distance import Levenshtein

from coreformulas.evaluation.uncertainty import Estimate

__all__ = ["Edits", "character_error_rate", "count_edits"]


class Edits(NamedTuple):
    """A shortest way from each text to what was written, in steps of one character.

    Their number is the same for all shortest ways, their kinds may not be.

    Attributes:
        missed: characters that were left out.
        added: characters that nobody sent.
        replaced: characters that became others.
        length: of the text as it should be.
    """

    missed: Int[np.ndarray, " texts"]
    added: Int[np.ndarray, " texts"]
    replaced: Int[np.ndarray, " texts"]
    length: Int[np.ndarray, " texts"]

    @property
    def distance(self) -> Int[np.ndarray, " texts"]:
        """The edit distance: the number of steps."""
        return self.missed + self.added + self.replaced


def count_edits(texts: Sequence[str], written: Sequence[str]) -> Edits:
    """Compare what was written with the texts as they should be, one by one.

    Raises:
        ValueError: if there is no text, or not one written for each.

    References:
        Levenshtein (1966).
    """
    if not texts or len(texts) != len(written):
        raise ValueError(
            f"written must be one for each text, of which there is at least one, got {len(texts)} "
            f"texts and {len(written)} written"
        )
    tags = [
        [step.tag for step in Levenshtein.editops(text, found)]
        for text, found in zip(texts, written, strict=True)
    ]
    counts = (np.array([row.count(tag) for row in tags]) for tag in ("delete", "insert", "replace"))
    return Edits(*counts, length=np.array([len(text) for text in texts]))


def character_error_rate(texts: Sequence[str], written: Sequence[str]) -> Estimate:
    r"""Edits for each character that should have been written.

    .. math::
        r = \frac{\sum_i d_i}{\sum_i n_i}, \qquad
        \mathrm{se} = \frac{1}{\sum_i n_i} \sqrt{\frac{m}{m - 1} \sum_{i=1}^m (d_i - r n_i)^2}

    with the edit distance :math:`d_i` of text i and its length :math:`n_i`. It is above 1 where
    more is written, and wrong, than was there. The standard error is that of a ratio of two means,
    over texts, because errors in one text hang together.

    Args:
        texts: as they should be.
        written: as they were written.

    Raises:
        ValueError: as :func:`count_edits`, or if there are fewer than two texts or all are empty.

    References:
        Cochran (1977), chapter 6, for the standard error of a ratio.
    """
    edits = count_edits(texts, written)
    total, count = edits.length.sum(), len(texts)
    if count < 2 or not total:
        raise ValueError(f"texts must be at least two and not all empty, got {count}")
    rate = edits.distance.sum() / total
    off = edits.distance - rate * edits.length
    return Estimate(float(rate), float(np.sqrt(count / (count - 1) * (off**2).sum()) / total))
