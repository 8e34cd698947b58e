"""Generator and discriminator: shapes, seeds, gradients and the errors of bad sizes."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from coreformulas import gan

CONFIG = gan.GANConfig(latent=3, hidden=(16, 8), data=2)


def test_shapes_from_noise_to_logits():
    generator = gan.Generator(CONFIG, rngs=nnx.Rngs(jax.random.key(0)))
    discriminator = gan.Discriminator(CONFIG, rngs=nnx.Rngs(jax.random.key(1)))
    fake = generator(jax.random.normal(jax.random.key(2), (5, 3)))
    assert fake.shape == (5, 2)
    assert discriminator(fake).shape == (5,)
    assert len(generator.layers) == len(discriminator.layers) == 3


def test_the_seed_decides_the_weights():
    def weights(seed):
        return jax.tree.leaves(
            nnx.state(gan.Generator(CONFIG, rngs=nnx.Rngs(jax.random.key(seed))))
        )

    for one, same in zip(weights(0), weights(0), strict=True):
        np.testing.assert_array_equal(one, same)
    assert any(np.any(one != other) for one, other in zip(weights(0), weights(1), strict=True))


def test_both_networks_bend():
    """A network without a nonlinearity would map the middle to the middle."""
    ends = jnp.array([[-2.0, 1.0, 0.5], [2.0, 0.3, -1.0]])
    middle = ends.mean(axis=0, keepdims=True)
    generator = gan.Generator(CONFIG, rngs=nnx.Rngs(jax.random.key(0)))
    assert np.abs(generator(ends).mean(axis=0) - generator(middle)[0]).max() > 1e-3
    discriminator = gan.Discriminator(CONFIG, rngs=nnx.Rngs(jax.random.key(1)))
    assert abs(discriminator(ends[:, :2]).mean() - discriminator(middle[:, :2])[0]) > 1e-3


@pytest.mark.parametrize("spectral_norm", [False, True])
def test_a_gradient_step_on_the_loss_tells_real_from_fake(spectral_norm):
    config = gan.GANConfig(hidden=(16,), spectral_norm=spectral_norm)
    graph, weights, rest = nnx.split(
        gan.Discriminator(config, rngs=nnx.Rngs(jax.random.key(0))), nnx.Param, ...
    )
    real = jax.random.normal(jax.random.key(1), (64, 2)) + 2
    fake = jax.random.normal(jax.random.key(2), (64, 2)) - 2

    @jax.jit
    def loss(weights):
        model = nnx.merge(graph, weights, rest)
        return gan.discriminator_loss(model(real), model(fake))

    before = loss(weights)
    slopes = jax.grad(loss)(weights)
    after = loss(jax.tree.map(lambda w, g: w - 0.05 * g, weights, slopes))
    assert after < before


@pytest.mark.parametrize(
    "bad", [{"latent": 0}, {"data": -2}, {"latent": True}, {"hidden": (8, -1)}]
)
def test_bad_sizes_are_named(bad):
    with pytest.raises(ValueError, match=f"{next(iter(bad))} must be"):
        gan.GANConfig(**bad)


def test_bad_widths_are_named():
    generator = gan.Generator(CONFIG, rngs=nnx.Rngs(jax.random.key(0)))
    discriminator = gan.Discriminator(CONFIG, rngs=nnx.Rngs(jax.random.key(0)))
    with pytest.raises(
        ValueError, match=r"latent must have 3 values in its last axis, got \(4, 2\)"
    ):
        inspect.unwrap(type(generator).__call__)(generator, jnp.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"data must have 2 values in its last axis, got \(4, 3\)"):
        inspect.unwrap(type(discriminator).__call__)(discriminator, jnp.zeros((4, 3)))
