"""Markov chains as sources of texts, with their exact entropy rate."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Array, Float, Int, Key
from scipy.special import xlogy

from .sources import Texts, checked_texts, generator_of, require_sizes

__all__ = ["MarkovChain", "random_chain"]


@dataclass(frozen=True, eq=False)
class MarkovChain:
    r"""A stationary source whose next symbol depends on the last k symbols alone.

    .. math::
        p(x_1, \ldots, x_n) = \pi(x_1, \ldots, x_k) \prod_{t > k} M(x_t \mid x_{t-k}, \ldots,
        x_{t-1})

    Args:
        transitions: M, an axis for each of the k symbols before, the oldest first, and a last axis
            for the next symbol, over which it sums to one. All entries must be positive, so that
            there is one stationary distribution :math:`\pi`.

    Raises:
        ValueError: if the axes differ in length, there are fewer than two, an entry is not
            positive, or the last axis does not sum to one.

    References:
        Cover and Thomas (2006), sections 4.1 and 4.2.
    """

    transitions: Float[np.ndarray, "..."]

    def __post_init__(self):
        """Check the table."""
        shape = self.transitions.shape
        if len(shape) < 2 or len(set(shape)) != 1:
            raise ValueError(f"transitions must have at least 2 axes of one length, got {shape}")
        if not (self.transitions > 0).all():
            raise ValueError(f"transitions must be positive, got {self.transitions.min()}")
        total = self.transitions.sum(axis=-1)
        if not np.allclose(total, 1, rtol=0, atol=1e-9):
            raise ValueError(f"transitions must sum to 1 over the last axis, got {total.ravel()}")

    @property
    def order(self) -> int:
        """How many symbols the next one depends on, k."""
        return self.transitions.ndim - 1

    @property
    def symbols(self) -> int:
        """How many there are, V."""
        return self.transitions.shape[-1]

    @cached_property
    def stationary(self) -> Float[np.ndarray, "..."]:
        r""":math:`\pi`, the distribution of k symbols in a row, with an axis for each.

        It solves :math:`\pi T = \pi` with a sum of one, where T moves a window of k symbols on.
        """
        states, symbols = self.symbols**self.order, self.symbols
        moves = np.zeros((states, states))
        before = np.arange(states)
        for symbol in range(symbols):
            after = (before * symbols + symbol) % states
            moves[before, after] += self.transitions.reshape(states, symbols)[:, symbol]
        equations = np.vstack([moves.T - np.eye(states), np.ones(states)])
        solution, *_ = np.linalg.lstsq(equations, np.eye(states + 1)[-1], rcond=None)
        return solution.reshape((symbols,) * self.order)

    def conditional(self, seen: int) -> Float[np.ndarray, "..."]:
        r"""The distribution of the next symbol, given the last ``seen`` symbols.

        Raises:
            ValueError: if ``seen`` is below 0 or above the order.
        """
        joint = self._joint(seen)
        return joint / joint.sum(axis=-1, keepdims=True)

    def conditional_entropy(self, seen: int) -> float:
        r"""Entropy of the next symbol for one who knows the last ``seen`` symbols, in nats.

        .. math::
            H(x_t \mid x_{t-m}, \ldots, x_{t-1}) = -\sum p(x_{t-m}, \ldots, x_t)
            \log p(x_t \mid x_{t-m}, \ldots, x_{t-1})

        It falls with the number m of symbols seen, down to :meth:`entropy_rate` at m = k.

        Raises:
            ValueError: if ``seen`` is below 0 or above the order.
        """
        joint = self._joint(seen)
        return float(-xlogy(joint, self.conditional(seen)).sum())

    def entropy_rate(self) -> float:
        r"""Entropy of a symbol in a long text, in nats: :math:`\sum_s \pi(s) H(M(\cdot \mid s))`.

        References:
            Cover and Thomas (2006), theorem 4.2.4, for k = 1.
        """
        return self.conditional_entropy(self.order)

    def sample(
        self, texts: int, length: int, *, key: Key[Array, ""]
    ) -> Int[np.ndarray, "texts length"]:
        r"""Draw texts, each from :math:`\pi` on.

        Raises:
            ValueError: if there is no text to draw, or ``length`` is below 1.
        """
        require_sizes(texts, length)
        generator = generator_of(key)
        drawn = np.empty((texts, length), np.int32)
        for place in range(length):
            chances = self.conditional(min(place, self.order)).cumsum(axis=-1)
            before = tuple(drawn[:, max(0, place - self.order) : place].T)
            drawn[:, place] = _pick(
                np.broadcast_to(chances[before], (texts, self.symbols)), generator
            )
        return drawn

    def next_probabilities(self, texts: Texts) -> Float[np.ndarray, "texts length symbols"]:
        """The exact distribution of each symbol, given those before it in its text.

        Raises:
            ValueError: if a symbol is not one of the source's.
        """
        texts = checked_texts(texts, self.symbols)
        found = np.empty((*texts.shape, self.symbols))
        for place in range(texts.shape[1]):
            before = tuple(texts[:, max(0, place - self.order) : place].T)
            found[:, place] = self.conditional(min(place, self.order))[before]
        return found

    def _joint(self, seen: int) -> Float[np.ndarray, "..."]:
        """The distribution of the last ``seen`` symbols and the next."""
        if not 0 <= seen <= self.order:
            raise ValueError(f"seen must be from 0 to the order, {self.order}, got {seen}")
        whole = self.stationary[..., None] * self.transitions
        return whole.sum(axis=tuple(range(self.order - seen)))


def random_chain(
    order: int, symbols: int, *, concentration: float, key: Key[Array, ""]
) -> MarkovChain:
    """A chain whose rows are drawn from a symmetric Dirichlet distribution.

    Args:
        order: k, at least 1.
        symbols: at least 2.
        concentration: of the Dirichlet distribution; the smaller, the more each row prefers a few
            symbols.
        key: for the draw.

    Raises:
        ValueError: if an argument is out of range.
    """
    if order < 1:
        raise ValueError(f"order must be at least 1, got {order}")
    if symbols < 2:
        raise ValueError(f"symbols must be at least 2, got {symbols}")
    if not 0 < concentration < np.inf:
        raise ValueError(f"concentration must be a finite number above 0, got {concentration}")
    rows = generator_of(key).dirichlet(np.full(symbols, concentration), symbols**order)
    # A draw may be rounded to zero, and then there need not be one stationary distribution.
    rows = np.maximum(rows, 1e-6)
    rows /= rows.sum(axis=1, keepdims=True)
    return MarkovChain(rows.reshape((symbols,) * (order + 1)))


def _pick(
    cumulative: Float[np.ndarray, "texts symbols"], generator: np.random.Generator
) -> Int[np.ndarray, " texts"]:
    """A symbol for each row, by its cumulative distribution, whose last entry may be rounded."""
    draws = generator.random(len(cumulative))[:, None] * cumulative[:, -1:]
    return (draws >= cumulative[:, :-1]).sum(axis=1)
