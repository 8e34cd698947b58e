"""One training step: pure, equal to a step by hand, and one that learns."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from coreformulas.training import ModelState
from coreformulas.vae import (
    VAEConfig,
    initial_state,
    make_update,
    negative_elbo,
    to_model,
)

KEY = jax.random.key(2)
CONFIG = VAEConfig(observed=6, hidden=(8,), latent=2)
BATCH = jnp.array([[0, 16, 3, 8, 8, 1], [16, 0, 12, 2, 5, 15], [7, 7, 7, 7, 7, 7]], jnp.float32)


def leaves(tree):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]


@jax.jit
def loss_of(parameters, key):
    """The loss, by way of ``to_model``."""
    model = to_model(CONFIG, ModelState(parameters, ()))
    return negative_elbo(
        BATCH,
        encode=model.encode,
        decode=model.decode,
        log_likelihood=model.log_likelihood,
        key=key,
    )[0]


def test_a_step_of_gradient_descent_is_the_one_made_by_hand():
    rate, key = 1e-3, jax.random.key(7)
    optimizer = optax.sgd(rate)
    state = jax.jit(lambda key: initial_state(CONFIG, optimizer, key=key))(KEY)
    after, metrics = jax.jit(make_update(CONFIG, optimizer))(state, BATCH, key)
    loss, gradients = jax.value_and_grad(loss_of)(state.parameters, key)
    np.testing.assert_allclose(metrics["loss"], loss, rtol=1e-6)
    assert all(np.any(leaf != 0) for leaf in leaves(gradients))
    by_hand = jax.tree.map(lambda p, g: p - rate * g, state.parameters, gradients)
    for stepped, wanted in zip(leaves(after.parameters), leaves(by_hand), strict=True):
        np.testing.assert_allclose(stepped, wanted, rtol=1e-5, atol=1e-7)


@pytest.fixture(scope="module")
def adam():
    """An initial state and the compiled step that belongs to it."""
    optimizer = optax.adam(1e-2)
    state = jax.jit(lambda key: initial_state(CONFIG, optimizer, key=key))(KEY)
    return state, jax.jit(make_update(CONFIG, optimizer))


def test_a_step_is_pure(adam):
    state, update = adam
    before = leaves(state)
    first, again = (update(state, BATCH, jax.random.key(1)) for _ in range(2))
    for one, two in zip(leaves(first), leaves(again), strict=True):
        np.testing.assert_array_equal(one, two)
    for one, two in zip(before, leaves(state), strict=True):
        np.testing.assert_array_equal(one, two)
    assert jax.tree.structure(first[0]) == jax.tree.structure(state)


def test_metrics_are_finite_scalars_that_add_up(adam):
    state, update = adam
    _, metrics = update(state, BATCH, jax.random.key(1))
    assert set(metrics) == {"loss", "log_likelihood", "kl"}
    assert all(value.shape == () and np.isfinite(value) for value in metrics.values())
    difference = metrics["kl"] - metrics["log_likelihood"]
    np.testing.assert_allclose(metrics["loss"], difference, rtol=1e-6)


def test_several_betas_train_at_once(adam):
    """A traced beta gives what the same number gives, and the KL divergence feels it."""
    state, _ = adam
    optimizer, key = optax.adam(1e-2), jax.random.key(1)
    betas = jnp.array([0.0, 1.0, 8.0])

    def step(beta):
        return make_update(CONFIG, optimizer, beta=beta)(state, BATCH, key)

    after, metrics = jax.jit(jax.vmap(step))(betas)
    single, _ = jax.jit(make_update(CONFIG, optimizer, beta=8.0))(state, BATCH, key)
    wanted = betas * metrics["kl"] - metrics["log_likelihood"]
    np.testing.assert_allclose(metrics["loss"], wanted, rtol=1e-6)
    for one, two in zip(leaves(after.parameters), leaves(single.parameters), strict=True):
        np.testing.assert_allclose(one[2], two, rtol=1e-5, atol=1e-6)
    assert any(np.any(leaf[0] != leaf[2]) for leaf in leaves(after.parameters))


@pytest.fixture(scope="module")
def scanned():
    """600 steps on three examples, for three seeds at once, as one scan under one jit."""
    optimizer = optax.adam(1e-2)
    update = jax.vmap(make_update(CONFIG, optimizer), in_axes=(0, None, 0))
    start = jax.jit(jax.vmap(lambda key: initial_state(CONFIG, optimizer, key=key)))(
        jax.random.split(jax.random.key(0), 3)
    )

    def step(state, key):
        return update(state, BATCH, jax.random.split(key, 3))

    return jax.jit(lambda state, keys: jax.lax.scan(step, state, keys))(
        start, jax.random.split(jax.random.key(1), 600)
    )


def test_training_raises_the_bound_for_every_seed(scanned):
    _, metrics = scanned
    assert metrics["loss"].shape == (600, 3)
    assert np.all(np.isfinite(metrics["loss"]))
    start, end = metrics["loss"][:20].mean(axis=0), metrics["loss"][-100:].mean(axis=0)
    assert np.all(end < start / 2)
    # Three examples of equal weight cost log 3 nats to tell apart, and rather more through noise.
    assert np.all(metrics["kl"][-100:].mean(axis=0) > np.log(3))


def test_the_trained_state_becomes_a_model(scanned):
    states, metrics = scanned
    parameters = jax.tree.map(lambda leaf: leaf[1], states.parameters)
    losses = jax.vmap(loss_of, in_axes=(None, 0))(parameters, jax.random.split(KEY, 100))
    last = np.asarray(metrics["loss"][-100:, 1])
    assert abs(losses.mean() - last.mean()) < 0.1 * last.mean()
    model = to_model(CONFIG, ModelState(parameters, ()))
    held = leaves(nnx.state(model, nnx.Param))
    for one, two in zip(held, leaves(parameters), strict=True):
        np.testing.assert_array_equal(one, two)


def test_more_samples_give_a_quieter_gradient(adam):
    optimizer = optax.sgd(1.0)
    state = ModelState(adam[0].parameters, optimizer.init(adam[0].parameters))
    keys = jax.random.split(jax.random.key(3), 100)

    def spread(samples):
        update = make_update(CONFIG, optimizer, samples=samples)
        after, _ = jax.jit(jax.vmap(update, in_axes=(None, None, 0)))(state, BATCH, keys)
        return sum(leaf.var(axis=0).sum() for leaf in leaves(after.parameters))

    assert spread(16) < 0.15 * spread(1)
