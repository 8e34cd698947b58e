"""One training step by the importance-weighted bound, as a pure function of arrays."""

from typing import Literal

import jax.numpy as jnp
import optax
from flax import nnx
from jaxtyping import Array, Key, Num

from coreformulas.training import ModelState, descend
from coreformulas.vae.importance import dreg_bound, iwae_bound
from coreformulas.vae.model import VAEConfig
from coreformulas.vae.update import Metrics, Update, to_model

__all__ = ["make_iwae_update"]

_BOUNDS = {"iwae": iwae_bound, "dreg": dreg_bound}


def make_iwae_update(
    config: VAEConfig,
    optimizer: optax.GradientTransformation,
    *,
    samples: int,
    estimator: Literal["iwae", "dreg"] = "iwae",
) -> Update:
    """Build the step that raises the importance-weighted bound of one batch.

    Args:
        config: of the model that ``initial_state`` made.
        optimizer: the one given to ``initial_state``.
        samples: k, draws of z for each example; memory grows with it.
        estimator: the gradient for the encoder: "iwae" for that of :func:`iwae_bound`, "dreg" for
            the doubly reparameterized one of :func:`dreg_bound`.

    Returns:
        ``update(state, batch, key) -> (state, metrics)``, pure, for ``coreformulas.training.fit``.
        The metric ``loss`` is minus the batch mean of the bound, in nats, before the step.

    Raises:
        ValueError: if ``samples`` is below 1 or ``estimator`` is unknown.

    References:
        Burda et al. (2016), section 3; Tucker et al. (2019).
    """
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    if estimator not in _BOUNDS:
        raise ValueError(f"estimator must be 'iwae' or 'dreg', got {estimator!r}")
    bound = _BOUNDS[estimator]

    def update(
        state: ModelState, batch: Num[Array, "batch observed"], key: Key[Array, ""]
    ) -> tuple[ModelState, Metrics]:
        def loss_of(parameters: nnx.State):
            model = to_model(config, state._replace(parameters=parameters))
            values = bound(
                batch,
                encode=model.encode,
                decode=model.decode,
                log_likelihood=model.log_likelihood,
                key=key,
                samples=samples,
            )
            return -jnp.mean(values), None

        state, loss, _ = descend(state, optimizer, loss_of)
        return state, {"loss": loss}

    return update
