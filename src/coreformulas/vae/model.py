"""A variational autoencoder: Gaussian encoder; binomial, Bernoulli or Gaussian decoder."""

from dataclasses import dataclass
from math import isqrt
from typing import Literal, get_args

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Num

from coreformulas.vae.likelihood import (
    bernoulli_log_likelihood,
    binomial_log_likelihood,
    gaussian_log_likelihood,
)
from coreformulas.vae.networks import ConvolutionalDecoder, ConvolutionalEncoder, Perceptron

__all__ = ["VAE", "VAEConfig"]

Architecture = Literal["perceptron", "convolutional"]
Likelihood = Literal["binomial", "bernoulli", "gaussian"]


@dataclass(frozen=True)
class VAEConfig:
    """Sizes, architecture and likelihood of a :class:`VAE`.

    Attributes:
        observed: dimensions of x; pixels of a square image where the architecture is convolutional.
        hidden: widths of the encoder's hidden layers, or channels of its convolutions, each of
            which halves the image's side; the decoder has them in reverse order.
        latent: dimensions of z.
        likelihood: "binomial" for counts from 0 to ``trials``, "bernoulli" for values in [0, 1],
            "gaussian" for real numbers, with one learned variance for all dimensions.
        trials: trials of each binomial; the other likelihoods have none and ignore it.
        architecture: "perceptron" or "convolutional".

    Raises:
        ValueError: if a size is not a positive whole number, the likelihood or the architecture is
            unknown, or an image cannot be halved as often as there are convolutions.
    """

    observed: int = 64
    hidden: tuple[int, ...] = (128, 128, 128)
    latent: int = 2
    likelihood: Likelihood = "binomial"
    trials: int = 16
    architecture: Architecture = "perceptron"

    def __post_init__(self):
        """Check every field, so that a bad size is named here and not deep inside a layer."""
        for name in ("observed", "latent", "trials"):
            if not _is_size(getattr(self, name)):
                raise ValueError(f"{name} must be a whole number >= 1, got {getattr(self, name)!r}")
        if not isinstance(self.hidden, tuple) or not all(_is_size(width) for width in self.hidden):
            raise ValueError(f"hidden must be a tuple of whole numbers >= 1, got {self.hidden!r}")
        for name, allowed in (("likelihood", Likelihood), ("architecture", Architecture)):
            if getattr(self, name) not in get_args(allowed):
                names = " or ".join(map(repr, get_args(allowed)))
                raise ValueError(f"{name} must be {names}, got {getattr(self, name)!r}")
        halvings = 2 ** len(self.hidden)
        if self.architecture == "convolutional" and (
            isqrt(self.observed) ** 2 != self.observed or isqrt(self.observed) % halvings
        ):
            raise ValueError(
                f"observed must be the square of a multiple of {halvings} for {len(self.hidden)} "
                f"convolutions, got {self.observed}"
            )


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


class VAE(nnx.Module):
    r"""Encoder :math:`q(z|x) = N(\mu(x), \operatorname{diag} \sigma^2(x))` and decoder p(x | z).

    Args:
        config: sizes, architecture and likelihood.
        rngs: where the initial weights come from, ``nnx.Rngs(jax.random.key(...))``.

    References:
        Kingma and Welling (2014), section 3 and appendix C; Rybkin et al. (2021) for the learned
        variance of the Gaussian decoder.
    """

    def __init__(self, config: VAEConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.config = config
        if config.architecture == "convolutional":
            side = isqrt(config.observed)
            self.encoder = ConvolutionalEncoder(side, config.hidden, 2 * config.latent, rngs=rngs)
            self.decoder = ConvolutionalDecoder(config.latent, side, config.hidden, rngs=rngs)
        else:
            widths = (config.observed, *config.hidden)
            self.encoder = Perceptron((*widths, 2 * config.latent), rngs=rngs)
            self.decoder = Perceptron((config.latent, *reversed(widths)), rngs=rngs)
        if config.likelihood == "gaussian":
            self.log_noise = nnx.Param(jnp.zeros(()))

    def encode(
        self, observed: Num[Array | np.ndarray, "*batch observed"]
    ) -> tuple[Float[Array, "*batch latent"], Float[Array, "*batch latent"]]:
        """Mean and log-variance of q(z | x); x as the data has it: counts, bits or real numbers."""
        self._require_width("observed", observed, self.config.observed)
        largest = self.config.trials if self.config.likelihood == "binomial" else 1
        scaled = jnp.asarray(observed, float) / largest
        mean, log_variance = jnp.split(self.encoder(scaled), 2, axis=-1)
        return mean, log_variance

    def decode(self, latent: Float[Array, "*batch latent"]) -> Float[Array, "*batch observed"]:
        """Logits of p(x | z), or its mean where it is a Gaussian."""
        self._require_width("latent", latent, self.config.latent)
        return self.decoder(latent)

    def log_likelihood(
        self,
        observed: Num[Array | np.ndarray, "*batch observed"],
        decoded: Float[Array, "*batch observed"],
    ) -> Float[Array, "*batch"]:
        """log p(x | z) in nats, under the likelihood of the config, given what ``decode`` gave."""
        if self.config.likelihood == "binomial":
            return binomial_log_likelihood(observed, decoded, self.config.trials)
        if self.config.likelihood == "bernoulli":
            return bernoulli_log_likelihood(observed, decoded)
        return gaussian_log_likelihood(observed, decoded, self.log_noise[...])

    @staticmethod
    def _require_width(name: str, array: Array | np.ndarray, width: int):
        if array.ndim < 1 or array.shape[-1] != width:
            raise ValueError(f"{name} must have {width} values in its last axis, got {array.shape}")
