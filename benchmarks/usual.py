"""The loop that Flax's own VAE example has, for the model and the loss of this package."""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np
import optax
from flax import nnx

from coreformulas.vae import VAE, VAEConfig, negative_elbo


@nnx.jit
def train_step(
    model: VAE, optimizer: nnx.Optimizer, rngs: nnx.Rngs, batch: np.ndarray
) -> dict[str, Any]:
    """Lower the negative ELBO of one batch, in place."""
    key = rngs.noise()

    def loss_of(model: VAE):
        return negative_elbo(
            batch,
            encode=model.encode,
            decode=model.decode,
            log_likelihood=model.log_likelihood,
            key=key,
        )

    (loss, terms), gradients = nnx.value_and_grad(loss_of, has_aux=True)(model)
    optimizer.update(model, gradients)
    return {"loss": loss, **terms}


def shuffled_batches(images: np.ndarray, batch_size: int, seed: int) -> Iterator[np.ndarray]:
    """Batches of epoch after epoch, picked on the host."""
    random = np.random.default_rng(seed)
    while True:
        epoch = random.permutation(len(images))
        for first in range(0, len(images) - batch_size + 1, batch_size):
            yield images[epoch[first : first + batch_size]]


def make_usual_loop(
    config: VAEConfig,
    optimizer: optax.GradientTransformation,
    images: np.ndarray,
    *,
    batch_size: int,
    steps: int,
    seed: int,
    read_each_loss: bool,
) -> Callable[[], None]:
    """A program of ``steps`` calls of :func:`train_step` from Python.

    Structure and habits of ``examples/nnx_toy_examples/05_vae.py`` of the Flax repository: module,
    ``nnx.Optimizer`` and random streams go into the step, NumPy picks the batch, and the loss is
    read in each step (``read_each_loss``). Without that, Python prepares the next step while the
    device works on this one.
    """
    rngs = nnx.Rngs(params=seed, noise=seed + 1)
    model = VAE(config, rngs=rngs)
    state = nnx.Optimizer(model, optimizer, wrt=nnx.Param)
    batches = shuffled_batches(images, batch_size, seed)

    def run():
        history = []
        for _ in range(steps):
            metrics = train_step(model, state, rngs, next(batches))
            if read_each_loss:
                metrics["loss"] = np.asarray(metrics["loss"])
            history.append(metrics)
        jax.block_until_ready(history)

    return run
