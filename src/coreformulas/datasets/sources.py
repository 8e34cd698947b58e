r"""What the sources of texts share: draws by NumPy, and checks of what comes in.

Of a source the distribution of the next symbol is known, given all that came before. No model can
say more, and the mean entropy of that distribution is the least loss that a model can have.
"""

import jax
import numpy as np
from jaxtyping import Array, Int, Integer, Key

__all__ = ["Texts", "checked_texts", "generator_of", "require_sizes"]

Texts = Integer[np.ndarray | Array, "texts length"]


def generator_of(key: Key[Array, ""]) -> np.random.Generator:
    """A generator that draws in float64 and needs nothing compiled."""
    return np.random.default_rng(np.asarray(jax.random.key_data(key)))


def require_sizes(texts: int, length: int) -> None:
    """Raise unless there is something to draw."""
    for name, value in (("texts", texts), ("length", length)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def checked_texts(texts: np.ndarray | Array, symbols: int) -> Int[np.ndarray, "texts length"]:
    """The texts as an array; raise unless every symbol is one of the source's."""
    found = np.asarray(texts)
    if found.size == 0:
        raise ValueError(f"texts must not be empty, got shape {found.shape}")
    if not 0 <= found.min() <= found.max() < symbols:
        raise ValueError(
            f"texts must hold symbols from 0 to {symbols - 1}, got {found.min()} to {found.max()}"
        )
    return found.astype(np.int64)
