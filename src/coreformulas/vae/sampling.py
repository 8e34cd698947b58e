"""Drawing from a trained variational autoencoder, and walking through its latent space.

Two kinds of picture are easily confused. ``expected`` is the mean of p(x | z): a smooth image that
the decoder computes and that the data never shows. ``drawn`` is a draw from p(x | z): a sample of
the model in the strict sense. :class:`Generated` always holds both.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm
from jaxtyping import Array, Float, Key, Num

from coreformulas.vae.model import VAE
from coreformulas.vae.objective import reparameterize

__all__ = ["Generated", "LatentGrid", "expected", "latent_grid", "reconstruct", "sample"]


class Generated(NamedTuple):
    """Images made by the decoder, in the units of the data: counts, bits or real numbers.

    Attributes:
        latent: the z that each was made from.
        expected: E[x | z], real numbers.
        drawn: x ~ p(x | z); whole numbers, but for a Gaussian decoder.
    """

    latent: Float[Array, "count latent"]
    expected: Float[Array, "count observed"]
    drawn: Num[Array, "count observed"]


class LatentGrid(NamedTuple):
    """Expected images over a square grid in a latent plane.

    Attributes:
        quantiles: the values that each latent dimension takes, ascending.
        expected: E[x | z] at z = (quantiles[column], quantiles[-1 - row]), so that row 0 is the
            top of the plane when the second dimension points up.
    """

    quantiles: Float[Array, " side"]
    expected: Float[Array, "side side observed"]


def expected(model: VAE, latent: Float[Array, "*batch latent"]) -> Float[Array, "*batch observed"]:
    """E[x | z]: expected counts (binomial), probabilities (Bernoulli) or the mean (Gaussian)."""
    return _mean(model, model.decode(latent))


def sample(model: VAE, count: int, *, key: Key[Array, ""]) -> Generated:
    """Ancestral sampling: z ~ N(0, I), then x ~ p(x | z).

    Raises:
        ValueError: if ``count`` is below 1.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    latent_key, draw_key = jax.random.split(key)
    latent = jax.random.normal(latent_key, (count, model.config.latent))
    return _generate(model, latent, key=draw_key)


def reconstruct(
    model: VAE, observed: Num[Array | np.ndarray, "count observed"], *, key: Key[Array, ""]
) -> Generated:
    """Encode and decode: z ~ q(z | x), then x ~ p(x | z)."""
    latent_key, draw_key = jax.random.split(key)
    mean, log_variance = model.encode(observed)
    return _generate(model, reparameterize(mean, log_variance, key=latent_key), key=draw_key)


def latent_grid(model: VAE, side: int = 10) -> LatentGrid:
    """Expected images over a plane of z, at equally likely steps of the prior.

    The grid stands at the mid-quantiles (i + 1/2) / ``side`` of N(0, 1), so that each image speaks
    for the same share of the prior's mass.

    Raises:
        ValueError: if the latent space is not a plane, or ``side`` is below 1.

    References:
        Kingma and Welling (2014), appendix A, whose figure 4 maps a unit square in the same way.
    """
    if model.config.latent != 2:
        raise ValueError(f"latent_grid needs a model with latent = 2, got {model.config.latent}")
    if side < 1:
        raise ValueError(f"side must be at least 1, got {side}")
    quantiles = norm.ppf((jnp.arange(side) + 0.5) / side)
    horizontal, vertical = jnp.meshgrid(quantiles, quantiles[::-1])
    return LatentGrid(quantiles, expected(model, jnp.stack([horizontal, vertical], axis=-1)))


def _mean(model: VAE, decoded: Float[Array, "*batch observed"]) -> Float[Array, "*batch observed"]:
    if model.config.likelihood == "gaussian":
        return decoded
    return _trials(model) * jax.nn.sigmoid(decoded)


def _trials(model: VAE) -> int:
    return model.config.trials if model.config.likelihood == "binomial" else 1


def _generate(
    model: VAE, latent: Float[Array, "count latent"], *, key: Key[Array, ""]
) -> Generated:
    """Mean and one draw of p(x | z); a binomial count is a sum of independent cells."""
    decoded = model.decode(latent)
    mean = _mean(model, decoded)
    if model.config.likelihood == "gaussian":
        variance = jnp.broadcast_to(model.log_noise[...], mean.shape)
        return Generated(latent, mean, reparameterize(mean, variance, key=key))
    probabilities = jax.nn.sigmoid(decoded)
    cells = jax.random.bernoulli(key, probabilities[None], (_trials(model), *mean.shape))
    return Generated(latent, mean, jnp.sum(cells, axis=0, dtype=jnp.int32))
