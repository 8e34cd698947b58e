"""Translators that see a neighborhood, the loss of the way there and back, and their step."""

import inspect
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from scipy.ndimage import correlate

from coreformulas import training
from coreformulas.gan import (
    CycleConfig,
    StyleJudges,
    Translator,
    Translators,
    cycle_consistency_loss,
    discriminator_loss,
    generator_loss,
    initial_cycle_state,
    make_cycle_update,
    to_translators,
)

CONFIG = CycleConfig(side=6, channels=3, judge=(16,))
STEADY = optax.sgd(0.1)


def images(seed: int, count: int = 4):
    return jax.random.uniform(jax.random.key(seed), (count, 36), minval=-1.0)


def test_the_layers_are_convolutions_with_a_bias_for_each_pixel() -> None:
    translator = Translator(CONFIG, rngs=nnx.Rngs(jax.random.key(0)))
    translator.first_bias[...] = jax.random.normal(jax.random.key(1), (36, 3))
    translator.last_bias[...] = jax.random.normal(jax.random.key(2), (36,))
    first, last = np.asarray(translator.first[...]), np.asarray(translator.last[...])
    total = np.asarray(translator.last_bias[...]).reshape(6, 6)
    image = np.asarray(images(3)[1]).reshape(6, 6)
    for unit in range(3):
        said = correlate(image, first[:, unit].reshape(3, 3), mode="constant")
        said = said + np.asarray(translator.first_bias[...])[:, unit].reshape(6, 6)
        total = total + correlate(np.maximum(said, 0), last[unit].reshape(3, 3), mode="constant")
    np.testing.assert_allclose(
        translator(images(3))[1].reshape(6, 6), np.tanh(total), rtol=1e-3, atol=1e-5
    )


def test_no_pixel_depends_on_one_more_than_two_radii_away() -> None:
    translator = Translator(CONFIG, rngs=nnx.Rngs(jax.random.key(0)))
    translator.first_bias[...] = jnp.ones((36, 3))  # all units on
    slope = jax.jit(jax.jacobian(lambda image: translator(image[None])[0]))
    slopes = np.abs(slope(images(3)[0]))
    rows, columns = np.divmod(np.arange(36), 6)
    distance = np.maximum(abs(rows[:, None] - rows), abs(columns[:, None] - columns))
    assert slopes[distance > 2].max() == 0
    assert slopes[distance == 2].max() > 0


def test_the_cycle_loss_sums_over_pixels_and_averages_over_the_batch() -> None:
    start = jnp.array([[0.0, 1.0], [1.0, 1.0]])
    back = jnp.array([[0.5, 1.0], [0.0, -1.0]])
    assert float(cycle_consistency_loss(start, back)) == (0.5 + 3.0) / 2


@jax.jit
def begin(key):
    return initial_cycle_state(CONFIG, STEADY, STEADY, key=key)


def test_the_metrics_are_the_losses_of_both_styles() -> None:
    state = begin(jax.random.key(5))
    batch = {"plain": images(6), "styled": images(7)}
    step = jax.jit(make_cycle_update(CONFIG, STEADY, STEADY, cycle=1.0, r1=0.0))
    after, metrics = step(state, batch, jax.random.key(8))

    @jax.jit
    def wanted(before, after):
        both = to_translators(CONFIG, before)
        judges = StyleJudges(CONFIG, rngs=nnx.Rngs(jax.random.key(9)))
        nnx.update(judges, before.judges.parameters)
        styled, plain = both.there(batch["plain"]), both.back(batch["styled"])
        real = judges.plain(batch["plain"]), judges.styled(batch["styled"])
        fake = judges.plain(plain), judges.styled(styled)
        nnx.update(judges, after.judges.parameters)  # the translators answer those that have moved
        around = cycle_consistency_loss(batch["plain"], both.back(styled))
        return {
            "discriminator_loss": sum(map(discriminator_loss, real, fake)),
            "generator_loss": generator_loss(judges.plain(plain))
            + generator_loss(judges.styled(styled)),
            "cycle_loss": around + cycle_consistency_loss(batch["styled"], both.there(plain)),
        }

    exact = wanted(state, after)
    assert metrics.keys() == exact.keys()
    for name, value in exact.items():
        np.testing.assert_allclose(metrics[name], value, rtol=1e-5)


def test_the_weight_of_the_cycle_moves_the_translators_and_not_the_judges() -> None:
    state, batch = begin(jax.random.key(5)), {"plain": images(6), "styled": images(7)}

    @jax.jit
    def after(cycle):
        step = make_cycle_update(CONFIG, STEADY, STEADY, cycle=cycle, r1=1.0)
        return step(state, batch, jax.random.key(8))[0]

    without, with_cycle = after(0.0), after(1.0)
    moved = jax.tree.map(
        lambda a, b: bool(jnp.any(a != b)), without.translators, with_cycle.translators
    )
    assert any(jax.tree.leaves(moved))
    jax.tree.map(np.testing.assert_array_equal, without.judges, with_cycle.judges)
    # Several strengths at once do the same.
    each = jax.vmap(after)(jnp.array([0.0, 1.0]))
    for at_once, alone in zip(jax.tree.leaves(each), jax.tree.leaves(with_cycle), strict=True):
        np.testing.assert_allclose(at_once[1], alone, atol=1e-5)


def test_the_sign_is_found_from_unpaired_images() -> None:
    keys = jax.random.split(jax.random.key(1), 4)
    draw = lambda key: jnp.where(jax.random.uniform(key, (400, 36)) < 0.2, 0.8, -0.8)  # noqa: E731
    optimizer = optax.adam(5e-3, b1=0.5)
    state, history = training.fit(
        make_cycle_update(CONFIG, optimizer, optimizer, cycle=0.02, r1=1.0),
        jax.jit(lambda key: initial_cycle_state(CONFIG, optimizer, optimizer, key=key))(keys[0]),
        {"plain": draw(keys[1]), "styled": -draw(keys[2])},  # no row is the partner of its row
        keys[3],
        steps=300,
        batch_size=32,
    )
    plain = draw(jax.random.key(9))
    error = jnp.mean((to_translators(CONFIG, state).there(plain) + plain) ** 2)
    assert float(error) < 0.5 * float(jnp.mean((plain.mean() - plain) ** 2))
    assert history["cycle_loss"][-20:].mean() < 0.7 * history["cycle_loss"][:5].mean()


@pytest.mark.parametrize(
    ("field", "value"), [("side", 0), ("channels", 0), ("radius", 0), ("judge", (8, -1))]
)
def test_a_bad_size_is_named(field, value) -> None:
    with pytest.raises(ValueError, match=field):
        replace(CONFIG, **{field: value})


@pytest.mark.parametrize("name", ["cycle", "r1"])
@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_a_bad_strength_is_named(name, value) -> None:
    strengths = {"cycle": 0.1, "r1": 1.0} | {name: value}
    with pytest.raises(ValueError, match=f"{name} must be a number >= 0, got"):
        make_cycle_update(CONFIG, STEADY, STEADY, **strengths)


def test_images_of_another_size_are_refused() -> None:
    both = Translators(CONFIG, rngs=nnx.Rngs(jax.random.key(0)))
    with pytest.raises(ValueError, match="images must have 36 pixels"):
        both.there(jnp.zeros((2, 64)))
    loss = inspect.unwrap(cycle_consistency_loss)  # without the tests' shape checks
    with pytest.raises(ValueError, match="back must have the shape of images"):
        loss(jnp.zeros((2, 4)), jnp.zeros((3, 4)))
    with pytest.raises(ValueError, match="images must have shape"):
        loss(jnp.zeros((0, 4)), jnp.zeros((0, 4)))
