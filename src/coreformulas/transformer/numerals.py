"""Numbers as a translator's sentences: English names in, Chinese numerals out."""

import numpy as np
from jaxtyping import Bool, Int

from coreformulas.datasets import chinese_tokens, english_tokens
from coreformulas.transformer.model import Translator
from coreformulas.transformer.sampling import greedy
from coreformulas.transformer.update import Pairs

__all__ = ["is_translated", "number_pairs"]

ROWS = 250


def number_pairs(numbers: Int[np.ndarray, " numbers"]) -> Pairs:
    """Names and numerals of numbers, as wide as the longest of them."""
    names, numerals = english_tokens(numbers), chinese_tokens(numbers)
    return Pairs(*(side[:, side.any(axis=0)] for side in (names, numerals)))


def is_translated(
    model: Translator, numbers: Int[np.ndarray, " numbers"]
) -> Bool[np.ndarray, " numbers"]:
    """Whether the numeral that the model writes, by greedy choice, is right to the last token."""
    names, numerals = english_tokens(numbers), chinese_tokens(numbers)
    # Whole batches alone, the last one filled up with padding: each shape is compiled anew.
    filled = np.pad(names, ((0, -len(names) % ROWS), (0, 0)))
    written = [
        np.asarray(greedy(model, filled[first : first + ROWS], length=numerals.shape[1]))
        for first in range(0, len(filled), ROWS)
    ]
    return (np.concatenate(written)[: len(names)] == numerals).all(axis=1)
