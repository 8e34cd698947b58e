"""The importance-weighted bound: k draws of z instead of one, and two gradients for it.

Pure JAX functions of arrays and of any Gaussian encoder and any decoder, as in
:mod:`coreformulas.vae.objective`. Every value is in nats, and summed over dimensions.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key, Num

from coreformulas.vae.objective import Decode, Encode, LogLikelihood, reparameterize

__all__ = ["dreg_bound", "iwae_bound", "log_importance_weights"]


def log_importance_weights(
    observed: Num[Array | np.ndarray, "batch *data"],
    *,
    encode: Encode,
    decode: Decode,
    log_likelihood: LogLikelihood,
    key: Key[Array, ""],
    samples: int = 1,
) -> Float[Array, "samples batch"]:
    r"""Logarithms of independent importance weights of each example, in nats.

    .. math::
        \log w_i = \log p(x \mid z_i) + \log p(z_i) - \log q(z_i \mid x),
        \qquad z_i \sim q(z \mid x), \quad p(z) = N(0, I)

    The mean of w over draws is p(x), and the mean of log w is the ELBO. The draws have a gradient
    in the parameters of the encoder.

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
        Burda et al. (2016), section 3.
    """
    mean, log_variance = encode(observed)
    latent = _draw(mean, log_variance, key, samples)
    log_ratio = _log_prior_over_q(latent, mean, log_variance)
    return _log_likelihoods(observed, latent, decode, log_likelihood) + log_ratio


def iwae_bound(
    observed: Num[Array | np.ndarray, "batch *data"],
    *,
    encode: Encode,
    decode: Decode,
    log_likelihood: LogLikelihood,
    key: Key[Array, ""],
    samples: int,
) -> Float[Array, " batch"]:
    r"""The importance-weighted bound on log p(x), one draw of it for each example, in nats.

    .. math::
        L_k(x) = E_{z_1, \dots, z_k \sim q(z|x)}\left[
            \log \frac1k \sum_{i=1}^{k} \frac{p(x, z_i)}{q(z_i \mid x)} \right] \le \log p(x)

    With k = ``samples`` = 1 the expectation is the ELBO. Its gradient is the reparameterized one,
    in which a draw counts by its normalized weight :math:`\tilde w_i = w_i / \sum_j w_j`.

    Args and errors are those of :func:`log_importance_weights`.

    References:
        Burda et al. (2016), section 3.
    """
    log_weights = log_importance_weights(
        observed,
        encode=encode,
        decode=decode,
        log_likelihood=log_likelihood,
        key=key,
        samples=samples,
    )
    return _log_mean(log_weights)


def dreg_bound(
    observed: Num[Array | np.ndarray, "batch *data"],
    *,
    encode: Encode,
    decode: Decode,
    log_likelihood: LogLikelihood,
    key: Key[Array, ""],
    samples: int,
) -> Float[Array, " batch"]:
    r"""The value of :func:`iwae_bound`, with the doubly reparameterized gradient for the encoder.

    .. math::
        \nabla_\phi L_k = E\left[ \sum_{i=1}^{k} \tilde w_i^2 \,
            \frac{\partial \log w_i}{\partial z_i} \frac{\partial z_i}{\partial \phi} \right],
        \qquad \tilde w_i = \frac{w_i}{\sum_j w_j}

    Both gradients have one expectation. This one leaves out the derivative of
    :math:`\log q_\phi(z_i \mid x)` in :math:`\phi` at a fixed draw, and so the noise of it. The
    gradient in what ``decode`` and ``log_likelihood`` hold is the ordinary one. Whatever encoder
    and decoder share would get both; here they share nothing.

    Args and errors are those of :func:`log_importance_weights`.

    References:
        Tucker et al. (2019).
    """
    mean, log_variance = encode(observed)
    latent = _draw(mean, log_variance, key, samples)
    at_rest = jax.lax.stop_gradient((mean, log_variance))

    def log_weights(latent: Float[Array, "samples batch latent"]) -> Array:
        log_ratio = _log_prior_over_q(latent, *at_rest)
        return _log_likelihoods(observed, latent, decode, log_likelihood) + log_ratio

    # The gradient of a log-mean-exp weighs each draw once; what goes on into z is weighed again.
    # Both passes compute one value from one input, so that XLA runs the decoder once.
    normalized = jax.nn.softmax(log_weights(jax.lax.stop_gradient(latent)), axis=0)
    return _log_mean(log_weights(_scale_gradient(latent, jax.lax.stop_gradient(normalized))))


def _draw(mean: Array, log_variance: Array, key: Key[Array, ""], samples: int) -> Array:
    """Draws of z, (samples, batch, latent)."""
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    keys = jax.random.split(key, samples)
    return jax.vmap(lambda key: reparameterize(mean, log_variance, key=key))(keys)


def _log_prior_over_q(latent: Array, mean: Array, log_variance: Array) -> Array:
    """log p(z) - log q(z | x), (samples, batch); the constants of both normal densities cancel."""
    distance = (latent - mean[None]) * jnp.exp(-0.5 * log_variance)[None]
    return 0.5 * jnp.sum(distance**2 + log_variance[None] - latent**2, axis=-1)


def _log_likelihoods(
    observed: Array | np.ndarray, latent: Array, decode: Decode, log_likelihood: LogLikelihood
) -> Array:
    """log p(x | z) of every draw, (samples, batch)."""
    values = jax.vmap(lambda one: log_likelihood(observed, decode(one)))(latent)
    if values.shape != latent.shape[:2]:
        raise ValueError(
            "log_likelihood must return one value for each example, of shape "
            f"{latent.shape[1:2]}, got {values.shape[1:]}"
        )
    return values


def _log_mean(log_weights: Float[Array, "samples batch"]) -> Float[Array, " batch"]:
    return jax.nn.logsumexp(log_weights, axis=0) - jnp.log(log_weights.shape[0])


@jax.custom_vjp
def _scale_gradient(latent: Array, factor: Array) -> Array:  # noqa: ARG001 - used backward
    """``latent``, whose gradient is multiplied by ``factor`` on its way back."""
    return latent


_scale_gradient.defvjp(
    lambda latent, factor: (latent, factor),
    lambda factor, slope: (factor[..., None] * slope, jnp.zeros_like(factor)),
)
