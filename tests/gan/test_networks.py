"""The layers made of matrix products are the convolutions that they say they are."""

import jax
import numpy as np
from flax import nnx

from coreformulas.gan.networks import Doubling, Halving

MAPS = jax.random.normal(jax.random.key(0), (2, 8, 8, 3))


def test_halving_is_a_strided_convolution():
    layer = Halving(3, 5, rngs=nnx.Rngs(1))
    like = nnx.Conv(3, 5, (4, 4), strides=(2, 2), padding=((1, 1), (1, 1)), rngs=nnx.Rngs(0))
    like.kernel[...] = layer.product.kernel[...].reshape(4, 4, 3, 5)
    np.testing.assert_allclose(layer(MAPS), like(MAPS), atol=1e-4)


def test_doubling_is_a_convolution_whose_channels_become_pixels():
    layer = Doubling(3, 5, rngs=nnx.Rngs(1))
    like = nnx.Conv(3, 20, (3, 3), padding=((1, 1), (1, 1)), rngs=nnx.Rngs(0))
    like.kernel[...] = layer.product.kernel[...].reshape(3, 3, 3, 20)
    blocks = like(MAPS).reshape(2, 8, 8, 2, 2, 5)
    found = layer(MAPS)
    assert found.shape == (2, 16, 16, 5)
    for down in range(2):
        for right in range(2):
            np.testing.assert_allclose(
                found[:, down::2, right::2], blocks[:, :, :, down, right], atol=1e-4
            )
