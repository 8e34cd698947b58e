"""A Transformer that listens: frames of sound in, letters or words out."""

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float

from coreformulas.transformer.config import RecognizerConfig
from coreformulas.transformer.frames import Frames, require_frames
from coreformulas.transformer.model import EncoderDecoder, Source

__all__ = ["FrameEmbedding", "Recognizer"]


class FrameEmbedding(nnx.Module):
    r"""One vector for each s neighboring frames, a linear map of all their entries:

    .. math:: v_j = W \, (x_{js}, x_{js+1}, \ldots, x_{js+s-1}) + b

    Stacking shortens what attention has to compare, whose cost grows with the square of the length.
    Where a sound ends inside a stack, the frames that are missing count as zeros.

    References:
        Dong, Xu and Xu (2018), section 3.2, for speech as the source of a Transformer; Sak et al.
        (2015), section 2, for stacked frames.
    """

    def __init__(self, bands: int, stack: int, width: int, *, rngs: nnx.Rngs):
        """Make the map, with fresh weights."""
        self.stack = stack
        self.map = nnx.Linear(stack * bands, width, rngs=rngs)

    def __call__(
        self, frames: Frames
    ) -> tuple[Float[Array, "batch vectors width"], Bool[Array, "batch vectors"]]:
        """The vectors, and which of them have a frame that is no padding."""
        values, lengths = (jnp.asarray(part) for part in frames)
        batch, count, bands = values.shape
        there = jnp.arange(count) < lengths[:, None]
        # `where` and not a product: whatever stands behind a sound may be not a number.
        values = jnp.where(there[..., None], values, 0)
        values = jnp.pad(values, ((0, 0), (0, -count % self.stack), (0, 0)))
        vectors = self.map(values.reshape(batch, -1, self.stack * bands))
        return vectors, there[:, :: self.stack]


class Recognizer(EncoderDecoder):
    """An :class:`EncoderDecoder` that reads :class:`Frames` of sound.

    Args:
        config: sizes and choices.
        rngs: where the initial weights come from, ``nnx.Rngs(jax.random.key(...))``.
    """

    def __init__(self, config: RecognizerConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.source = FrameEmbedding(config.bands, config.stack, config.width, rngs=rngs)
        self.bands = config.bands
        super().__init__(config, rngs=rngs)

    def checked(self, source: Source) -> Frames:
        """As :meth:`EncoderDecoder.checked`; raises TypeError too, if these are no frames."""
        if not isinstance(source, Frames):
            raise TypeError(f"source must be Frames for this model, got {type(source).__name__}")
        require_frames(source, self.bands, self.config.length * self.source.stack)
        return Frames(*(jnp.asarray(part) for part in source))

    def enter(
        self, source: Source
    ) -> tuple[Float[Array, "batch source width"], Bool[Array, "batch source"]]:
        """As :meth:`EncoderDecoder.enter`."""
        return self.source(self.checked(source))
