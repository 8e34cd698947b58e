"""The marginal likelihood of a latent-variable model, by importance sampling."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key, Num

__all__ = ["MarginalLogLikelihood", "marginal_log_likelihood"]

LogWeights = Callable[
    [Num[Array, "batch *data"], Key[Array, ""], int], Float[Array, "samples batch"]
]


class MarginalLogLikelihood(NamedTuple):
    r"""Estimates of log p(x), one for each example, and how far each can be trusted.

    Attributes:
        estimate: :math:`\log \frac1k \sum_i w_i`, in nats; its expectation lies under log p(x).
        standard_error: of ``estimate``, to first order: the relative standard error of the mean
            weight. Not a number for a single sample. Where a few weights carry the sum, the true
            error can be much larger.
        effective_samples: :math:`(\sum_i w_i)^2 / \sum_i w_i^2`, between 1 and k.
    """

    estimate: Float[Array, " examples"]
    standard_error: Float[Array, " examples"]
    effective_samples: Float[Array, " examples"]


def marginal_log_likelihood(
    log_weights: LogWeights,
    observed: Num[Array | np.ndarray, "examples *data"],
    *,
    samples: int,
    chunk_size: int = 50,
    batch_size: int = 20,
    key: Key[Array, ""],
) -> MarginalLogLikelihood:
    r"""Estimate log p(x) of each example by importance sampling, in nats.

    .. math::
        \log p(x) \approx \log \frac1k \sum_{i=1}^{k} w_i, \qquad
        w_i = \frac{p(x, z_i)}{q(z_i \mid x)}, \quad z_i \sim q(z \mid x)

    All of it is compiled once. Memory holds the draws of one chunk for one batch, whatever k is.
    The estimate does not depend on ``batch_size``.

    Args:
        log_weights: ``(observed, key, count) -> log w``, of shape (count, batch), with
            independent draws for each example; it must not look from one example to another.
        observed: x, one example in each row.
        samples: k, at least 1.
        chunk_size: draws at one time, at least 1.
        batch_size: examples at one time, at least 1.
        key: from ``jax.random.key``.

    Raises:
        ValueError: if a number is below 1, there is no example, or ``log_weights`` returns another
            shape than (count, batch).

    References:
        Burda et al. (2016), who take k = 5000.
    """
    for name, value in (
        ("samples", samples),
        ("chunk_size", chunk_size),
        ("batch_size", batch_size),
    ):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    if observed.shape[0] < 1:
        raise ValueError(f"observed must hold at least one example, got {observed.shape}")

    def of_example(example: Array, key: Key[Array, ""]) -> tuple[Array, Array]:
        return _log_sums(log_weights, example, key, samples, min(chunk_size, samples))

    # Compiled anew at each call: what log_weights holds, such as the weights of a model, may have
    # changed since the last one, and would be taken from the cache.
    @jax.jit
    def of_all(observed: Array, key: Key[Array, ""]) -> tuple[Array, Array]:
        keys = jax.random.split(key, observed.shape[0])
        size = min(batch_size, observed.shape[0])
        return jax.lax.map(lambda pair: of_example(*pair), (observed, keys), batch_size=size)

    total, of_squares = of_all(jnp.asarray(observed), key)
    effective = jnp.exp(2 * total - of_squares)
    # Rounding must not make a variance negative where all weights are equal.
    relative_variance = jnp.maximum(samples / effective - 1, 0) / (samples - 1)
    return MarginalLogLikelihood(total - jnp.log(samples), jnp.sqrt(relative_variance), effective)


def _log_sums(
    log_weights: LogWeights, example: Array, key: Key[Array, ""], samples: int, chunk_size: int
) -> tuple[Array, Array]:
    """log of the sum of the weights of one example and of their squares, a chunk at a time."""
    scan_key, rest_key = jax.random.split(key)

    def add(sums: tuple[Array, Array], key: Key[Array, ""], count: int) -> tuple[Array, Array]:
        values = log_weights(example[None], key, count)
        if values.shape != (count, 1):
            raise ValueError(
                f"log_weights must return the shape (count, batch), here ({count}, 1), "
                f"got {values.shape}"
            )
        chunk = jax.nn.logsumexp(values), jax.nn.logsumexp(2 * values)
        return jnp.logaddexp(sums[0], chunk[0]), jnp.logaddexp(sums[1], chunk[1])

    chunks, rest = divmod(samples, chunk_size)
    nothing = jnp.full((), -jnp.inf)
    sums, _ = jax.lax.scan(
        lambda sums, key: (add(sums, key, chunk_size), None),
        (nothing, nothing),
        jax.random.split(scan_key, chunks),
    )
    return add(sums, rest_key, rest) if rest else sums
