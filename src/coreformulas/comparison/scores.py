"""Negative log-likelihoods of trained contenders, in nats an example."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key, Num

from coreformulas import transformer, vae
from coreformulas.evaluation import marginal_log_likelihood, mean_and_standard_error
from coreformulas.training import ModelState
from coreformulas.transformer import LanguageModelConfig
from coreformulas.vae import VAE, VAEConfig

__all__ = ["Score", "expected_cross_entropy", "sequence_log_likelihood", "vae_score"]

ELBO_SAMPLES = 16


class Score(NamedTuple):
    """How well a model predicts, in nats an example; less is better.

    Attributes:
        negative_log_likelihood: mean of -log p(x), or of an upper bound of it.
        standard_error: of this mean, over the examples; 0 where no example was drawn.
        kind: "exact", or "importance-sampled" for a bound that is tight up to few nats.
        negative_elbo: the looser bound of a VAE, None for others.
    """

    negative_log_likelihood: float
    standard_error: float
    kind: str
    negative_elbo: float | None


def vae_score(
    config: VAEConfig,
    state: ModelState,
    observed: Num[Array | np.ndarray, "examples observed"],
    *,
    samples: int,
    key: Key[Array, ""],
    log_density: Float[Array, " examples"] | None = None,
    entropy: float | int = 0,
) -> Score:
    r"""Both bounds of a variational autoencoder: negative ELBO and importance sampling.

    Where the true density is known, its logarithm serves as a control variate: the mean of
    :math:`\log p(x) - \log p_\theta(x)`, plus the entropy of p, has the expectation of the mean of
    :math:`-\log p_\theta(x)`, and varies far less.

    Args:
        config: of the model.
        state: its weights.
        observed: what the model is tested on.
        samples: draws of z for each example.
        key: from ``jax.random.key``.
        log_density: log p(x) of each example; None where not known.
        entropy: of p.
    """
    elbo_key, weights_key = jax.random.split(key)
    model = vae.to_model(config, state)
    observed = jnp.asarray(observed)
    log_weights = partial(vae.log_importance_weights, **_parts(model))
    found = marginal_log_likelihood(
        lambda rows, key, count: log_weights(rows, key=key, samples=count),
        observed,
        samples=samples,
        batch_size=100,
        key=weights_key,
    )
    known = np.zeros(len(observed)) if log_density is None else np.asarray(log_density, float)
    tight = mean_and_standard_error(known - np.asarray(found.estimate, float))
    bounds = vae_elbo(config, state, observed, elbo_key)
    return Score(
        negative_log_likelihood=tight.mean + entropy,
        standard_error=tight.standard_error,
        kind="importance-sampled",
        negative_elbo=float(np.mean(known - np.asarray(bounds, float))) + entropy,
    )


@partial(jax.jit, static_argnames="config")
def vae_elbo(
    config: VAEConfig, state: ModelState, observed: Num[Array, "examples observed"], key: Array
) -> Float[Array, " examples"]:
    """The ELBO of each example, with 16 draws of z."""
    terms = vae.elbo(observed, **_parts(vae.to_model(config, state)), key=key, samples=ELBO_SAMPLES)
    return terms.value


@partial(jax.jit, static_argnames="config")
def sequence_log_likelihood(
    config: LanguageModelConfig, state: ModelState, tokens: Int[Array, "examples length"]
) -> Float[Array, " examples"]:
    r"""Exact :math:`\log p(x) = \sum_t \log p(x_t | x_{<t})` of each row behind a first 0."""
    sequences = jnp.pad(tokens, ((0, 0), (1, 0)))
    found = transformer.predict(transformer.to_model(config, state), sequences)
    log_chances = jax.nn.log_softmax(found.logits)
    chosen = jnp.take_along_axis(log_chances, jnp.asarray(found.targets)[..., None], axis=-1)
    return chosen[..., 0].sum(axis=-1)


def expected_cross_entropy(
    config: LanguageModelConfig, state: ModelState, probabilities: Float[np.ndarray, "cells cells"]
) -> float:
    r"""Exact expectation of -log p of a pair of tokens under a table of probabilities, in nats.

    .. math:: -\sum_{ij} P_{ij} \left[ \log p(i) + \log p(j \mid i) \right]

    Every pair is looked at, so that there is no sampling error.

    Args:
        config: of the model.
        state: its weights.
        probabilities: P.

    Raises:
        ValueError: if the table is not that of all pairs of the model's tokens.
    """
    cells = config.vocabulary
    if probabilities.shape != (cells, cells):
        raise ValueError(
            f"probabilities must have shape {(cells, cells)}, got {probabilities.shape}"
        )
    log_chances = np.asarray(_log_pairs(config, state), float)
    return float(-(probabilities * log_chances).sum())


@partial(jax.jit, static_argnames="config")
def _log_pairs(config: LanguageModelConfig, state: ModelState) -> Float[Array, "cells cells"]:
    """log p(i) + log p(j | i) of every pair."""
    first = jnp.arange(config.vocabulary)
    sequences = jnp.stack([jnp.zeros_like(first), first], axis=1)
    logits = transformer.to_model(config, state)(sequences)
    log_chances = jax.nn.log_softmax(logits)
    return log_chances[0, 0][:, None] + log_chances[:, 1]


def _parts(model: VAE) -> dict[str, Callable[..., Any]]:
    return {
        "encode": model.encode,
        "decode": model.decode,
        "log_likelihood": model.log_likelihood,
    }
