"""The convolutional generator and discriminator of small square images."""

from itertools import pairwise
from math import isqrt

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from coreformulas.gan.model import GANConfig

__all__ = ["ConvolutionalDiscriminator", "ConvolutionalGenerator"]


class Halving(nnx.Module):
    """A convolution with a 4 x 4 kernel and stride 2, as one matrix product over patches.

    The same sum as that of ``nnx.Conv``. On a processor the gradients of a strided convolution are
    far slower than the products they consist of, above all where ``jax.vmap`` gives each seed
    weights of its own.
    """

    def __init__(self, inputs: int, outputs: int, *, rngs: nnx.Rngs):
        """Make the layer between these channels, with fresh weights."""
        self.product = nnx.Linear(16 * inputs, outputs, rngs=rngs)

    def __call__(self, maps: Float[Array, "b h w inputs"]) -> Float[Array, "b h/2 w/2 outputs"]:
        """Maps of half the side."""
        return self.product(_patches(maps, size=4, stride=2))


class Doubling(nnx.Module):
    """A sub-pixel convolution: each pixel's 3 x 3 surroundings become 2 x 2 pixels.

    References:
        Shi et al. (2016), section 2.2.
    """

    def __init__(self, inputs: int, outputs: int, *, rngs: nnx.Rngs):
        """Make the layer between these channels, with fresh weights."""
        self.product = nnx.Linear(9 * inputs, 4 * outputs, rngs=rngs)

    def __call__(self, maps: Float[Array, "b h w inputs"]) -> Float[Array, "b 2*h 2*w outputs"]:
        """Maps of twice the side."""
        batch, height, width, _ = maps.shape
        blocks = self.product(_patches(maps, size=3, stride=1))
        blocks = blocks.reshape(batch, height, width, 2, 2, -1).swapaxes(2, 3)
        return blocks.reshape(batch, 2 * height, 2 * width, -1)


def _patches(
    maps: Float[Array, "b h w c"], *, size: int, stride: int
) -> Float[Array, "b rows columns patch"]:
    """The pixels under the kernel at each of its places, with a border of one zero."""
    _, height, width, _ = maps.shape
    padded = jnp.pad(maps, ((0, 0), (1, 1), (1, 1), (0, 0)))
    shifts = [(down, right) for down in range(size) for right in range(size)]
    return jnp.concatenate(
        [
            padded[:, down : down + height : stride, right : right + width : stride]
            for down, right in shifts
        ],
        axis=-1,
    )


class ConvolutionalGenerator(nnx.Module):
    """From noise to flat images in [0, 1]: convolutions that each double the side.

    Args:
        config: sizes; ``hidden`` are the discriminator's channels, here in reverse order.
        rngs: where the initial weights come from, ``nnx.Rngs(jax.random.key(...))``.

    Raises:
        ValueError: if the image cannot be halved as often as there are channels.

    References:
        Radford et al. (2016), without batch normalization.
    """

    def __init__(self, config: GANConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.config = config
        self.inner = _inner_side(config)
        channels = config.hidden[-1]
        self.first = nnx.Linear(config.latent, self.inner**2 * channels, rngs=rngs)
        self.layers = nnx.List(
            [Doubling(a, b, rngs=rngs) for a, b in pairwise((*reversed(config.hidden), 1))]
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
        Radford et al. (2016), without batch normalization; Lin et al. (2018) for packs.
    """

    def __init__(self, config: GANConfig, *, images: int = 1, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.config = config
        self.images = images
        inner = _inner_side(config)
        self.layers = nnx.List(
            [Halving(a, b, rngs=rngs) for a, b in pairwise((images, *config.hidden))]
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
