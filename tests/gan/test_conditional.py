"""The conditional game: the class reaches both players, and each learns what it should."""

from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from coreformulas import training
from coreformulas.gan import (
    ConditionalConfig,
    ConditionalDiscriminator,
    ConditionalGenerator,
    discriminator_loss,
    generator_loss,
    initial_conditional_state,
    make_conditional_update,
    r1_penalty,
    sample_classes,
    to_conditional_generator,
)

CONFIG = ConditionalConfig(latent=3, hidden=(16, 8), data=5, classes=4)


def rows(count: int = 6):
    data = jax.random.normal(jax.random.key(0), (count, CONFIG.data))
    return data, jnp.arange(count) % CONFIG.classes


def test_each_example_is_judged_by_itself_and_with_its_class() -> None:
    judge = ConditionalDiscriminator(CONFIG, rngs=nnx.Rngs(jax.random.key(1)))
    data, labels = rows()
    logits = judge(data, labels)
    assert logits.shape == (6,)
    np.testing.assert_allclose(judge(data[2:3], labels[2:3]), logits[2:3], rtol=1e-5)
    other = judge(data, (labels + 1) % CONFIG.classes)
    assert float(jnp.abs(other - logits).min()) > 1e-4


def test_the_projection_is_a_product_of_class_vector_and_features() -> None:
    judge = ConditionalDiscriminator(CONFIG, rngs=nnx.Rngs(jax.random.key(1)))
    data, _ = rows()
    ones = jnp.ones(6, int)
    features = data
    for layer in judge.layers:
        features = jax.nn.leaky_relu(layer(features), 0.2)
    vectors = judge.classes.embedding[...]
    difference = judge(data, 2 * ones) - judge(data, ones)
    np.testing.assert_allclose(difference, features @ (vectors[2] - vectors[1]), atol=1e-5)


def test_the_generator_hears_of_the_class_and_stays_within_its_range() -> None:
    generator = ConditionalGenerator(CONFIG, rngs=nnx.Rngs(jax.random.key(2)))
    latent = jnp.ones((4, CONFIG.latent))
    images = generator(latent, jnp.arange(4))
    assert images.shape == (4, CONFIG.data)
    assert float(jnp.abs(images).max()) < 1
    assert float(jnp.abs(images[0] - images[1]).max()) > 1e-3


STEADY = optax.sgd(0.1)


@jax.jit
def begin(key):
    return initial_conditional_state(CONFIG, STEADY, STEADY, key=key)


@cache
def one_step(r1: float):
    """The state before, the state after and the metrics of one step."""
    data, labels = rows()
    step = jax.jit(make_conditional_update(CONFIG, STEADY, STEADY, r1=r1))
    state = begin(jax.random.key(3))
    return state, *step(state, {"data": data, "labels": labels}, jax.random.key(4))


def test_the_metrics_are_the_losses_of_the_article() -> None:
    before, after, metrics = one_step(0.0)
    data, labels = rows()

    @jax.jit
    def wanted(before, after):
        generator = to_conditional_generator(CONFIG, before)
        judge = ConditionalDiscriminator(CONFIG, rngs=nnx.Rngs(jax.random.key(5)))
        nnx.update(judge, before.discriminator.parameters)
        for_judge, for_maker = jax.random.split(jax.random.key(4))
        fake = generator(jax.random.normal(for_judge, (6, 3)), labels)
        judged = discriminator_loss(judge(data, labels), judge(fake, labels))
        nnx.update(judge, after.discriminator.parameters)  # the generator answers the moved one
        fake = generator(jax.random.normal(for_maker, (6, 3)), labels)
        return judged, generator_loss(judge(fake, labels))

    judged, made = wanted(before, after)
    np.testing.assert_allclose(metrics["discriminator_loss"], judged, rtol=1e-5)
    np.testing.assert_allclose(metrics["generator_loss"], made, rtol=1e-5)


def test_the_penalty_adds_the_slope_at_real_data() -> None:
    state, _, penalized = one_step(1.5)
    data, labels = rows()

    @jax.jit
    def penalty(state):
        judge = ConditionalDiscriminator(CONFIG, rngs=nnx.Rngs(jax.random.key(5)))
        nnx.update(judge, state.discriminator.parameters)
        return r1_penalty(lambda images: judge(images, labels), data, gamma=1.5)

    plain = one_step(0.0)[2]["discriminator_loss"]
    assert float(penalty(state)) > 1e-3
    np.testing.assert_allclose(penalized["discriminator_loss"] - plain, penalty(state), rtol=1e-3)


def test_each_class_gets_its_own_place() -> None:
    config = ConditionalConfig(latent=2, hidden=(32,), data=2, classes=2)
    centers = jnp.array([[0.5, -0.5], [-0.5, 0.5]])
    labels = jnp.arange(400) % 2
    data = centers[labels] + 0.05 * jax.random.normal(jax.random.key(1), (400, 2))
    optimizer = optax.adam(3e-3, b1=0.5)
    state, _ = training.fit(
        make_conditional_update(config, optimizer, optimizer, r1=0.5),
        jax.jit(lambda key: initial_conditional_state(config, optimizer, optimizer, key=key))(
            jax.random.key(2)
        ),
        {"data": data, "labels": labels},
        jax.random.key(3),
        steps=500,
        batch_size=32,
    )
    generator = to_conditional_generator(config, state)
    for label in range(2):
        drawn = sample_classes(generator, jnp.full(100, label), key=jax.random.key(4))
        distance = jnp.linalg.norm(drawn.mean(axis=0) - centers[label])
        assert float(distance) < 0.25


@pytest.mark.parametrize(
    ("field", "value"),
    [("latent", 0), ("data", 0), ("classes", -1), ("hidden", (8, 0)), ("hidden", ())],
)
def test_a_bad_size_is_named(field, value) -> None:
    with pytest.raises(ValueError, match=field):
        replace(CONFIG, **{field: value})


def test_bad_input_is_named() -> None:
    optimizer = optax.sgd(0.0)
    with pytest.raises(ValueError, match="r1 must be a number >= 0, got -1"):
        make_conditional_update(CONFIG, optimizer, optimizer, r1=-1.0)
    generator = ConditionalGenerator(CONFIG, rngs=nnx.Rngs(jax.random.key(2)))
    with pytest.raises(ValueError, match="labels must lie in 0 to 3, got 0 to 4"):
        sample_classes(generator, jnp.array([0, 4]), key=jax.random.key(0))
    with pytest.raises(ValueError, match="labels must be one row of at least one class"):
        sample_classes(generator, jnp.zeros(0, int), key=jax.random.key(0))
