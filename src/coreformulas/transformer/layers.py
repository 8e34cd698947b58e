"""One layer of a Transformer, and what it keeps of the tokens that it has seen."""

from typing import NamedTuple

import jax
from flax import nnx
from jaxtyping import Array, Bool, Float, Int, Key

from coreformulas.transformer.attention import (
    MultiHeadAttention,
    attention_weights,
    scaled_dot_product_attention,
)
from coreformulas.transformer.config import StackConfig
from coreformulas.transformer.positions import rotate

__all__ = ["FeedForward", "KeyValue", "Layer", "OptionalKey", "split_key"]

OptionalKey = Key[Array, ""] | None


class KeyValue(NamedTuple):
    """What one attention layer keeps of the tokens that may be looked at."""

    key: Float[Array, "batch length heads size"]
    value: Float[Array, "batch length heads size"]

    def put(self, new: "KeyValue", position: Int[Array, ""]) -> "KeyValue":
        """Write those of new tokens at their position."""
        place = (0, position, 0, 0)
        return KeyValue(
            jax.lax.dynamic_update_slice(self.key, new.key, place),
            jax.lax.dynamic_update_slice(self.value, new.value, place),
        )


class FeedForward(nnx.Module):
    r"""The same two linear maps at every position: :math:`\max(0, x W_1 + b_1) W_2 + b_2`.

    References:
        Vaswani et al. (2017), eq. (2).
    """

    def __init__(self, width: int, hidden: int, *, rngs: nnx.Rngs):
        """Make the two maps, with fresh weights."""
        self.inner = nnx.Linear(width, hidden, rngs=rngs)
        self.outer = nnx.Linear(hidden, width, rngs=rngs)

    def __call__(self, vectors: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
        """Apply them."""
        return self.outer(jax.nn.relu(self.inner(vectors)))


class Layer(nnx.Module):
    r"""Attention to oneself, in a decoder to the source too, and a feed-forward network.

    Each sublayer f has a residual connection around it and a layer normalization:

    .. math::
        x + f(\mathrm{LN}(x)) \quad \text{("pre")} \qquad
        \mathrm{LN}(x + f(x)) \quad \text{("post")}

    Args:
        config: sizes and choices.
        cross: whether there is attention to a source.
        rngs: where the initial weights come from.

    References:
        Vaswani et al. (2017), sections 3.1 and 5.4; Xiong et al. (2020), for "pre".
    """

    def __init__(self, config: StackConfig, *, cross: bool, rngs: nnx.Rngs):
        """Make the sublayers, with fresh weights."""
        self.config = config
        self.attention = MultiHeadAttention(config.width, config.heads, rngs=rngs)
        if cross:
            self.cross = MultiHeadAttention(config.width, config.heads, rngs=rngs)
        self.forward = FeedForward(config.width, config.hidden, rngs=rngs)
        norms = 3 if cross else 2
        self.norms = nnx.List([nnx.LayerNorm(config.width, rngs=rngs) for _ in range(norms)])
        self.dropout = nnx.Dropout(config.dropout)

    def __call__(
        self,
        vectors: Float[Array, "batch length width"],
        *,
        positions: Int[Array, " length"],
        mask: Bool[Array, "#batch 1 #length keys"] | None,
        past: KeyValue | None = None,
        memory: KeyValue | None = None,
        memory_mask: Bool[Array, "batch 1 1 source"] | None = None,
        key: OptionalKey = None,
    ) -> tuple[Float[Array, "batch length width"], KeyValue]:
        """Apply the sublayers.

        Args:
            vectors: one for each token.
            positions: of the tokens.
            mask: where a token may look among those that are kept; None where it may everywhere.
            past: what is kept of the tokens so far, with room for these; None keeps these alone.
            memory: what ``remember`` made of the source, for a layer with cross attention.
            memory_mask: where the source is no padding.
            key: for dropout; None for none.

        Returns:
            The new vectors, and what is kept of the tokens, these included.
        """
        keys = split_key(key, len(self.norms))
        vectors, present = self._attend(vectors, positions, mask, past, keys[0])
        if memory is not None:
            query = self.cross.query(self._enter(1, vectors))
            found = scaled_dot_product_attention(query, *memory, mask=memory_mask)
            vectors = self._leave(1, vectors, self.cross.out(found), keys[1])
        change = self.forward(self._enter(-1, vectors))
        return self._leave(-1, vectors, change, keys[-1]), present

    def remember(self, encoded: Float[Array, "batch source width"]) -> KeyValue:
        """Keys and values of the source, for every token that will look at it."""
        return KeyValue(self.cross.key(encoded), self.cross.value(encoded))

    def cross_weights(
        self,
        vectors: Float[Array, "batch length width"],
        *,
        positions: Int[Array, " length"],
        mask: Bool[Array, "#batch 1 #length keys"],
        memory: KeyValue,
        memory_mask: Bool[Array, "batch 1 1 source"] | None = None,
    ) -> Float[Array, "batch heads length source"]:
        """How much each token looks at each token of the source; arguments as in a call."""
        vectors, _ = self._attend(vectors, positions, mask, None, None)
        query = self.cross.query(self._enter(1, vectors))
        return attention_weights(query, memory.key, mask=memory_mask)

    def _attend(
        self,
        vectors: Array,
        positions: Array,
        mask: Array | None,
        past: KeyValue | None,
        key: OptionalKey,
    ) -> tuple[Array, KeyValue]:
        """The first sublayer, and the keys and values that it looked at."""
        inputs = self._enter(0, vectors)
        query = self._turn(self.attention.query(inputs), positions)
        present = KeyValue(
            self._turn(self.attention.key(inputs), positions), self.attention.value(inputs)
        )
        if past is not None:
            present = past.put(present, positions[0])
        found = scaled_dot_product_attention(query, *present, mask=mask)
        return self._leave(0, vectors, self.attention.out(found), key), present

    def _turn(self, heads: Array, positions: Array) -> Array:
        return rotate(heads, positions) if self.config.positions == "rotary" else heads

    def _enter(self, place: int, vectors: Array) -> Array:
        return self.norms[place](vectors) if self.config.norm == "pre" else vectors

    def _leave(self, place: int, vectors: Array, change: Array, key: OptionalKey) -> Array:
        total = vectors + self.dropout(change, deterministic=key is None, rngs=key)
        return self.norms[place](total) if self.config.norm == "post" else total


def split_key(key: OptionalKey, count: int) -> list[OptionalKey]:
    """A key for each of ``count`` draws, or None for each where there is no key."""
    return [None] * count if key is None else list(jax.random.split(key, count))
