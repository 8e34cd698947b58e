"""Posterior collapse, measured: a decoder that can do without the code, and one that cannot."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Key

from coreformulas import vae
from coreformulas.comparison.uses_training import train_seeds, unstacked
from coreformulas.datasets import load
from coreformulas.vae import AutoregressiveConfig

__all__ = ["collapse"]

STEPS = 600
DARK = 8  # a pixel is one where at least half of its 16 cells are dark


def collapse(*, seeds: int, key: Key[Array, ""], first_steps: int | None = None) -> dict[str, Any]:
    """Rate and negative ELBO on binary test digits, in nats an image, of two decoders.

    "strong" sees the pixels before each pixel, "plain" sees the code alone; all else is equal.
    """
    digits = load("digits")
    train, test = (
        jnp.asarray(part.images.reshape(-1, 64) >= DARK, jnp.float32)
        for part in (digits.train, digits.test)
    )
    optimizer = optax.adam(optax.cosine_decay_schedule(1e-2, STEPS))
    fit_key, test_key = jax.random.split(key)
    found = {}
    for name, sees in (("strong", True), ("plain", False)):
        config = AutoregressiveConfig(sees_pixels=sees)
        states, early = train_seeds(
            vae.make_autoregressive_update(config, optimizer),
            partial(_begin, config, optimizer),
            train,
            fit_key,  # the same for both, so that they begin alike
            seeds=seeds,
            steps=STEPS,
            first_steps=first_steps,
            batch_size=32,
        )
        measured = []
        for place, state in enumerate(unstacked(states)):
            model = vae.to_autoregressive_model(config, state)
            measured.append(_terms(model, test, jax.random.fold_in(test_key, place)))
        rate, loss = np.asarray(measured, float).T
        found[name] = {
            "early_losses": early,
            "rate": np.round(rate, 4).tolist(),
            "negative_elbo": np.round(loss, 4).tolist(),
        }
    return found


def _begin(config: AutoregressiveConfig, optimizer, key: Key[Array, ""]):
    return vae.autoregressive_state(config, optimizer, key=key)


@jax.jit
def _terms(model: vae.AutoregressiveVAE, test: Array, key: Key[Array, ""]):
    terms = vae.elbo(
        test,
        encode=model.encode,
        decode=model.decode,
        log_likelihood=model.log_likelihood,
        key=key,
        samples=8,
    )
    return terms.kl.mean(), -terms.value.mean()
