"""The loss of a variational autoencoder: the evidence lower bound (ELBO) and what it is made of.

Pure JAX functions of arrays and of any encoder and decoder. Every value is in nats. Terms are
summed over dimensions and, only in :func:`negative_elbo`, averaged over the batch, so that no
hidden factor weighs the KL divergence against the likelihood.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key, Num

from coreformulas.vae.likelihood import require_same_shape

__all__ = [
    "ElboTerms",
    "elbo",
    "gaussian_kl",
    "negative_elbo",
    "reparameterize",
]

Encode = Callable[[Num[Array | np.ndarray, "batch *data"]], tuple[Array, Array]]
Decode = Callable[[Float[Array, "batch latent"]], Array]
LogLikelihood = Callable[[Num[Array | np.ndarray, "batch *data"], Array], Float[Array, " batch"]]


class ElboTerms(NamedTuple):
    """The two terms of the ELBO, one value for each example, in nats."""

    log_likelihood: Float[Array, " batch"]
    kl: Float[Array, " batch"]

    @property
    def value(self) -> Float[Array, " batch"]:
        """The ELBO itself: log-likelihood minus KL divergence."""
        return self.log_likelihood - self.kl


def gaussian_kl(
    mean: Float[Array, "*batch latent"],
    log_variance: Float[Array, "*batch latent"],
    prior_mean: float | Float[Array, "..."] = 0.0,
    prior_log_variance: float | Float[Array, "..."] = 0.0,
) -> Float[Array, "*batch"]:
    r"""KL divergence between two Gaussians with diagonal covariance, in nats.

    .. math::
        D_{KL}(q \| p) = \frac12 \sum_j \left[ \log\frac{s_j^2}{\sigma_j^2}
            + \frac{\sigma_j^2 + (\mu_j - m_j)^2}{s_j^2} - 1 \right]

    where :math:`q = N(\mu, \operatorname{diag} \sigma^2)` and
    :math:`p = N(m, \operatorname{diag} s^2)`.

    Args:
        mean: :math:`\mu`.
        log_variance: :math:`\log \sigma^2`, of the shape of ``mean``.
        prior_mean: :math:`m`; a number or an array that broadcasts to ``mean``.
        prior_log_variance: :math:`\log s^2`; a number or an array that broadcasts to ``mean``.

    Returns:
        The sum over the last axis.

    Raises:
        ValueError: if the shapes do not fit.

    References:
        Kingma and Welling (2014), appendix B, which has the case m = 0, s = 1.
    """
    require_same_shape("log_variance", log_variance, "mean", mean)
    prior_mean = _broadcast("prior_mean", prior_mean, mean)
    prior_log_variance = _broadcast("prior_log_variance", prior_log_variance, mean)
    log_ratio = log_variance - prior_log_variance
    squared_distance = (mean - prior_mean) ** 2 * jnp.exp(-prior_log_variance)
    # expm1 keeps the digits of a variance close to the prior's, where exp(...) - 1 loses them.
    return 0.5 * jnp.sum(jnp.expm1(log_ratio) - log_ratio + squared_distance, axis=-1)


def reparameterize(
    mean: Float[Array, "*shape"], log_variance: Float[Array, "*shape"], *, key: Key[Array, ""]
) -> Float[Array, "*shape"]:
    r"""Draw from a Gaussian so that the draw has a gradient in its parameters.

    .. math:: z = \mu + \sigma \odot \epsilon, \qquad \epsilon \sim N(0, I)

    Raises:
        ValueError: if the shapes differ.

    References:
        Kingma and Welling (2014), section 2.4 and equation (10); Rezende et al. (2014), section 3.
    """
    require_same_shape("log_variance", log_variance, "mean", mean)
    noise = jax.random.normal(key, mean.shape, mean.dtype)
    return mean + jnp.exp(0.5 * log_variance) * noise


def elbo(
    observed: Num[Array | np.ndarray, "batch *data"],
    *,
    encode: Encode,
    decode: Decode,
    log_likelihood: LogLikelihood,
    key: Key[Array, ""],
    samples: int = 1,
) -> ElboTerms:
    r"""Evidence lower bound of each example, as its two terms.

    .. math::
        \mathrm{ELBO}(x) = E_{q(z|x)}[\log p(x \mid z)] - D_{KL}(q(z \mid x) \| p(z)),
        \qquad p(z) = N(0, I)

    The KL divergence is exact; the expectation is the mean over ``samples`` draws of z.

    Args:
        observed: x, one example in each row.
        encode: from x to the mean and the log-variance of q(z | x), each (batch, latent).
        decode: from z, (batch, latent), to the parameters of p(x | z).
        log_likelihood: from x and these parameters to log p(x | z), (batch,).
        key: from ``jax.random.key``.
        samples: number of draws of z for each example, at least 1.

    Raises:
        ValueError: if ``samples`` is below 1, or ``log_likelihood`` does not return one value for
            each example.

    References:
        Kingma and Welling (2014), equations (3) and (7).
    """
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    mean, log_variance = encode(observed)
    kl = gaussian_kl(mean, log_variance)

    def one_sample(key: Key[Array, ""]) -> Array:
        latent = reparameterize(mean, log_variance, key=key)
        return log_likelihood(observed, decode(latent))

    log_likelihoods = jax.vmap(one_sample)(jax.random.split(key, samples))
    if log_likelihoods.shape[1:] != kl.shape:
        raise ValueError(
            "log_likelihood must return one value for each example, of shape "
            f"{kl.shape}, got {log_likelihoods.shape[1:]}"
        )
    return ElboTerms(log_likelihood=log_likelihoods.mean(axis=0), kl=kl)


def negative_elbo(
    observed: Num[Array | np.ndarray, "batch *data"],
    *,
    encode: Encode,
    decode: Decode,
    log_likelihood: LogLikelihood,
    key: Key[Array, ""],
    samples: int = 1,
    beta: float | Float[Array, ""] = 1.0,
) -> tuple[Float[Array, ""], dict[str, Float[Array, ""]]]:
    r"""The loss of a variational autoencoder: minus the ELBO, averaged over the batch.

    .. math::
        L = -\frac1M \sum_{i=1}^{M} \left( E_{q}[\log p(x^{(i)} \mid z)]
            - \beta \, D_{KL}(q(z \mid x^{(i)}) \| p(z)) \right)

    Args and errors are those of :func:`elbo`, and:
        beta: weight of the KL divergence, at least 0; at 1 the loss is minus the ELBO.

    Returns:
        The loss, and the batch means of its terms, ``log_likelihood`` and ``kl``, not weighed.

    References:
        Kingma and Welling (2014), equation (8), divided by -N; Higgins et al. (2017), equation (4).
    """
    if not isinstance(beta, jax.core.Tracer) and not 0 <= beta < float("inf"):
        raise ValueError(f"beta must be a finite number of at least 0, got {beta}")
    terms = elbo(
        observed,
        encode=encode,
        decode=decode,
        log_likelihood=log_likelihood,
        key=key,
        samples=samples,
    )
    loss = -jnp.mean(terms.log_likelihood - beta * terms.kl)
    return loss, {"log_likelihood": jnp.mean(terms.log_likelihood), "kl": jnp.mean(terms.kl)}


def _broadcast(name: str, value: float | Array, mean: Array) -> Array:
    try:
        return jnp.broadcast_to(jnp.asarray(value, mean.dtype), mean.shape)
    except ValueError:
        raise ValueError(
            f"{name} must broadcast to the shape of mean, {mean.shape}, got {jnp.shape(value)}"
        ) from None
