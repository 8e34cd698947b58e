"""A variational autoencoder without any nonlinearity, whose every quantity has a closed form."""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Float, Key, Num

from coreformulas.training import ModelState, descend
from coreformulas.vae.objective import ElboTerms, gaussian_kl, negative_elbo
from coreformulas.vae.ppca import PPCA

__all__ = [
    "LinearVAE",
    "LinearVAEConfig",
    "linear_elbo",
    "linear_state",
    "make_linear_update",
    "to_linear_model",
]

Data = Num[Array | np.ndarray, "*batch observed"]


@dataclass(frozen=True)
class LinearVAEConfig:
    """Sizes of a :class:`LinearVAE`, and whether it learns its noise.

    Raises:
        ValueError: if a size is below 1.
    """

    observed: int = 64
    latent: int = 8
    learn_noise: bool = True

    def __post_init__(self):
        """Check the sizes."""
        for name in ("observed", "latent"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")


class LinearVAE(nnx.Module):
    r"""Decoder :math:`N(W z + \mu, \sigma^2 I)`, encoder :math:`N(V^T (x - \mu), \Delta)`.

    The variances of the encoder, the diagonal of :math:`\Delta`, are the same for every x, as those
    of the true posterior are.

    Args:
        config: sizes.
        rngs: where the initial weights come from.

    References:
        Lucas et al. (2019), section 4; Tipping and Bishop (1999), section 3.1.
    """

    def __init__(self, config: LinearVAEConfig, *, rngs: nnx.Rngs):
        """Small random weights, unit variances."""
        self.config = config
        shape = (config.observed, config.latent)
        self.weights = nnx.Param(0.1 * jax.random.normal(rngs.params(), shape))
        self.encoder = nnx.Param(0.1 * jax.random.normal(rngs.params(), shape))
        self.center = nnx.Param(jnp.zeros(config.observed))
        self.log_variance = nnx.Param(jnp.zeros(config.latent))
        self.log_noise = nnx.Param(jnp.zeros(()))

    @property
    def noise_variance(self) -> Float[Array, ""]:
        r""":math:`\sigma^2`; no gradient reaches it where the config says not to learn it."""
        log_noise = self.log_noise[...]
        return jnp.exp(log_noise if self.config.learn_noise else jax.lax.stop_gradient(log_noise))

    def encode(
        self, observed: Data
    ) -> tuple[Float[Array, "*batch latent"], Float[Array, "*batch latent"]]:
        """Mean and log-variance of q(z | x)."""
        centered = jnp.asarray(observed, float) - jnp.broadcast_to(self.center[...], observed.shape)
        mean = centered @ self.encoder[...]
        return mean, jnp.broadcast_to(self.log_variance[...], mean.shape)

    def decode(self, latent: Float[Array, "*batch latent"]) -> Float[Array, "*batch observed"]:
        """Mean of p(x | z)."""
        moved = latent @ self.weights[...].T
        return moved + jnp.broadcast_to(self.center[...], moved.shape)

    def log_likelihood(
        self, observed: Data, mean: Float[Array, "*batch observed"]
    ) -> Float[Array, "*batch"]:
        """log p(x | z) in nats, the sum over dimensions."""
        variance = self.noise_variance
        squares = (jnp.asarray(observed, float) - mean) ** 2
        return -0.5 * jnp.sum(squares / variance + jnp.log(2 * jnp.pi * variance), axis=-1)

    def to_ppca(self) -> PPCA:
        """The decoder and the prior alone, whose marginal likelihood is known."""
        return PPCA(self.weights[...], self.center[...], self.noise_variance)


def linear_elbo(model: LinearVAE, observed: Num[Array | np.ndarray, "batch observed"]) -> ElboTerms:
    r"""The ELBO of each example, exact: no z is drawn.

    .. math::
        E_q \|x - W z - \mu\|^2 = \|x - W m - \mu\|^2 + \sum_j s_j^2 \|w_j\|^2

    References:
        Lucas et al. (2019), section 4.
    """
    mean, log_variance = model.encode(observed)
    squared_columns = jnp.sum(model.weights[...] ** 2, axis=0)
    spread = jnp.sum(jnp.exp(log_variance) * squared_columns[None], axis=-1)
    at_mean = model.log_likelihood(observed, model.decode(mean))
    log_likelihood = at_mean - spread / (2 * model.noise_variance)
    return ElboTerms(log_likelihood=log_likelihood, kl=gaussian_kl(mean, log_variance))


def linear_state(
    config: LinearVAEConfig,
    optimizer: optax.GradientTransformation,
    *,
    key: Key[Array, ""],
    noise_variance: float | Float[Array, ""] = 1.0,
) -> ModelState:
    """Fresh weights, drawn from ``key``, and the noise to start from (or to keep)."""
    model = LinearVAE(config, rngs=nnx.Rngs(key))
    model.log_noise[...] = jnp.log(jnp.asarray(noise_variance, float))
    parameters = nnx.state(model, nnx.Param)
    return ModelState(parameters, optimizer.init(parameters))


def make_linear_update(
    config: LinearVAEConfig,
    optimizer: optax.GradientTransformation,
    *,
    samples: int | None = None,
) -> Callable[
    [ModelState, Num[Array, "batch observed"], Key[Array, ""]],
    tuple[ModelState, dict[str, Float[Array, ""]]],
]:
    """Build the step that lowers the negative ELBO of one batch, for ``training.fit``.

    Args:
        config: of the model.
        optimizer: the one given to ``linear_state``.
        samples: draws of z for each example, as any VAE takes them; ``None`` for the exact ELBO.
    """

    def loss_of(parameters: nnx.State, batch: Array, key: Array):
        model = _merge(config, parameters)
        if samples is None:
            terms = linear_elbo(model, batch)
            means = {"log_likelihood": terms.log_likelihood.mean(), "kl": terms.kl.mean()}
            return -terms.value.mean(), means
        return negative_elbo(
            batch,
            encode=model.encode,
            decode=model.decode,
            log_likelihood=model.log_likelihood,
            key=key,
            samples=samples,
        )

    def update(state, batch, key):
        state, loss, terms = descend(
            state, optimizer, lambda parameters: loss_of(parameters, batch, key)
        )
        return state, {"loss": loss, **terms}

    return update


def to_linear_model(config: LinearVAEConfig, state: ModelState) -> LinearVAE:
    """The model that holds the weights of ``state``."""
    return _merge(config, state.parameters)


def _merge(config: LinearVAEConfig, parameters: nnx.State) -> LinearVAE:
    graph, _ = nnx.split(nnx.eval_shape(lambda: LinearVAE(config, rngs=nnx.Rngs(0))))
    return nnx.merge(graph, parameters)
