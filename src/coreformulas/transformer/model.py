"""Two kinds of model: a decoder that goes on with a text, and an encoder with a decoder."""

from typing import NamedTuple

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float, Int, Integer, Key

from coreformulas.transformer.checks import require_tokens
from coreformulas.transformer.config import (
    LanguageModelConfig,
    StackConfig,
    TranslatorConfig,
    WriterConfig,
)
from coreformulas.transformer.frames import Frames
from coreformulas.transformer.layers import KeyValue
from coreformulas.transformer.masks import padding_mask
from coreformulas.transformer.stacks import Decoder, Encoder

__all__ = ["Cache", "Embedding", "EncoderDecoder", "LanguageModel", "Translator"]

Tokens = Integer[Array | np.ndarray, "batch length"]
Source = Integer[Array | np.ndarray, "batch source"] | Frames


class Cache(NamedTuple):
    """What a decoder keeps, so that the next token costs one position and not all of them.

    Attributes:
        past: keys and values of the tokens so far in each layer, zeros where none has been.
        position: number of tokens so far.
        memory: keys and values of the source in each layer; None without a source.
        memory_mask: where the source is no padding, (batch, 1, 1, source).
    """

    past: tuple[KeyValue, ...]
    position: Int[Array, ""]
    memory: tuple[KeyValue, ...] | None = None
    memory_mask: Bool[Array, "batch 1 1 source"] | None = None


class Embedding(nnx.Module):
    r"""A vector for each token, :math:`\sqrt{d} \, e_v`, with a table e drawn with variance 1/d.

    The table is not the one that makes the logits, as it is in the paper: with shared weights a
    fresh model expects every token to come again.

    References:
        Vaswani et al. (2017), section 3.4.
    """

    def __init__(self, vocabulary: int, width: int, *, rngs: nnx.Rngs):
        """Draw the table."""
        initial = nnx.initializers.normal(width**-0.5)
        self.table = nnx.Embed(vocabulary, width, embedding_init=initial, rngs=rngs)
        self.scale = width**0.5

    def __call__(self, tokens: Tokens) -> Float[Array, "batch length width"]:
        """Look the vectors up."""
        return self.scale * self.table(jnp.asarray(tokens))


class LanguageModel(nnx.Module):
    r"""A decoder alone: :math:`p(x_1, \ldots, x_n) = \prod_t p(x_t \mid x_1, \ldots, x_{t-1})`.

    The first token is given, not predicted. Padding at the end needs no mask: no token before it
    looks at it.

    Args:
        config: sizes and choices.
        rngs: where the initial weights come from, ``nnx.Rngs(jax.random.key(...))``.
    """

    def __init__(self, config: LanguageModelConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.config = config
        self.embedding = Embedding(config.vocabulary, config.width, rngs=rngs)
        self.decoder = Decoder(config, cross=False, rngs=rngs)
        self.output = nnx.Linear(config.width, config.vocabulary, rngs=rngs)

    def __call__(
        self, tokens: Tokens, *, key: Key[Array, ""] | None = None
    ) -> Float[Array, "batch length vocabulary"]:
        """Logits of the token that comes after each.

        Args:
            tokens: at most ``config.length`` in each row.
            key: for dropout, in training; None for none.

        Raises:
            ValueError: if there is no token, a sequence is too long, or a token is outside the
                vocabulary.
        """
        require_tokens("tokens", tokens, self.config.vocabulary, self.config.length)
        vectors, _ = self.decoder(self.embedding(tokens), key=key)
        return self.output(vectors)

    def start(self, batch: int, length: int | None = None) -> Cache:
        """An empty cache, with room for ``length`` tokens, ``config.length`` where it is None."""
        return Cache(_room(self.config, batch, length), jnp.zeros((), jnp.int32))

    def extend(
        self, cache: Cache, tokens: Integer[Array | np.ndarray, "batch new"]
    ) -> tuple[Float[Array, "batch new vocabulary"], Cache]:
        """Logits after each of the tokens that come next, and the cache with them.

        The cache must have room for them; a compiled caller sees to it, because there the position
        is not known.

        Raises:
            ValueError: as in a call.
        """
        require_tokens("tokens", tokens, self.config.vocabulary, cache.past[0].key.shape[1])
        vectors = self.embedding(tokens)
        return _extend(self.decoder, self.output, cache, vectors)


class EncoderDecoder(nnx.Module):
    r"""Encoder and decoder: :math:`p(y \mid x) = \prod_t p(y_t \mid y_1, \ldots, y_{t-1}, x)`.

    What x is, :class:`Translator` and :class:`coreformulas.transformer.Recognizer` say, each with a
    ``source`` that makes vectors of it; the rest is the same.

    Args:
        config: sizes and choices.
        rngs: where the initial weights come from, ``nnx.Rngs(jax.random.key(...))``.

    References:
        Vaswani et al. (2017), section 3 and figure 1.
    """

    def __init__(self, config: WriterConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.config = config
        self.target = Embedding(config.target_vocabulary, config.width, rngs=rngs)
        self.encoder = Encoder(config, rngs=rngs)
        self.decoder = Decoder(config, cross=True, rngs=rngs)
        self.output = nnx.Linear(config.width, config.target_vocabulary, rngs=rngs)

    def __call__(
        self,
        source: Source,
        target: Integer[Array | np.ndarray, "batch target"],
        *,
        key: Key[Array, ""] | None = None,
    ) -> Float[Array, "batch target vocabulary"]:
        """Logits of each token of the target, given the source and the tokens before it.

        Args:
            source: what is read; the encoder sees at most ``config.length`` vectors.
            target: at most ``config.length`` tokens in each row, with the end token behind the
                last and padding behind it; without the begin token.
            key: for dropout, in training; None for none.

        Raises:
            ValueError: if there is no token, a sequence is too long, a token is outside its
                vocabulary, or source and target are not equally many.
        """
        encoder_key, decoder_key = (None, None) if key is None else jax.random.split(key)
        memory, mask = self._read(source, encoder_key)
        if len(mask) != len(target):
            raise ValueError(f"target must have {len(mask)} rows, as source has, got {len(target)}")
        vectors, _ = self.decoder(
            self._shifted(target), memory=memory, memory_mask=mask, key=decoder_key
        )
        return self.output(vectors)

    def checked(self, source: Source) -> Source:
        """The source as arrays on the device.

        Raises:
            ValueError: if it is not one that this model can read.
        """
        raise NotImplementedError

    def enter(
        self, source: Source
    ) -> tuple[Float[Array, "batch source width"], Bool[Array, "batch source"]]:
        """Vectors of the source, and where there is no padding.

        Raises:
            ValueError: as :meth:`checked`.
        """
        raise NotImplementedError

    def start(self, source: Source, length: int | None = None) -> Cache:
        """Read the source; the cache has room for ``length`` tokens of the target.

        Raises:
            ValueError: as in a call.
        """
        memory, mask = self._read(source, None)
        past = _room(self.config, len(mask), length)
        return Cache(past, jnp.zeros((), jnp.int32), memory, mask)

    def extend(
        self, cache: Cache, tokens: Integer[Array | np.ndarray, "batch new"]
    ) -> tuple[Float[Array, "batch new vocabulary"], Cache]:
        """As :meth:`LanguageModel.extend`; the first token of all is ``config.begin``."""
        vocabulary = self.config.target_vocabulary
        require_tokens("tokens", tokens, vocabulary, cache.past[0].key.shape[1])
        return _extend(self.decoder, self.output, cache, self.target(tokens))

    def cross_attention(
        self, source: Source, target: Integer[Array | np.ndarray, "batch target"]
    ) -> Float[Array, "layers batch heads target source"]:
        """How much the decoder looks at each vector of the source when it writes each token.

        Raises:
            ValueError: as in a call.
        """
        memory, mask = self._read(source, None)
        return self.decoder.cross_weights(self._shifted(target), memory=memory, memory_mask=mask)

    def _read(
        self, source: Source, key: Key[Array, ""] | None
    ) -> tuple[tuple[KeyValue, ...], Array]:
        """Keys and values of the source in each layer, and where it is no padding."""
        vectors, mask = self.enter(source)
        encoded = self.encoder(vectors, mask=mask, key=key)
        return self.decoder.remember(encoded), mask[:, None, None, :]

    def _shifted(self, target: Array | np.ndarray) -> Array:
        """Vectors of what the decoder sees: the target one place later, behind the begin token."""
        require_tokens("target", target, self.config.target_vocabulary, self.config.length)
        before = jnp.asarray(target)[:, :-1]
        seen = jnp.pad(before, ((0, 0), (1, 0)), constant_values=self.config.begin)
        return self.target(seen)


class Translator(EncoderDecoder):
    """An :class:`EncoderDecoder` that reads tokens: at most ``config.length``, padding behind them.

    Args:
        config: sizes and choices.
        rngs: where the initial weights come from, ``nnx.Rngs(jax.random.key(...))``.
    """

    def __init__(self, config: TranslatorConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.source = Embedding(config.source_vocabulary, config.width, rngs=rngs)
        super().__init__(config, rngs=rngs)

    def checked(self, source: Source) -> Integer[Array, "batch source"]:
        """As :meth:`EncoderDecoder.checked`."""
        if isinstance(source, Frames):
            raise TypeError("source must be an array of tokens for this model, got Frames")
        require_tokens("source", source, self.source.table.num_embeddings, self.config.length)
        return jnp.asarray(source, jnp.int32)

    def enter(
        self, source: Source
    ) -> tuple[Float[Array, "batch source width"], Bool[Array, "batch source"]]:
        """As :meth:`EncoderDecoder.enter`."""
        tokens = self.checked(source)
        return self.source(tokens), padding_mask(tokens, self.config.padding)


def _room(config: StackConfig, batch: int, length: int | None) -> tuple[KeyValue, ...]:
    """Zeros for the keys and values of each layer."""
    length = config.length if length is None else length
    if batch < 1:
        raise ValueError(f"batch must be at least 1, got {batch}")
    if not 1 <= length <= config.length:
        raise ValueError(f"length must be from 1 to {config.length}, got {length}")
    zeros = jnp.zeros((batch, length, config.heads, config.width // config.heads))
    return tuple(KeyValue(zeros, zeros) for _ in range(config.layers))


def _extend(
    decoder: Decoder, output: nnx.Linear, cache: Cache, vectors: Array
) -> tuple[Array, Cache]:
    new = vectors.shape[1]
    if not isinstance(cache.position, jax.core.Tracer):
        room = cache.past[0].key.shape[1] - int(cache.position)
        if new > room:
            raise ValueError(f"tokens must be at most {room}, got {new}")
    vectors, past = decoder(
        vectors,
        past=cache.past,
        position=cache.position,
        memory=cache.memory,
        memory_mask=cache.memory_mask,
    )
    return output(vectors), cache._replace(past=past, position=cache.position + new)
