"""Matching brackets as a source of texts, with the exact distribution of the next bracket."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Array, Float, Int, Key

from .sources import Texts, checked_texts, generator_of, require_sizes

__all__ = ["DyckLanguage"]


@dataclass(frozen=True)
class DyckLanguage:
    r"""Brackets that match, all texts of one length alike: ``([])()``, never ``([)]``.

    Symbols 0 to m - 1 open a bracket, symbol m + i closes the bracket that i opens. With
    :math:`N(r, h)` the number of ways to finish when r symbols are left and h brackets are open,

    .. math::
        N(r, h) = m \, [h < D] \, N(r - 1, h + 1) + [h > 0] \, N(r - 1, h - 1), \qquad N(0, h) =
        [h = 0]

    each opening symbol comes next with the probability :math:`N(r - 1, h + 1) / N(r, h)`, the one
    that closes the last open bracket with :math:`N(r - 1, h - 1) / N(r, h)`, and no other.

    Args:
        kinds: of brackets, m.
        length: of each text, an even number.
        depth: D, how many brackets may be open at once.

    Raises:
        ValueError: if an argument is out of range.
    """

    kinds: int
    length: int
    depth: int

    def __post_init__(self):
        """Check the sizes."""
        for name in ("kinds", "depth"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.length < 2 or self.length % 2:
            raise ValueError(f"length must be even and at least 2, got {self.length}")

    @property
    def symbols(self) -> int:
        """How many there are, two for each kind of bracket."""
        return 2 * self.kinds

    @cached_property
    def _counts(self) -> list[list[int]]:
        """N(r, h), by r and h, in whole numbers of any size; one more h, for which it is zero."""
        counts = [[int(h == 0) for h in range(self.depth + 2)]]
        for _ in range(self.length):
            last = counts[-1]
            row = [
                self.kinds * last[h + 1] + (last[h - 1] if h else 0) for h in range(self.depth + 1)
            ]
            counts.append([*row, 0])
        return counts

    @property
    def texts(self) -> int:
        """How many texts there are, :math:`N(n, 0)`."""
        return self._counts[self.length][0]

    def entropy(self) -> float:
        """Entropy of a whole text in nats, the logarithm of how many there are."""
        return float(np.log(float(self.texts)))

    @cached_property
    def _opening(self) -> Float[np.ndarray, "left open"]:
        """The probability that the next symbol opens a bracket of any kind."""
        counts = self._counts
        found = np.zeros((self.length + 1, self.depth + 1))
        for left in range(1, self.length + 1):
            for height in range(self.depth + 1):
                if counts[left][height]:
                    ways = self.kinds * counts[left - 1][height + 1]
                    found[left, height] = ways / counts[left][height]
        return found

    def sample(self, texts: int, *, key: Key[Array, ""]) -> Int[np.ndarray, "texts length"]:
        """Draw texts, each of all texts with the same probability.

        Raises:
            ValueError: if there is no text to draw.
        """
        require_sizes(texts, self.length)
        generator = generator_of(key)
        drawn = np.empty((texts, self.length), np.int32)
        stack, height = np.zeros((texts, self.depth + 1), np.int32), np.zeros(texts, np.int64)
        rows = np.arange(texts)
        for place in range(self.length):
            opens = generator.random(texts) < self._opening[self.length - place, height]
            kind = generator.integers(self.kinds, size=texts)
            drawn[:, place] = np.where(opens, kind, self.kinds + stack[rows, height])
            height += np.where(opens, 1, -1)
            stack[rows[opens], height[opens]] = kind[opens]
        return drawn

    def next_probabilities(self, texts: Texts) -> Float[np.ndarray, "texts length symbols"]:
        """The exact distribution of each symbol, given those before it in its text.

        Raises:
            ValueError: if a symbol is not one of the source's, or a text is not of the language.
        """
        texts = checked_texts(texts, self.symbols)
        if texts.shape[1] != self.length:
            raise ValueError(f"texts must have {self.length} symbols each, got {texts.shape[1]}")
        found = np.zeros((*texts.shape, self.symbols))
        stack, height = np.zeros((len(texts), self.depth + 1), int), np.zeros(len(texts), int)
        rows = np.arange(len(texts))
        for place in range(self.length):
            opening = self._opening[self.length - place, height]
            found[:, place, : self.kinds] = opening[:, None] / self.kinds
            open_now = height > 0
            closing = self.kinds + stack[rows, height]
            found[rows[open_now], place, closing[open_now]] = 1 - opening[open_now]
            symbol = texts[:, place]
            if not (found[rows, place, symbol] > 0).all():
                wrong = rows[found[rows, place, symbol] == 0][0]
                raise ValueError(f"texts must be of the language, got {texts[wrong].tolist()}")
            opens = symbol < self.kinds
            height += np.where(opens, 1, -1)
            stack[rows[opens], height[opens]] = symbol[opens]
        return found
