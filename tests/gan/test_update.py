"""One step of both players: against a step by hand, and every rule's own effect."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from coreformulas.gan import (
    Discriminator,
    GANConfig,
    Rules,
    discriminator_loss,
    generator_loss,
    initial_state,
    make_update,
    pack,
    r1_penalty,
    sample,
    to_generator,
)

CONFIG = GANConfig(latent=2, hidden=(8,), data=2)
SGD = optax.sgd(0.1)
BATCH = jax.random.normal(jax.random.key(0), (12, 2)) + 1
KEY = jax.random.key(5)


def state_of(rules, config=CONFIG, optimizer=SGD):
    return initial_state(config, optimizer, optimizer, key=KEY, packing=rules.packing)


def step(rules, batch=BATCH, config=CONFIG, optimizer=SGD):
    update = jax.jit(make_update(config, optimizer, optimizer, rules=rules))
    return update(state_of(rules, config, optimizer), batch, jax.random.key(1))


def judge_graph(config=CONFIG):
    return nnx.split(Discriminator(config, rngs=nnx.Rngs(0)))[0]


def flat(tree):
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])


@pytest.mark.parametrize("gamma", [0.0, 0.7])
def test_a_step_is_the_one_made_by_hand(gamma):
    rules, before = Rules(r1=gamma), state_of(Rules())
    after, metrics = step(rules)
    judge_key, latent_key, _ = jax.random.split(jax.random.key(1), 3)
    noise_key, _ = jax.random.split(jax.random.split(judge_key, 1)[0])
    generator = to_generator(CONFIG, before)
    fake = generator(jax.random.normal(noise_key, (12, 2)))

    def judge_loss(parameters):
        judge = nnx.merge(judge_graph(), parameters)
        return discriminator_loss(judge(BATCH), judge(fake)) + r1_penalty(judge, BATCH, gamma=gamma)

    loss, slope = jax.value_and_grad(judge_loss)(before.discriminator.parameters)
    judged = jax.tree.map(lambda w, g: w - 0.1 * g, before.discriminator.parameters, slope)
    np.testing.assert_allclose(metrics["discriminator_loss"], loss, rtol=1e-5)
    np.testing.assert_allclose(flat(after.discriminator.parameters), flat(judged), atol=1e-6)

    judge = nnx.merge(judge_graph(), judged)
    graph, weights = nnx.split(generator)
    latent = jax.random.normal(latent_key, (12, 2))
    loss, slope = jax.value_and_grad(lambda w: generator_loss(judge(nnx.merge(graph, w)(latent))))(
        weights
    )
    made = jax.tree.map(lambda w, g: w - 0.1 * g, weights, slope)
    np.testing.assert_allclose(metrics["generator_loss"], loss, rtol=1e-5)
    np.testing.assert_allclose(flat(after.generator.parameters), flat(made), atol=1e-6)


def test_one_program_serves_many_strengths():
    """The strength as an argument of the compiled step: that of each is as if it were fixed."""
    strengths = jnp.array([0.0, 0.7])

    def of(strength):
        rules = Rules(r1=strength)
        update = make_update(CONFIG, SGD, SGD, rules=rules)
        return update(state_of(Rules()), BATCH, jax.random.key(1))

    together, _ = jax.jit(jax.vmap(of))(strengths)
    for i, strength in enumerate(strengths.tolist()):
        alone, _ = step(Rules(r1=strength))
        found = jax.tree.map(lambda leaf, i=i: leaf[i], together)
        np.testing.assert_allclose(flat(found), flat(alone), atol=1e-6)


def test_the_generators_gradient_goes_through_the_unrolled_steps():
    """Against finite differences of the loss after two steps of the discriminator."""
    with jax.enable_x64(True):
        batch = jnp.asarray(BATCH, float)
        # float64 weights, so that a difference of losses keeps its digits
        before = jax.tree.map(lambda leaf: leaf.astype(float), state_of(Rules(unrolling=2)))
        update = make_update(CONFIG, SGD, SGD, rules=Rules(unrolling=2))
        after, _ = update(before, batch, jax.random.key(1))
        _, latent_key, _ = jax.random.split(jax.random.key(1), 3)
        latent = jax.random.normal(latent_key, (12, 2))
        graph, weights = nnx.split(to_generator(CONFIG, before))

        def unrolled_loss(weights):
            fake = nnx.merge(graph, weights)(latent)
            judge = after.discriminator.parameters
            for _ in range(2):
                slope = jax.grad(
                    lambda w: discriminator_loss(
                        nnx.merge(judge_graph(), w)(batch), nnx.merge(judge_graph(), w)(fake)
                    )
                )(judge)
                judge = jax.tree.map(lambda w, g: w - 0.1 * g, judge, slope)
            return generator_loss(nnx.merge(judge_graph(), judge)(fake))

        moved = jax.tree.map(jnp.subtract, before.generator.parameters, after.generator.parameters)
        gradient = flat(moved) / 0.1

        def loss_at(share):
            return unrolled_loss(jax.tree.map(lambda w, d: w + share * d, weights, moved))

        slope_along = float(loss_at(1e-4) - loss_at(-1e-4)) / 2e-4
    np.testing.assert_allclose(slope_along, gradient @ flat(moved), rtol=1e-4)
    plain, _ = step(Rules())
    assert not np.allclose(flat(plain.generator.parameters), flat(after.generator.parameters))


def test_packs_are_neighbors_end_to_end():
    packed = pack(jnp.arange(12.0).reshape(6, 2), 3)
    np.testing.assert_array_equal(packed, [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]])


def test_a_packed_discriminator_is_as_many_times_as_wide():
    state, _ = step(Rules(packing=3))
    shapes = {leaf.shape for leaf in jax.tree.leaves(state.discriminator.parameters)}
    assert (6, 8) in shapes


def test_more_critic_steps_move_the_critic_further_and_split_the_batch():
    rules = Rules(loss="wasserstein", gradient_penalty=0.1)
    once, _ = step(rules, BATCH[:4])
    thrice, _ = step(replace(rules, critic_steps=3), BATCH)
    start = flat(state_of(rules).discriminator.parameters)
    reach = [np.linalg.norm(flat(s.discriminator.parameters) - start) for s in (once, thrice)]
    assert reach[1] > 1.5 * reach[0]


@pytest.mark.parametrize("packing", [1, 2])
def test_convolutional_networks_play_too(packing):
    config = GANConfig(latent=3, hidden=(4, 8), data=64, architecture="convolutional")
    batch = jax.random.uniform(jax.random.key(3), (4, 64))
    state, metrics = step(Rules(packing=packing), batch, config, optax.adam(1e-3))
    assert all(np.isfinite(value) for value in metrics.values())
    drawn = sample(to_generator(config, state), 5, key=KEY)
    assert drawn.shape == (5, 64)
    assert 0 < drawn.min() < drawn.max() < 1


def test_it_learns_a_gaussian():
    config, optimizer = GANConfig(latent=1, hidden=(16,), data=1), optax.adam(5e-3, b1=0.5)
    update = make_update(config, optimizer, optimizer, rules=Rules(r1=0.1))
    data = 3 + jax.random.normal(jax.random.key(0), (2048, 1))

    def body(state, key):
        rows_key, key = jax.random.split(key)
        rows = jax.random.randint(rows_key, (64,), 0, len(data))
        return update(state, data[rows], key)[0], None

    start = state_of(Rules(), config, optimizer)
    state, _ = jax.jit(lambda s, keys: jax.lax.scan(body, s, keys))(
        start, jax.random.split(KEY, 800)
    )
    drawn = np.asarray(sample(to_generator(config, state), 2000, key=KEY))
    assert abs(drawn.mean() - 3) < 0.5
    assert 0.5 < drawn.std() < 1.5


@pytest.mark.parametrize(
    ("rules", "rows", "message"),
    [
        (Rules(packing=5), 12, "critic_steps x packing = 1 x 5, got 12 examples"),
        (Rules(critic_steps=5), 12, "critic_steps x packing = 5 x 1, got 12 examples"),
        (Rules(critic_steps=2, packing=4), 12, "2 x 4, got 12 examples"),
    ],
)
def test_a_batch_that_does_not_split_is_refused(rules, rows, message):
    update = make_update(CONFIG, SGD, SGD, rules=rules)
    with pytest.raises(ValueError, match=message):
        update(state_of(rules), BATCH[:rows], KEY)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Rules(packing=0), "packing must be a whole number >= 1, got 0"),
        (lambda: Rules(critic_steps=0), "critic_steps must be a whole number >= 1, got 0"),
        (lambda: Rules(unrolling=-1), "unrolling must be a whole number >= 0, got -1"),
        (lambda: Rules(r1=float("nan")), "r1 must be a number >= 0, got nan"),
        (lambda: pack(BATCH, 5), "packing must divide the 12 examples that it packs, got 5"),
        (lambda: sample(to_generator(CONFIG, state_of(Rules())), 0, key=KEY), "at least 1, got 0"),
        (lambda: state_of(Rules(), replace(CONFIG, spectral_norm=True)), "spectral_norm keeps"),
        (
            lambda: state_of(Rules(), GANConfig(data=50, architecture="convolutional")),
            "data must be the square of a multiple of 4 for 2",
        ),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
