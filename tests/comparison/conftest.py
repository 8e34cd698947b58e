"""A contender that is quick: one number per seed, learned by a step that is easily followed."""

import jax
import jax.numpy as jnp
import pytest

from coreformulas.comparison import Contender
from coreformulas.gan import GANConfig


def step(optimizer):
    """Move halfway to the mean of the batch, whatever the optimizer."""
    del optimizer

    def update(state, batch, key):
        del key
        moved = state + 0.5 * (batch.mean() - state)
        return moved, {"loss": (batch.mean() - state) ** 2}

    return update


@pytest.fixture
def halving():
    """From a validation loss to the contender."""

    def make(validate=None):
        return Contender(
            family="gan",
            config=GANConfig(),
            learning_rate=0.1,
            momentum=0.9,
            batch_size=4,
            data=jnp.full((4, 1), 8.0),
            begin=lambda optimizer, key: jax.random.uniform(key),  # noqa: ARG005
            update=step,
            draw=lambda state, count, key: state + jax.random.normal(key, (count, 1)),
            sampler=lambda state: state,
            validate=validate,
        )

    return make
