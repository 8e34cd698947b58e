"""Who may attend to whom: True where a query may look at a key."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, Integer

__all__ = ["causal_mask", "padding_mask"]


def causal_mask(
    length: int, positions: Int[Array, " queries"] | None = None
) -> Bool[Array, "queries length"]:
    r"""A query sees the keys at its own position and before: :math:`M_{ij} = [j \le i]`.

    Args:
        length: number of keys, at positions 0 to ``length - 1``.
        positions: of the queries, those of the keys where it is left out.

    Raises:
        ValueError: if ``length`` is below 1.

    References:
        Vaswani et al. (2017), section 3.2.3.
    """
    if length < 1:
        raise ValueError(f"length must be at least 1, got {length}")
    keys = jnp.arange(length)
    queries = keys if positions is None else positions
    return keys[None, :] <= queries[:, None]


def padding_mask(
    tokens: Integer[Array | np.ndarray, "*batch length"], padding: int = 0
) -> Bool[Array, "*batch length"]:
    """True for the tokens that are not padding.

    As the mask of attention it needs axes for heads and queries: ``mask[..., None, None, :]``.
    """
    return jnp.asarray(tokens) != padding
