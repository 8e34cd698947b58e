"""One training step of a variational autoencoder, as a pure function of arrays."""

from collections.abc import Callable

import optax
from flax import nnx
from jaxtyping import Array, Float, Key, Num

from coreformulas.training import ModelState, descend
from coreformulas.vae.model import VAE, VAEConfig
from coreformulas.vae.objective import negative_elbo

__all__ = ["initial_state", "make_update", "to_model"]

Metrics = dict[str, Float[Array, ""]]
Update = Callable[
    [ModelState, Num[Array, "batch observed"], Key[Array, ""]], tuple[ModelState, Metrics]
]


def initial_state(
    config: VAEConfig, optimizer: optax.GradientTransformation, *, key: Key[Array, ""]
) -> ModelState:
    """Fresh weights, drawn from ``key``, and the optimizer's state for them."""
    parameters = nnx.state(VAE(config, rngs=nnx.Rngs(key)), nnx.Param)
    return ModelState(parameters, optimizer.init(parameters))


def make_update(
    config: VAEConfig,
    optimizer: optax.GradientTransformation,
    *,
    samples: int = 1,
    beta: float | Float[Array, ""] = 1.0,
) -> Update:
    """Build the step that lowers the negative ELBO of one batch.

    Args:
        config: of the model that ``initial_state`` made.
        optimizer: the one given to ``initial_state``.
        samples: draws of z for each example.
        beta: weight of the KL divergence; at 1 the loss is the negative ELBO. It may be traced, so
            that ``jax.vmap`` trains several at once.

    Returns:
        ``update(state, batch, key) -> (state, metrics)``, pure, for ``coreformulas.training.fit``.
        The metrics are batch means in nats: ``loss``, ``log_likelihood`` and ``kl``, all before
        the step.
    """
    graph = _graph(config)

    def update(
        state: ModelState, batch: Num[Array, "batch observed"], key: Key[Array, ""]
    ) -> tuple[ModelState, Metrics]:
        def loss_of(parameters):
            model = nnx.merge(graph, parameters)
            return negative_elbo(
                batch,
                encode=model.encode,
                decode=model.decode,
                log_likelihood=model.log_likelihood,
                key=key,
                samples=samples,
                beta=beta,
            )

        state, loss, terms = descend(state, optimizer, loss_of)
        return state, {"loss": loss, **terms}

    return update


def to_model(config: VAEConfig, state: ModelState) -> VAE:
    """The model that holds the weights of ``state``."""
    return nnx.merge(_graph(config), state.parameters)


def _graph(config: VAEConfig) -> nnx.GraphDef[VAE]:
    """The model's structure without weights: abstract evaluation computes none."""
    graph, _ = nnx.split(nnx.eval_shape(lambda: VAE(config, rngs=nnx.Rngs(0))))
    return graph
