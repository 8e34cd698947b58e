"""A small problem whose every step can be checked: a state that counts and remembers."""

import jax
import jax.numpy as jnp
import pytest


class Counter:
    """An update that notes what it was given, and how often it was traced."""

    def __init__(self):
        self.traces = 0

    def __call__(self, state, batch, key):
        self.traces += 1
        noise = jax.random.normal(key)
        new_state = {
            "seen": state["seen"].at[batch].add(1),
            "key": jax.random.split(state["key"])[0],
            "sum": state["sum"] + noise * jnp.mean(batch),
        }
        return new_state, {"loss": new_state["sum"], "rows": batch, "bits": jax.random.bits(key)}


EXAMPLES = 10


@pytest.fixture(scope="session")
def counter():
    """One for all tests that may share what was compiled."""
    return Counter()


@pytest.fixture
def fresh():
    """One that was never traced."""
    return Counter()


@pytest.fixture
def rows():
    return jnp.arange(EXAMPLES)


@pytest.fixture
def state():
    return {
        "seen": jnp.zeros(EXAMPLES, jnp.int32),
        "key": jax.random.key(5),
        "sum": jnp.float32(0),
    }


@pytest.fixture
def key():
    return jax.random.key(0)
