"""One step of an optimizer on one loss, the part that every family's update shares."""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import jax
import optax
from flax import nnx
from jaxtyping import Array, Float

__all__ = ["ModelState", "descend"]

Metrics = dict[str, Float[Array, "..."]]


class ModelState(NamedTuple):
    """What training changes in one model: the weights and the optimizer's own state."""

    parameters: nnx.State
    optimizer: optax.OptState


def descend(
    state: ModelState,
    optimizer: optax.GradientTransformation,
    loss_of: Callable[[nnx.State], tuple[Float[Array, ""], Any]],
) -> tuple[ModelState, Float[Array, ""], Any]:
    """Take one step that lowers a loss.

    Args:
        state: the weights and the optimizer's state.
        optimizer: the one whose ``init`` made ``state.optimizer``.
        loss_of: from the weights to ``(loss, extra)``; only ``loss`` is differentiated.

    Returns:
        The state after the step, and the loss and ``extra`` before it.
    """
    (loss, extra), gradients = jax.value_and_grad(loss_of, has_aux=True)(state.parameters)
    changes, optimizer_state = optimizer.update(gradients, state.optimizer, state.parameters)
    parameters = cast(nnx.State, optax.apply_updates(state.parameters, changes))
    return ModelState(parameters, optimizer_state), loss, extra
