"""The networks inside a variational autoencoder: a perceptron, and strided convolutions."""

from itertools import pairwise

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

__all__ = ["ConvolutionalDecoder", "ConvolutionalEncoder", "Perceptron"]

KERNEL = (4, 4)  # a multiple of the stride, so that every output pixel is reached equally often
STRIDES = (2, 2)


class Perceptron(nnx.Module):
    """Linear layers with a nonlinearity between them, none after the last."""

    def __init__(self, widths: tuple[int, ...], *, rngs: nnx.Rngs):
        """Make the layers between these widths, with fresh weights."""
        self.layers = nnx.List(
            [nnx.Linear(fan_in, fan_out, rngs=rngs) for fan_in, fan_out in pairwise(widths)]
        )

    def __call__(self, inputs: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """Apply the layers in order."""
        *hidden_layers, last = self.layers
        for layer in hidden_layers:
            inputs = jax.nn.gelu(layer(inputs))
        return last(inputs)


class ConvolutionalEncoder(nnx.Module):
    """Convolutions that each halve the side of a square image, and one linear layer.

    Args:
        side: pixels of the image's side, divisible by 2 to the number of layers.
        channels: of each layer.
        outputs: of the linear layer.
        rngs: where the initial weights come from.
    """

    def __init__(self, side: int, channels: tuple[int, ...], outputs: int, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.layers = nnx.List(
            [
                nnx.Conv(fan_in, fan_out, KERNEL, strides=STRIDES, rngs=rngs)
                for fan_in, fan_out in pairwise((1, *channels))
            ]
        )
        self.side = side
        flat = (side >> len(channels)) ** 2 * (1, *channels)[-1]
        self.last = nnx.Linear(flat, outputs, rngs=rngs)

    def __call__(self, inputs: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """From flat images, row by row, to flat outputs."""
        maps = inputs.reshape(-1, self.side, self.side, 1)
        for layer in self.layers:
            maps = jax.nn.gelu(layer(maps))
        return self.last(maps.reshape(*inputs.shape[:-1], -1))


class ConvolutionalDecoder(nnx.Module):
    """The encoder backwards: one linear layer, and convolutions that each double the side.

    Args:
        inputs: of the linear layer.
        side: pixels of the image's side, divisible by 2 to the number of layers.
        channels: of the encoder's layers, from the image inwards.
        rngs: where the initial weights come from.
    """

    def __init__(self, inputs: int, side: int, channels: tuple[int, ...], *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.inner = side >> len(channels)
        self.channels = (1, *channels)[-1]
        self.first = nnx.Linear(inputs, self.inner**2 * self.channels, rngs=rngs)
        self.layers = nnx.List(
            [
                nnx.ConvTranspose(fan_in, fan_out, KERNEL, strides=STRIDES, rngs=rngs)
                for fan_in, fan_out in pairwise((*reversed(channels), 1))
            ]
        )

    def __call__(self, inputs: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """From flat inputs to flat images, row by row."""
        maps = self.first(inputs).reshape(-1, self.inner, self.inner, self.channels)
        for layer in self.layers:
            maps = layer(jax.nn.gelu(maps))
        return jnp.reshape(maps, (*inputs.shape[:-1], -1))
