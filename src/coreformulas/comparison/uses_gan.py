"""What a GAN is used for, measured on the digits: images to order, and transfer of style."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Key

from coreformulas import gan
from coreformulas.comparison.uses_training import train_seeds, unstacked
from coreformulas.datasets import Split, load, two_styles
from coreformulas.evaluation import match_moments
from coreformulas.gan import ConditionalConfig, CycleConfig

__all__ = ["conditional", "style"]

CYCLE = 0.01  # for a loss that is summed over pixels
STYLE_STEPS = 400
ORDER_STEPS = 700
Images = Float[np.ndarray, "images 64"]


def flat(split: Split) -> Images:
    """Images as rows of 64 pixels, from -1 (paper) to 1 (ink)."""
    return split.images.reshape(-1, 64).astype(np.float32) / 8 - 1


def conditional(
    *, seeds: int, key: Key[Array, ""], first_steps: int | None = None
) -> dict[str, Any]:
    """Shares of samples read as ordered, and of test images read by a pupil of the samples.

    Judge and pupil are support vector machines; the judge has learned from the training images.
    They need scikit-learn, which the extra ``book`` brings.
    """
    from sklearn.svm import SVC

    digits = load("digits")
    images, test = flat(digits.train), flat(digits.test)
    assert digits.train.labels is not None
    orders = digits.train.labels.astype(np.int32)
    config = ConditionalConfig(latent=16, hidden=(128, 128))
    optimizer = optax.adam(optax.cosine_decay_schedule(3e-3, ORDER_STEPS), b1=0.5)
    fit_key, draw_key = jax.random.split(key)
    states, early = train_seeds(
        gan.make_conditional_update(config, optimizer, optimizer, r1=1.0),
        lambda key: gan.initial_conditional_state(config, optimizer, optimizer, key=key),
        {"data": images, "labels": orders},
        fit_key,
        seeds=seeds,
        steps=ORDER_STEPS,
        first_steps=first_steps,
    )
    judge = SVC(C=10).fit(images, orders)
    obeyed, taught = [], []
    for place, state in enumerate(unstacked(states)):
        generator = gan.to_conditional_generator(config, state)
        own_key = jax.random.fold_in(draw_key, place)
        drawn = gan.sample_classes(generator, jnp.asarray(orders), key=own_key)
        samples = np.asarray(drawn)
        obeyed.append(round(float(judge.score(samples, orders)), 4))
        taught.append(
            round(float(SVC(C=10).fit(samples, orders).score(test, digits.test.labels)), 4)
        )
    real = round(float(judge.score(test, digits.test.labels)), 4)
    return {"early_losses": early, "obeyed": obeyed, "taught": taught, "real": real}


def style(*, seeds: int, key: Key[Array, ""], first_steps: int | None = None) -> dict[str, Any]:
    """Errors of translators that learned without pairs, in counts from 0 to 16, root mean square.

    "unpaired" are the two styles as they are. In "symmetric" every second image of both is
    inverted, so that nothing in the data says whether the translation inverts: ``error`` is that
    against the truth, ``inverted`` that against its inverse. The rival gives the inverted images
    mean and covariance of the other style (optimal transport between Gaussians).
    """
    styles = two_styles(load("digits"))
    plain, styled, test, truth = map(flat, (styles.plain, styles.styled, styles.test, styles.truth))
    count = min(len(plain), len(styled))
    turned = np.where(np.arange(count)[:, None] % 2, -1, 1).astype(np.float32)
    found: dict[str, Any] = {}
    for name, signs in (("unpaired", np.ones_like(turned)), ("symmetric", turned)):
        learn_key, key = jax.random.split(key)
        data = {"plain": signs * plain[:count], "styled": signs * styled[:count]}
        there, back, early = _translations(data, test, seeds, learn_key, first_steps)
        found[name] = {
            "early_losses": early,
            "error": [_error(images, truth) for images in there],
            "inverted": [_error(-images, truth) for images in there],
            "there_and_back": [round(float(8 * np.abs(row - test).mean()), 4) for row in back],
        }
    return {**found, "matched_moments": _error(match_moments(-plain, styled, -test), truth)}


def _translations(
    data: dict[str, Images], test: Images, seeds: int, key: Key[Array, ""], first: int | None
) -> tuple[np.ndarray, np.ndarray, dict[str, list[float]]]:
    config = CycleConfig(channels=8, radius=3, judge=(64, 64))
    optimizer = optax.adam(optax.cosine_decay_schedule(2.5e-3, STYLE_STEPS), b1=0.5)
    states, early = train_seeds(
        gan.make_cycle_update(config, optimizer, optimizer, cycle=CYCLE, r1=1.0),
        partial(_begin, config, optimizer),
        data,
        key,
        seeds=seeds,
        steps=STYLE_STEPS,
        first_steps=first,
        batch_size=32,
    )

    @jax.jit
    @jax.vmap
    def translate(state: gan.CycleState) -> tuple[Array, Array]:
        both = gan.to_translators(config, state)
        there = both.there(jnp.asarray(test))
        return there, both.back(there)

    there, back = translate(states)
    return np.asarray(there), np.asarray(back), early


def _begin(config: CycleConfig, optimizer: optax.GradientTransformation, key: Key[Array, ""]):
    return gan.initial_cycle_state(config, optimizer, optimizer, key=key)


def _error(images: np.ndarray, truth: Images) -> float:
    return round(float(8 * np.sqrt(np.mean((images - truth) ** 2))), 4)
