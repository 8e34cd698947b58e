"""One training step by the importance-weighted bound."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from coreformulas import training
from coreformulas.vae import (
    VAEConfig,
    dreg_bound,
    initial_state,
    iwae_bound,
    make_iwae_update,
    to_model,
)

KEY = jax.random.key(2)
CONFIG = VAEConfig(observed=6, hidden=(8,), latent=2)
BATCH = np.array([[0, 16, 3, 8, 8, 1], [16, 0, 12, 2, 5, 15], [7, 7, 7, 7, 7, 7]], np.float32)
RATE = 1e-3


@pytest.fixture(scope="module")
def state():
    return jax.jit(lambda key: initial_state(CONFIG, optax.sgd(RATE), key=key))(KEY)


@pytest.mark.parametrize(("estimator", "bound"), [("iwae", iwae_bound), ("dreg", dreg_bound)])
def test_a_step_is_the_one_made_by_hand(state, estimator, bound):
    update = make_iwae_update(CONFIG, optax.sgd(RATE), samples=5, estimator=estimator)
    key = jax.random.key(7)
    after, metrics = jax.jit(update)(state, jnp.asarray(BATCH), key)

    @jax.jit
    @jax.value_and_grad
    def loss_of(parameters):
        model = to_model(CONFIG, state._replace(parameters=parameters))
        return -bound(
            BATCH,
            encode=model.encode,
            decode=model.decode,
            log_likelihood=model.log_likelihood,
            key=key,
            samples=5,
        ).mean()

    loss, gradients = loss_of(state.parameters)
    np.testing.assert_allclose(metrics["loss"], loss, rtol=1e-6)
    by_hand = jax.tree.map(lambda p, g: p - RATE * g, state.parameters, gradients)
    for stepped, wanted, old in zip(
        *map(jax.tree.leaves, (after.parameters, by_hand, state.parameters)), strict=True
    ):
        np.testing.assert_allclose(stepped, wanted, rtol=1e-5, atol=1e-7)
        assert np.any(stepped != old)


@pytest.mark.parametrize("estimator", ["iwae", "dreg"])
def test_training_raises_the_bound(estimator):
    optimizer = optax.adam(1e-2)
    update = make_iwae_update(CONFIG, optimizer, samples=4, estimator=estimator)
    start = initial_state(CONFIG, optimizer, key=KEY)
    _, history = training.fit(
        update, start, BATCH, jax.random.key(3), steps=400, batch_size=3, progress=False
    )
    loss = history["loss"]
    assert loss[-50:].mean() < loss[:10].mean() / 2


def test_bad_input_is_named():
    unchecked = inspect.unwrap(make_iwae_update)
    with pytest.raises(ValueError, match="samples must be at least 1, got 0"):
        unchecked(CONFIG, optax.sgd(RATE), samples=0)
    with pytest.raises(ValueError, match="estimator must be 'iwae' or 'dreg', got 'stl'"):
        unchecked(CONFIG, optax.sgd(RATE), samples=2, estimator="stl")
