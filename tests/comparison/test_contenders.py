"""What all contenders share: the learning rate, and what their samples are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coreformulas.comparison import digits_contenders, grid_contenders, parameter_counts
from coreformulas.transformer import parameter_count


@pytest.fixture(scope="module")
def grid():
    return grid_contenders(key=jax.random.key(0))


@pytest.fixture(scope="module")
def digits():
    return digits_contenders()


def fresh(contender):
    return contender.begin(contender.optimizer(10), jax.random.key(1))


def test_the_learning_rate_rises_and_falls_to_zero(grid):
    contender, steps = grid["gan"], 400
    state, rates = contender.optimizer(steps).init(jnp.zeros(())), []
    move = jax.jit(contender.optimizer(1).update)  # the length of the run is in the state
    for _ in range(steps):
        # With a gradient of one Adam moves by one, up to its tiny epsilon.
        change, state = move(jnp.ones(()), state)
        rates.append(-float(change))
    assert np.argmax(rates) == 8
    np.testing.assert_allclose(max(rates), contender.learning_rate, rtol=1e-2)
    assert (np.diff(rates[8:]) < 0).all()
    assert rates[0] < rates[3] < rates[7]
    assert rates[-1] < 1e-3 * contender.learning_rate


@pytest.mark.parametrize("target", ["grid", "digits"])
def test_parameters_are_equal_within_ten_percent(target, request):
    contenders = request.getfixturevalue(target)
    counts = {name: parameter_counts(contender) for name, contender in contenders.items()}
    everything = [count for count, _ in counts.values()]
    assert max(everything) <= 1.1 * min(everything)
    assert counts["transformer"] == (parameter_count(contenders["transformer"].config),) * 2
    for name in ("vae", "gan"):
        assert counts[name][1] < counts[name][0]


@pytest.mark.parametrize("name", ["vae", "gan", "transformer"])
def test_samples_are_of_the_target(name, grid, digits):
    points = jax.jit(lambda key: grid[name].draw(fresh(grid[name]), 6, key))(jax.random.key(2))
    assert points.shape == (6, 2)
    assert jnp.issubdtype(points.dtype, jnp.floating)
    counts = jax.jit(lambda key: digits[name].draw(fresh(digits[name]), 6, key))(jax.random.key(2))
    assert counts.shape == (6, 64)
    assert jnp.issubdtype(counts.dtype, jnp.integer)
    assert counts.min() >= 0
    assert counts.max() <= 16
    assert len(jnp.unique(counts)) > 1
