"""A Transformer that listens: frames of sound in, letters or words out."""

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float

from coreformulas.transformer.config import RecognizerConfig
from coreformulas.transformer.frames import Frames, require_frames
from coreformulas.transformer.model import EncoderDecoder, Source

__all__ = ["FrameEmbedding", "Recognizer"]


class FrameEmbedding(nnx.Module):
    r"""One vector for every s frames, a linear map of the w frames around them:

    .. math::
        v_j = W \, (x_{js - c}, x_{js - c + 1}, \ldots, x_{js - c + w - 1}) + b, \qquad
        c = \lfloor (w - s) / 2 \rfloor

    It is a convolution over time with window w and stride s. The stride shortens what attention has
    to compare, whose cost grows with the square of the length; the window shows each vector its
    surroundings. Before the first and behind the last frame of a sound there are zeros.

    References:
        Dong, Xu and Xu (2018), for strided convolutions before the Transformer's
        encoder; Sak et al. (2015), for frames that are stacked and thinned out.
    """

    def __init__(self, config: RecognizerConfig, *, rngs: nnx.Rngs):
        """Make the map, with fresh weights."""
        self.window, self.stride = config.window, config.stride
        self.map = nnx.Linear(config.window * config.bands, config.width, rngs=rngs)

    def __call__(
        self, frames: Frames
    ) -> tuple[Float[Array, "batch vectors width"], Bool[Array, "batch vectors"]]:
        """The vectors, and which of them have a frame of their own that is no padding."""
        values, lengths = (jnp.asarray(part) for part in frames)
        batch, count, bands = values.shape
        there = jnp.arange(count)[None] < lengths[:, None]
        # `where` and not a product: whatever stands behind a sound may be not a number.
        values = jnp.where(there[..., None], values, 0)
        before = (self.window - self.stride) // 2
        values = jnp.pad(values, ((0, 0), (before, self.window), (0, 0)))
        first = jnp.arange(0, count, self.stride)
        around = values[:, first[:, None] + jnp.arange(self.window)[None]]
        vectors = self.map(around.reshape(batch, len(first), self.window * bands))
        return vectors, there[:, first]


class Recognizer(EncoderDecoder):
    """An :class:`EncoderDecoder` that reads :class:`Frames` of sound.

    Args:
        config: sizes and choices.
        rngs: where the initial weights come from, ``nnx.Rngs(jax.random.key(...))``.
    """

    def __init__(self, config: RecognizerConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.source = FrameEmbedding(config, rngs=rngs)
        self.bands = config.bands
        super().__init__(config, rngs=rngs)

    def checked(self, source: Source) -> Frames:
        """As :meth:`EncoderDecoder.checked`; raises TypeError too, if these are no frames."""
        if not isinstance(source, Frames):
            raise TypeError(f"source must be Frames for this model, got {type(source).__name__}")
        require_frames(source, self.bands, self.config.length * self.source.stride)
        return Frames(*(jnp.asarray(part) for part in source))

    def enter(
        self, source: Source
    ) -> tuple[Float[Array, "batch source width"], Bool[Array, "batch source"]]:
        """As :meth:`EncoderDecoder.enter`."""
        return self.source(self.checked(source))
