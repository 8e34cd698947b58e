"""A variational autoencoder with a decoder strong enough to do without its code."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Float, Int, Key, Num

from coreformulas.training import ModelState, descend
from coreformulas.vae.free_bits import free_bits, kl_warmup
from coreformulas.vae.likelihood import bernoulli_log_likelihood
from coreformulas.vae.objective import gaussian_kl, reparameterize

__all__ = [
    "AutoregressiveConfig",
    "AutoregressiveState",
    "AutoregressiveVAE",
    "autoregressive_state",
    "make_autoregressive_update",
    "sample_pixels",
    "to_autoregressive_model",
]


@dataclass(frozen=True)
class AutoregressiveConfig:
    """Sizes of an :class:`AutoregressiveVAE`.

    Attributes:
        observed: pixels.
        hidden: units of the encoder, and of the decoder for each pixel.
        latent: dimensions of z.
        sees_pixels: whether the decoder sees the pixels before; without, all that it sees is z.

    Raises:
        ValueError: if a size is below 1.
    """

    observed: int = 64
    hidden: int = 32
    latent: int = 8
    sees_pixels: bool = True

    def __post_init__(self):
        """Check the sizes."""
        for name in ("observed", "hidden", "latent"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")


class AutoregressiveVAE(nnx.Module):
    r"""Gaussian encoder, and a decoder that sees the pixels before the one it predicts.

    .. math::
        p(x \mid z) = \prod_{i=1}^{D} p(x_i \mid x_1, \ldots, x_{i-1}, z), \qquad
        \operatorname{logit}_i = v_i^\top \operatorname{relu}\Big(
            c(z) + \sum_{j<i} w_j x_j \Big) + \sum_{j<i} a_{ij} x_j + b_i(z)

    with c and b linear in z. It starts at the collapsed state: the encoder returns the prior for
    every x, and the decoder hardly hears the code.

    Args:
        config: sizes.
        rngs: where the initial weights come from.

    References:
        Larochelle and Murray (2011), for the decoder without z and without a.
    """

    def __init__(self, config: AutoregressiveConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.config = config
        pixels, hidden = config.observed, config.hidden
        initial, zeros = nnx.initializers.lecun_normal(), nnx.initializers.zeros
        self.inner = nnx.Linear(pixels, 2 * hidden, rngs=rngs)
        self.outer = nnx.Linear(2 * hidden, 2 * config.latent, kernel_init=zeros, rngs=rngs)
        faint = nnx.initializers.normal(0.01)
        self.context = nnx.Linear(config.latent, hidden + pixels, kernel_init=faint, rngs=rngs)
        self.inward = nnx.Param(initial(rngs.params(), (pixels, hidden)))
        self.outward = nnx.Param(initial(rngs.params(), (hidden, pixels)))
        self.direct = nnx.Param(zeros(rngs.params(), (pixels, pixels)))

    def encode(
        self, observed: Num[Array | np.ndarray, "*batch observed"]
    ) -> tuple[Float[Array, "*batch latent"], Float[Array, "*batch latent"]]:
        """Mean and log-variance of q(z | x)."""
        hidden = jax.nn.relu(self.inner(jnp.asarray(observed, float)))
        mean, log_variance = jnp.split(self.outer(hidden), 2, axis=-1)
        return mean, log_variance

    def decode(self, latent: Float[Array, "*batch latent"]) -> Float[Array, "*batch context"]:
        """What the code adds to the hidden units and to the outputs."""
        return self.context(latent)

    def logits(
        self,
        observed: Num[Array | np.ndarray, "*batch observed"],
        context: Float[Array, "*batch context"],
    ) -> Float[Array, "*batch observed"]:
        """Logit of each pixel, from the pixels before it and the code."""
        to_hidden, to_output = jnp.split(context, [self.config.hidden], axis=-1)
        if not self.config.sees_pixels:
            return jax.nn.relu(to_hidden) @ self.outward[...] + to_output
        pixels = jnp.asarray(observed, float)
        earlier = jnp.tri(self.config.observed, k=-1)  # row i: the pixels before pixel i
        # A product with the masked images: a cumulative sum over pixels takes three times as long.
        seen = pixels[..., None, :] * jnp.broadcast_to(earlier, (*pixels.shape, len(earlier)))
        before = jnp.einsum("...ij,jh->...ih", seen, self.inward[...])
        hidden = jax.nn.relu(before + to_hidden[..., None, :])
        output = jnp.einsum("...ih,hi->...i", hidden, self.outward[...])
        return output + pixels @ (self.direct[...] * earlier).T + to_output

    def log_likelihood(
        self,
        observed: Num[Array | np.ndarray, "*batch observed"],
        context: Float[Array, "*batch context"],
    ) -> Float[Array, "*batch"]:
        """log p(x | z) of zeros and ones in nats, given what ``decode`` gave."""
        return bernoulli_log_likelihood(observed, self.logits(observed, context))


def sample_pixels(
    model: AutoregressiveVAE, latent: Float[Array, "count latent"], *, key: Key[Array, ""]
) -> Float[Array, "count observed"]:
    """Draw x ~ p(x | z), one pixel after the other."""
    context, pixels = model.decode(latent), model.config.observed

    def draw_one(index, image):
        chance = jax.nn.sigmoid(model.logits(image, context)[:, index])
        drawn = jax.random.bernoulli(jax.random.fold_in(key, index), chance)
        return image.at[:, index].set(drawn.astype(image.dtype))

    return jax.lax.fori_loop(0, pixels, draw_one, jnp.zeros((len(latent), pixels)))


class AutoregressiveState(NamedTuple):
    """What training changes, and the number of steps taken, which a warm-up needs to know."""

    model: ModelState
    step: Int[Array, ""]


def autoregressive_state(
    config: AutoregressiveConfig, optimizer: optax.GradientTransformation, *, key: Key[Array, ""]
) -> AutoregressiveState:
    """Fresh weights, drawn from ``key``, and the optimizer's state for them."""
    parameters = nnx.state(AutoregressiveVAE(config, rngs=nnx.Rngs(key)), nnx.Param)
    return AutoregressiveState(
        ModelState(parameters, optimizer.init(parameters)), jnp.zeros((), jnp.int32)
    )


def make_autoregressive_update(
    config: AutoregressiveConfig,
    optimizer: optax.GradientTransformation,
    *,
    free_nats: float | Float[Array, ""] = 0.0,
    warmup_steps: float | Float[Array, ""] = 0.0,
) -> Callable[
    [AutoregressiveState, Num[Array, "batch observed"], Key[Array, ""]],
    tuple[AutoregressiveState, dict[str, Float[Array, ""]]],
]:
    r"""Build the step that lowers the negative ELBO of one batch, with a cure or without.

    .. math::
        L = -\frac1M \sum_i E_q[\log p(x^{(i)} \mid z)] + \beta_t \sum_j \max(\lambda, \bar K_j)

    where :math:`\bar K_j` is the batch mean of the divergence of latent j. With the defaults it is
    the negative ELBO.

    Args:
        config: of the model.
        optimizer: the one given to ``autoregressive_state``.
        free_nats: :math:`\lambda` of :func:`free_bits`, for each latent dimension. May be traced.
        warmup_steps: T of :func:`kl_warmup`. May be traced.

    Returns:
        ``update(state, batch, key) -> (state, metrics)``, for ``coreformulas.training.fit``. The
        metrics are batch means in nats before the step: ``loss``, ``log_likelihood`` and ``kl``.
    """

    def loss_of(parameters: nnx.State, batch: Array, key: Array, step: Array):
        model = _merge(config, parameters)
        mean, log_variance = model.encode(batch)
        latent = reparameterize(mean, log_variance, key=key)
        log_likelihood = model.log_likelihood(batch, model.decode(latent)).mean()
        each = gaussian_kl(mean[..., None], log_variance[..., None])
        beta = kl_warmup(step, warmup_steps)
        means = {"log_likelihood": log_likelihood, "kl": each.sum(axis=-1).mean()}
        return beta * free_bits(each, free_nats) - log_likelihood, means

    def update(state, batch, key):
        model, loss, means = descend(
            state.model,
            optimizer,
            lambda parameters: loss_of(parameters, batch, key, state.step),
        )
        return AutoregressiveState(model, state.step + 1), {"loss": loss, **means}

    return update


def to_autoregressive_model(
    config: AutoregressiveConfig, state: AutoregressiveState
) -> AutoregressiveVAE:
    """The model that holds the weights of ``state``."""
    return _merge(config, state.model.parameters)


def _merge(config: AutoregressiveConfig, parameters: nnx.State) -> AutoregressiveVAE:
    graph, _ = nnx.split(nnx.eval_shape(lambda: AutoregressiveVAE(config, rngs=nnx.Rngs(0))))
    return nnx.merge(graph, parameters)
