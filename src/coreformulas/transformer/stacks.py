"""The stacks of layers that encoder and decoder are."""

from collections.abc import Callable

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Int

from coreformulas.transformer.config import StackConfig
from coreformulas.transformer.layers import KeyValue, Layer, OptionalKey, split_key
from coreformulas.transformer.masks import causal_mask
from coreformulas.transformer.positions import Positions

__all__ = ["Decoder", "Encoder"]


class Encoder(nnx.Module):
    """Positions, and layers in which every token may look at every other.

    Args:
        config: sizes and choices.
        rngs: where the initial weights come from.

    References:
        Vaswani et al. (2017), section 3.1.
    """

    def __init__(self, config: StackConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.positions = Positions(config, rngs=rngs)
        self.dropout = nnx.Dropout(config.dropout)
        self.layers = _layers(config, cross=False, rngs=rngs)
        self.last = _last_norm(config, rngs=rngs)

    def __call__(
        self,
        vectors: Float[Array, "batch length width"],
        *,
        mask: Bool[Array, "batch length"] | None = None,
        key: OptionalKey = None,
    ) -> Float[Array, "batch length width"]:
        """Apply the layers.

        Args:
            vectors: one for each token, or for anything else that comes in a row.
            mask: where there is no padding, which nothing looks at; None where there is none.
            key: for dropout; None for none.
        """
        keys = split_key(key, len(self.layers) + 1)
        positions = jnp.arange(vectors.shape[1])
        vectors = self.positions(vectors, positions)
        vectors = self.dropout(vectors, deterministic=key is None, rngs=keys[-1])
        mask = None if mask is None else mask[:, None, None, :]
        for layer, layer_key in zip(self.layers, keys[:-1], strict=True):
            vectors, _ = layer(vectors, positions=positions, mask=mask, key=layer_key)
        return self.last(vectors)


class Decoder(nnx.Module):
    """Positions, and layers in which a token may look at itself, at those before, and at a source.

    Args:
        config: sizes and choices.
        cross: whether there is a source.
        rngs: where the initial weights come from.

    References:
        Vaswani et al. (2017), section 3.1.
    """

    def __init__(self, config: StackConfig, *, cross: bool, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.config = config
        self.positions = Positions(config, rngs=rngs)
        self.dropout = nnx.Dropout(config.dropout)
        self.layers = _layers(config, cross=cross, rngs=rngs)
        self.last = _last_norm(config, rngs=rngs)

    def __call__(
        self,
        vectors: Float[Array, "batch length width"],
        *,
        past: tuple[KeyValue, ...] | None = None,
        position: int | Int[Array, ""] = 0,
        memory: tuple[KeyValue, ...] | None = None,
        memory_mask: Bool[Array, "batch 1 1 source"] | None = None,
        key: OptionalKey = None,
    ) -> tuple[Float[Array, "batch length width"], tuple[KeyValue, ...]]:
        """Apply the layers, to whole sequences or to the tokens that come next.

        Args:
            vectors: one for each token.
            past: what each layer keeps of the tokens so far, with room for these; None keeps these
                alone.
            position: of the first token.
            memory: what ``remember`` made of the source.
            memory_mask: where the source is no padding.
            key: for dropout; None for none.

        Returns:
            The new vectors, and what each layer keeps of the tokens, these included.
        """
        keys = split_key(key, len(self.layers) + 1)
        positions = position + jnp.arange(vectors.shape[1])
        kept = vectors.shape[1] if past is None else past[0].key.shape[1]
        mask = causal_mask(kept, positions)[None, None]
        vectors = self.positions(vectors, positions)
        vectors = self.dropout(vectors, deterministic=key is None, rngs=keys[-1])
        present = []
        for place, layer in enumerate(self.layers):
            vectors, keep = layer(
                vectors,
                positions=positions,
                mask=mask,
                past=None if past is None else past[place],
                memory=None if memory is None else memory[place],
                memory_mask=memory_mask,
                key=keys[place],
            )
            present.append(keep)
        return self.last(vectors), tuple(present)

    def remember(self, encoded: Float[Array, "batch source width"]) -> tuple[KeyValue, ...]:
        """Keys and values of the source in each layer."""
        return tuple(layer.remember(encoded) for layer in self.layers)

    def cross_weights(
        self,
        vectors: Float[Array, "batch length width"],
        *,
        memory: tuple[KeyValue, ...],
        memory_mask: Bool[Array, "batch 1 1 source"] | None = None,
    ) -> Float[Array, "layers batch heads length source"]:
        """How much each token looks at each token of the source, in each layer and head."""
        positions = jnp.arange(vectors.shape[1])
        mask = causal_mask(vectors.shape[1])[None, None]
        vectors, found = self.positions(vectors, positions), []
        for layer, kept in zip(self.layers, memory, strict=True):
            shared = {"positions": positions, "mask": mask, "memory": kept}
            found.append(layer.cross_weights(vectors, **shared, memory_mask=memory_mask))
            vectors, _ = layer(vectors, **shared, memory_mask=memory_mask)
        return jnp.stack(found)


def _layers(config: StackConfig, *, cross: bool, rngs: nnx.Rngs) -> nnx.List[Layer]:
    return nnx.List([Layer(config, cross=cross, rngs=rngs) for _ in range(config.layers)])


def _last_norm(config: StackConfig, *, rngs: nnx.Rngs) -> Callable[[Array], Array]:
    """With "pre" nothing has normalized the sum of the residual branches yet."""
    if config.norm == "pre":
        return nnx.LayerNorm(config.width, rngs=rngs)
    return nnx.identity
