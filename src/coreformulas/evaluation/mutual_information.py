r"""How much a code tells about the example it came from, and how well codes fill the prior.

Both are about the aggregate posterior :math:`q(z) = \frac1N \sum_n q(z \mid x_n)` of a finite set
of examples, each as likely as the others. It is a mixture of N Gaussians whose density is
computed in full, so that draws of z are the only thing left to chance.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from jax.scipy.stats import norm
from jaxtyping import Array, Float, Key

from coreformulas.evaluation.uncertainty import Estimate

__all__ = ["aggregate_kl", "mutual_information"]

Parameters = Float[Array | np.ndarray, "examples latent"]


def mutual_information(
    mean: Parameters, log_variance: Parameters, *, samples: int = 8, key: Key[Array, ""]
) -> Estimate:
    r"""Mutual information of examples and codes under a diagonal Gaussian encoder, in nats.

    .. math::
        I_q(x; z) = \frac1N \sum_{n=1}^{N} E_{q(z \mid x_n)}\!\left[
            \log \frac{q(z \mid x_n)}{\frac1N \sum_m q(z \mid x_m)} \right] \le \log N

    The estimate is unbiased for these N examples: the inner sum is over all of them. Every single
    term is at most log N. If the examples are draws from a larger population, then on average over
    such draws this falls short of the information in the population, by the divergence of the
    N-example mixture from the true aggregate posterior; near log N it says nothing but "large".

    Args:
        mean: :math:`\mu(x_n)`.
        log_variance: :math:`\log \sigma^2(x_n)`.
        samples: draws of z for each example, at least 2.
        key: from ``jax.random.key``.

    Returns:
        The estimate, and its standard error over the draws of z with the examples held fixed.

    Raises:
        ValueError: if the shapes are not equal, there are fewer than two examples, a value is not
            finite, or ``samples`` is below 2.

    References:
        Hoffman and Johnson (2016).
    """
    own, mixture, _ = _log_densities(mean, log_variance, samples, key)
    return _stratified(own - mixture)


def aggregate_kl(
    mean: Parameters, log_variance: Parameters, *, samples: int = 8, key: Key[Array, ""]
) -> Estimate:
    r"""Divergence of the aggregate posterior from a standard normal prior, in nats.

    .. math::
        D_{KL}(q(z) \| p(z)) = E_{q(z)}\!\left[
            \log \frac{\frac1N \sum_m q(z \mid x_m)}{p(z)} \right], \qquad p(z) = N(0, I)

    Args, errors and standard error are those of :func:`mutual_information`. The estimate is
    unbiased for these examples.

    References:
        Hoffman and Johnson (2016), where it is the marginal KL to the prior.
    """
    _, mixture, prior = _log_densities(mean, log_variance, samples, key)
    return _stratified(mixture - prior)


def _log_densities(
    mean: Array | np.ndarray, log_variance: Array | np.ndarray, samples: int, key: Key[Array, ""]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-densities, (examples, samples), of draws from each q(z | x_n): own, mixture, prior."""
    if mean.shape != log_variance.shape:
        raise ValueError(
            f"log_variance must have the shape of mean, {mean.shape}, got {log_variance.shape}"
        )
    if mean.ndim != 2 or len(mean) < 2:
        raise ValueError(f"mean must have the shape (examples >= 2, latent), got {mean.shape}")
    if samples < 2:
        raise ValueError(f"samples must be at least 2, got {samples}")
    for name, values in (("mean", mean), ("log_variance", log_variance)):
        if not np.isfinite(np.asarray(values)).all():
            raise ValueError(f"{name} must be finite, got infinite values or no numbers")
    found = _compute(jnp.asarray(mean), jnp.asarray(log_variance), samples, key)
    own, mixture, prior = (np.asarray(part, float) for part in found)
    return own, mixture, prior


def _compute_densities(mean: Array, log_variance: Array, samples: int, key: Array):
    scale = jnp.exp(0.5 * log_variance)

    def one_example(row: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        center, width, noise_key = row
        noise = jax.random.normal(noise_key, (samples, mean.shape[1]), mean.dtype)
        latent = center[None] + width[None] * noise
        every = norm.logpdf(latent[:, None], mean[None], scale[None]).sum(axis=-1)
        own = norm.logpdf(latent, center[None], width[None]).sum(axis=-1)
        mixture = logsumexp(every, axis=-1) - jnp.log(len(mean))
        return own, mixture, norm.logpdf(latent).sum(axis=-1)

    # In blocks: all pairs at once would need memory of the square of the number of examples.
    return jax.lax.map(one_example, (mean, scale, jax.random.split(key, len(mean))), batch_size=16)


_compute = jax.jit(_compute_densities, static_argnums=2)


def _stratified(values: np.ndarray) -> Estimate:
    """Mean over examples and draws; only the draws are random, as every example has its share."""
    examples, samples = values.shape
    variance = values.var(axis=1, ddof=1).sum() / samples
    return Estimate(float(values.mean()), float(np.sqrt(variance) / examples))
