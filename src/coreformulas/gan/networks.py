"""The convolutional generator and discriminator of small square images."""

from itertools import pairwise
from math import isqrt

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from coreformulas.gan.model import GANConfig

__all__ = ["ConvolutionalDiscriminator", "ConvolutionalGenerator"]

KERNEL = (4, 4)  # a multiple of the stride, so that every output pixel is reached equally often
STRIDES = (2, 2)


class ConvolutionalGenerator(nnx.Module):
    """From noise to flat images in [0, 1]: transposed convolutions that each double the side.

    Args:
        config: sizes; ``hidden`` are the discriminator's channels, here in reverse order.
        rngs: where the initial weights come from, ``nnx.Rngs(jax.random.key(...))``.

    Raises:
        ValueError: if the image cannot be halved as often as there are channels.

    References:
        Radford et al. (2016), section 3, without batch normalization.
    """

    def __init__(self, config: GANConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.config = config
        self.inner = _inner_side(config)
        channels = config.hidden[-1]
        self.first = nnx.Linear(config.latent, self.inner**2 * channels, rngs=rngs)
        self.layers = nnx.List(
            [
                nnx.ConvTranspose(a, b, KERNEL, strides=STRIDES, rngs=rngs)
                for a, b in pairwise((*reversed(config.hidden), 1))
            ]
        )

    def __call__(self, latent: Float[Array, "*batch latent"]) -> Float[Array, "*batch data"]:
        """Generated images, one for each z, row by row."""
        shape = (-1, self.inner, self.inner, self.config.hidden[-1])
        maps = self.first(latent).reshape(shape)
        for layer in self.layers:
            maps = layer(jax.nn.relu(maps))
        return jax.nn.sigmoid(jnp.reshape(maps, (*latent.shape[:-1], -1)))


class ConvolutionalDiscriminator(nnx.Module):
    """From flat images to logits: convolutions that each halve the side, and one linear layer.

    Args:
        config: sizes; ``hidden`` are the channels. ``data`` may be that of several images end to
            end, a pack, which becomes the channels of the input.
        images: how many.
        rngs: where the initial weights come from, ``nnx.Rngs(jax.random.key(...))``.

    Raises:
        ValueError: if the image cannot be halved as often as there are channels.

    References:
        Radford et al. (2016), section 3, without batch normalization; Lin et al. (2018) for packs.
    """

    def __init__(self, config: GANConfig, *, images: int = 1, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.config = config
        self.images = images
        inner = _inner_side(config)
        self.layers = nnx.List(
            [
                nnx.Conv(a, b, KERNEL, strides=STRIDES, rngs=rngs)
                for a, b in pairwise((images, *config.hidden))
            ]
        )
        self.last = nnx.Linear(inner**2 * config.hidden[-1], 1, rngs=rngs)

    def __call__(self, data: Float[Array, "*batch packed"]) -> Float[Array, "*batch"]:
        """The logits, one for each image or pack."""
        side = isqrt(self.config.data)
        maps = jnp.moveaxis(data.reshape(-1, self.images, side, side), 1, -1)
        for layer in self.layers:
            maps = jax.nn.leaky_relu(layer(maps), 0.2)
        return self.last(maps.reshape(*data.shape[:-1], -1))[..., 0]


def _inner_side(config: GANConfig) -> int:
    """The side of the smallest maps."""
    side, halvings = isqrt(config.data), 2 ** len(config.hidden)
    if not config.hidden or side**2 != config.data or side % halvings:
        raise ValueError(
            f"data must be the square of a multiple of {halvings} for {len(config.hidden)} "
            f"convolutions, at least one, got {config.data}"
        )
    return side // halvings
