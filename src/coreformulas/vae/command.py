"""``python -m coreformulas train vae``: train on one split of a data set, measure on another."""

import argparse
import time
from dataclasses import asdict
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Key, Num

from coreformulas.datasets import NAMES, Dataset, Split, load
from coreformulas.evaluation import marginal_log_likelihood, mean_and_standard_error
from coreformulas.training import ModelState, Stopwatch, fit
from coreformulas.vae.importance import log_importance_weights
from coreformulas.vae.iwae_update import make_iwae_update
from coreformulas.vae.model import VAE, VAEConfig
from coreformulas.vae.objective import elbo
from coreformulas.vae.update import Metrics, Update, initial_state, make_update, to_model

__all__ = ["add_options", "train"]

ELBO_SAMPLES = 10
ELBO_BATCH = 500
LAST_SHARE = 0.1  # of the steps, without shifts: test images are where they are


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``train vae`` to a parser."""
    parser.add_argument("--data", choices=NAMES, required=True, help="the data set")
    parser.add_argument("--seed", type=int, required=True, help="of weights, order and noise")
    parser.add_argument(
        "--hidden", type=int, nargs="*", default=[400, 400], help="widths, or channels"
    )
    parser.add_argument("--latent", type=int, default=50, help="dimensions of z")
    parser.add_argument(
        "--architecture", default="perceptron", choices=("perceptron", "convolutional")
    )
    parser.add_argument("--epochs", type=float, default=100, help="passes over the training data")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=1e-3, help="the highest, of Adam")
    parser.add_argument(
        "--shift",
        type=_share,
        default=0.0,
        help="share of training batches that are moved by up to one pixel each way; none are in "
        "the last tenth of the run",
    )
    parser.add_argument(
        "--importance-samples",
        type=int,
        default=1,
        help="draws in the bound that is trained; above 1 the importance-weighted one",
    )
    parser.add_argument(
        "--samples", type=int, default=500, help="draws an image for the test log-likelihood"
    )
    parser.add_argument(
        "--test-images", type=int, help="how many are measured, drawn at random; all by default"
    )


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"a share from 0 to 1 is expected, got {text}")
    return value


def train(options: argparse.Namespace) -> dict[str, Any]:
    """Train, measure, and return the record: model, seconds, results in nats an image."""
    data = load(options.data)
    config = _config(options, data)
    keys = jax.random.split(jax.random.key(options.seed), 6)
    state, clock = _train(options, config, data, keys[0], keys[1])
    model = to_model(config, state)
    began = time.perf_counter()
    validation, test = (
        _as_bits(_observed(split, data), key)
        for split, key in ((data.validation, keys[2]), (data.test, keys[3]))
    )
    results = {
        "validation": {"negative_elbo": _negative_elbo(model, validation, keys[4])},
        "test": _measure(model, test, options, keys[5]),
    }
    clock["evaluating"] = round(time.perf_counter() - began, 1)
    leaves = jax.tree.leaves(state.parameters)
    return {
        "model": asdict(config) | {"parameters": sum(leaf.size for leaf in leaves)},
        "examples": {"training": len(data.train.images), "test": len(data.test.images)},
        "seconds": clock,
        "nats": results,
    }


def _config(options: argparse.Namespace, data: Dataset) -> VAEConfig:
    """Counts have a binomial likelihood; bits, and gray levels drawn as bits, a Bernoulli one."""
    counts = data.trials is not None and data.trials > 1
    return VAEConfig(
        observed=int(np.prod(data.train.images.shape[1:])),
        hidden=tuple(options.hidden),
        latent=options.latent,
        likelihood="binomial" if counts else "bernoulli",
        trials=data.trials or 1,
        architecture=options.architecture,
    )


def _observed(split: Split, data: Dataset) -> Num[np.ndarray, "examples observed"]:
    """Flat images: counts or bits as they are, gray levels as probabilities of a bit."""
    flat = split.images.reshape(len(split.images), -1)
    return flat if data.trials is not None else (flat / data.maximum).astype(np.float32)


def _train(
    options: argparse.Namespace,
    config: VAEConfig,
    data: Dataset,
    weights_key: Key[Array, ""],
    key: Key[Array, ""],
) -> tuple[ModelState, dict[str, float]]:
    """Adam, its rate rising for a fiftieth of the run and then falling along a cosine to zero."""
    steps = max(1, round(options.epochs * len(data.train.images) / options.batch_size))
    rate = optax.warmup_cosine_decay_schedule(
        0.0, options.learning_rate, max(1, steps // 50), steps
    )
    optimizer = optax.adam(rate)
    state = initial_state(config, optimizer, key=weights_key)
    last = round(steps * LAST_SHARE) if options.shift else 0
    watch, compiling = Stopwatch(), 0.0
    for shift, start, stop in ((options.shift, 0, steps - last), (0.0, steps - last, steps)):
        if start == stop:
            continue
        state, history = fit(
            _update(config, optimizer, data, shift, options.importance_samples),
            state,
            _observed(data.train, data),
            key,
            steps=stop - start,
            start=start,
            batch_size=options.batch_size,
        )
        compiling += history.compile_seconds
    jax.block_until_ready(state)
    return state, {**watch.read(compile_seconds=compiling), "steps": steps}


def _update(
    config: VAEConfig,
    optimizer: optax.GradientTransformation,
    data: Dataset,
    shift: float,
    importance_samples: int,
) -> Update:
    """The step on a batch whose images are moved, and whose gray levels are drawn as bits anew."""
    if importance_samples > 1:
        update = make_iwae_update(config, optimizer, samples=importance_samples)
    else:
        update = make_update(config, optimizer)
    image = data.train.images.shape[1:]

    def varied(
        state: ModelState, batch: Num[Array, "batch observed"], key: Key[Array, ""]
    ) -> tuple[ModelState, Metrics]:
        whether_key, where_key, bits_key, key = jax.random.split(key, 4)
        if shift:
            pixels = jax.random.randint(where_key, (2,), -1, 2)
            pixels *= jax.random.bernoulli(whether_key, shift)
            moved = jnp.roll(batch.reshape(-1, *image), pixels, axis=(1, 2))
            batch = moved.reshape(batch.shape)
        if data.trials is None:
            batch = jax.random.bernoulli(bits_key, batch).astype(float)
        return update(state, batch, key)

    return varied


def _as_bits(
    observed: Num[np.ndarray, "examples observed"], key: Key[Array, ""]
) -> Num[np.ndarray, "examples observed"]:
    """Draw each gray level as a bit, once; what is whole already stays as it is."""
    if observed.dtype == np.uint8:
        return observed
    return np.asarray(jax.random.bernoulli(key, observed), np.uint8)


def _measure(
    model: VAE,
    observed: Num[np.ndarray, "examples observed"],
    options: argparse.Namespace,
    key: Key[Array, ""],
) -> dict[str, Any]:
    """Both bounds of the chosen test images, the tighter one by importance sampling."""
    choice_key, elbo_key, weights_key = jax.random.split(key, 3)
    if options.test_images is not None:
        chosen = jax.random.permutation(choice_key, len(observed))[: options.test_images]
        observed = observed[np.asarray(chosen)]
    log_weights = partial(
        log_importance_weights,
        encode=model.encode,
        decode=model.decode,
        log_likelihood=model.log_likelihood,
    )
    marginal = marginal_log_likelihood(
        lambda images, key, count: log_weights(images, key=key, samples=count),
        observed,
        samples=options.samples,
        key=weights_key,
    )
    return {
        "images": len(observed),
        "negative_elbo": _negative_elbo(model, observed, elbo_key),
        "negative_log_likelihood": mean_and_standard_error(
            -np.asarray(marginal.estimate)
        )._asdict(),
        "importance_samples": options.samples,
    }


def _negative_elbo(
    model: VAE, observed: Num[np.ndarray, "examples observed"], key: Key[Array, ""]
) -> dict[str, float]:
    """Mean over images, each with its exact KL and the mean of ten draws."""

    @jax.jit
    def values(images: Array, key: Key[Array, ""]) -> Float[Array, " images"]:
        terms = elbo(
            images,
            encode=model.encode,
            decode=model.decode,
            log_likelihood=model.log_likelihood,
            key=key,
            samples=ELBO_SAMPLES,
        )
        return terms.value

    parts = [
        values(jnp.asarray(observed[first : first + ELBO_BATCH]), jax.random.fold_in(key, first))
        for first in range(0, len(observed), ELBO_BATCH)
    ]
    return mean_and_standard_error(-np.concatenate(parts))._asdict()
