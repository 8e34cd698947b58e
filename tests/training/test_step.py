"""The shared optimizer step, against a step by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from coreformulas.training import ModelState, descend


def quadratic(parameters):
    """Half the squared distance of x from 3, and x itself before the step."""
    x = parameters["x"][...]
    return 0.5 * jnp.sum((x - 3) ** 2), x


def start(optimizer):
    parameters = nnx.State({"x": nnx.Param(jnp.array([1.0, 5.0]))})
    return ModelState(parameters, optimizer.init(parameters))


def test_a_step_of_gradient_descent_is_the_formula():
    optimizer = optax.sgd(0.25)
    state, loss, before = descend(start(optimizer), optimizer, quadratic)
    np.testing.assert_allclose(np.asarray(state.parameters["x"]), [1.5, 4.5])
    np.testing.assert_allclose(before, [1.0, 5.0])
    assert loss == 4.0


def test_the_optimizer_keeps_its_memory():
    """With momentum the second step depends on the first."""
    optimizer = optax.sgd(0.25, momentum=0.5)
    step = jax.jit(lambda state: descend(state, optimizer, quadratic)[0])
    state = step(step(start(optimizer)))
    # 1 -> 1.5 with velocity -2; then the velocity is -1.5 - 1 = -2.5.
    np.testing.assert_allclose(np.asarray(state.parameters["x"]), [2.125, 3.875])
