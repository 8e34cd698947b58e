"""The best Gaussian q for each example, the decoder held fixed: what the encoder leaves undone."""

from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Key, Num

from coreformulas.vae.objective import Decode, Encode, LogLikelihood, elbo

__all__ = ["Posterior", "refine_posterior"]


class Posterior(NamedTuple):
    """A Gaussian q(z) with diagonal covariance for each example."""

    mean: Float[Array, "batch latent"]
    log_variance: Float[Array, "batch latent"]


def refine_posterior(
    observed: Num[Array | np.ndarray, "batch *data"],
    *,
    encode: Encode,
    decode: Decode,
    log_likelihood: LogLikelihood,
    key: Key[Array, ""],
    steps: int = 500,
    samples: int = 16,
    learning_rate: float = 0.03,
) -> Posterior:
    r"""Raise the ELBO of each example over the mean and the log-variance of its own q.

    .. math::
        q^*_x = \arg\max_{\mu, \log\sigma^2} \; E_{q}[\log p(x \mid z)] - D_{KL}(q \| p(z)),
        \qquad q = N(\mu, \operatorname{diag} \sigma^2)

    starting from the encoder's q, by Adam with a learning rate that falls to zero along a cosine,
    on the reparameterized gradient. The decoder does not change. The ELBO is not concave in q: this
    finds the maximum next to where the encoder put it.

    Args:
        observed: x, one example in each row.
        encode, decode, log_likelihood: as for :func:`coreformulas.vae.elbo`.
        key: from ``jax.random.key``.
        steps: number of steps, at least 1.
        samples: draws of z for each example and step, at least 1.
        learning_rate: of the first step, above 0.

    Returns:
        The refined mean and log-variance of each example.

    Raises:
        ValueError: if a number is out of range.

    References:
        Cremer et al. (2018).
    """
    for name, value in (("steps", steps), ("samples", samples)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    if not 0 < learning_rate < float("inf"):
        raise ValueError(f"learning_rate must be a finite number above 0, got {learning_rate}")
    optimizer = optax.adam(optax.cosine_decay_schedule(learning_rate, steps))

    def negative_sum(q: Posterior, key: Key[Array, ""]) -> Array:
        terms = elbo(
            observed,
            encode=lambda _: (q.mean, q.log_variance),
            decode=decode,
            log_likelihood=log_likelihood,
            key=key,
            samples=samples,
        )
        # A sum, so that each example has the gradient that it would have alone.
        return -jnp.sum(terms.value)

    def step(state: tuple[Posterior, optax.OptState], key: Key[Array, ""]):
        q, optimizer_state = state
        changes, optimizer_state = optimizer.update(jax.grad(negative_sum)(q, key), optimizer_state)
        return (cast(Posterior, optax.apply_updates(q, changes)), optimizer_state), None

    start = Posterior(*encode(observed))
    scan = jax.jit(lambda state: jax.lax.scan(step, state, jax.random.split(key, steps)))
    (refined, _), _ = scan((start, optimizer.init(start)))
    return refined
