"""A variational autoencoder with a Gaussian encoder and a binomial or Bernoulli decoder."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Num

from coreformulas.vae.objective import bernoulli_log_likelihood, binomial_log_likelihood

__all__ = ["VAE", "VAEConfig"]


@dataclass(frozen=True)
class VAEConfig:
    """Sizes and likelihood of a :class:`VAE`.

    Attributes:
        observed: dimensions of x.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse order.
        latent: dimensions of z.
        likelihood: "binomial" for counts from 0 to ``trials``, "bernoulli" for values in [0, 1].
        trials: trials of each binomial; a Bernoulli likelihood has none and ignores it.

    Raises:
        ValueError: if a size is not a positive whole number or the likelihood is unknown.
    """

    observed: int = 64
    hidden: tuple[int, ...] = (128, 128, 128)
    latent: int = 2
    likelihood: Literal["binomial", "bernoulli"] = "binomial"
    trials: int = 16

    def __post_init__(self):
        """Check every field, so that a bad size is named here and not deep inside a layer."""
        for name in ("observed", "latent", "trials"):
            if not _is_size(getattr(self, name)):
                raise ValueError(f"{name} must be a whole number >= 1, got {getattr(self, name)!r}")
        if not isinstance(self.hidden, tuple) or not all(_is_size(width) for width in self.hidden):
            raise ValueError(f"hidden must be a tuple of whole numbers >= 1, got {self.hidden!r}")
        if self.likelihood not in ("binomial", "bernoulli"):
            raise ValueError(
                f"likelihood must be 'binomial' or 'bernoulli', got {self.likelihood!r}"
            )


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


class Perceptron(nnx.Module):
    """Linear layers with a nonlinearity between them, none after the last."""

    def __init__(self, widths: tuple[int, ...], *, rngs: nnx.Rngs):
        self.layers = nnx.List(
            [nnx.Linear(fan_in, fan_out, rngs=rngs) for fan_in, fan_out in pairwise(widths)]
        )

    def __call__(self, inputs: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """Apply the layers in order."""
        *hidden_layers, last = self.layers
        for layer in hidden_layers:
            inputs = jax.nn.gelu(layer(inputs))
        return last(inputs)


class VAE(nnx.Module):
    r"""Encoder :math:`q(z|x) = N(\mu(x), \operatorname{diag} \sigma^2(x))` and decoder p(x | z).

    Args:
        config: sizes and likelihood.
        rngs: where the initial weights come from, ``nnx.Rngs(jax.random.key(...))``.

    References:
        Kingma and Welling (2014), section 3 and appendix C.
    """

    def __init__(self, config: VAEConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.config = config
        self.encoder = Perceptron((config.observed, *config.hidden, 2 * config.latent), rngs=rngs)
        self.decoder = Perceptron(
            (config.latent, *reversed(config.hidden), config.observed), rngs=rngs
        )

    def encode(
        self, observed: Num[Array | np.ndarray, "*batch observed"]
    ) -> tuple[Float[Array, "*batch latent"], Float[Array, "*batch latent"]]:
        """Mean and log-variance of q(z | x); x as the data has it: counts, or values in [0, 1]."""
        self._require_width("observed", observed, self.config.observed)
        largest = self.config.trials if self.config.likelihood == "binomial" else 1
        scaled = jnp.asarray(observed, float) / largest
        mean, log_variance = jnp.split(self.encoder(scaled), 2, axis=-1)
        return mean, log_variance

    def decode(self, latent: Float[Array, "*batch latent"]) -> Float[Array, "*batch observed"]:
        """Logits of p(x | z)."""
        self._require_width("latent", latent, self.config.latent)
        return self.decoder(latent)

    def log_likelihood(
        self,
        observed: Num[Array | np.ndarray, "*batch observed"],
        logits: Float[Array, "*batch observed"],
    ) -> Float[Array, "*batch"]:
        """log p(x | z) in nats, under the likelihood of the config."""
        if self.config.likelihood == "binomial":
            return binomial_log_likelihood(observed, logits, self.config.trials)
        return bernoulli_log_likelihood(observed, logits)

    @staticmethod
    def _require_width(name: str, array: Array | np.ndarray, width: int):
        if array.ndim < 1 or array.shape[-1] != width:
            raise ValueError(f"{name} must have {width} values in its last axis, got {array.shape}")
