"""The race on real digits: counts from 0 to 16 for all, so that nats an image compare."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from coreformulas.comparison.contenders import (
    Contender,
    gan_contender,
    transformer_contender,
    vae_contender,
)
from coreformulas.comparison.scores import Score, sequence_log_likelihood, vae_elbo, vae_score
from coreformulas.datasets import Split, load
from coreformulas.evaluation import (
    gradient_energy,
    mean_and_standard_error,
    nearest,
    precision_recall,
)
from coreformulas.gan import GANConfig, Rules
from coreformulas.transformer import LanguageModelConfig
from coreformulas.vae import VAEConfig

__all__ = ["DigitsJudge", "digits_contenders", "digits_reference", "digits_score"]

SIDE = 8
TRIALS = 16
BATCH = 64
SURE = 0.9

Counts = Int[np.ndarray, "images pixels"]


def counts_of(split: Split, *, side: int = SIDE) -> Counts:
    """Flat images of counts; larger ones repeat each pixel."""
    images = split.images.astype(np.int32)
    repeated = np.kron(images, np.ones((side // SIDE, side // SIDE), np.int32))
    return repeated.reshape(len(images), -1)


def digits_contenders(
    *, width: int = 1, side: int = SIDE, r1: float | int = 0.5
) -> dict[str, Contender]:
    """The three families on the 1297 training images.

    The VAE has a binomial likelihood, the Transformer reads pixels row by row as tokens from 0 to
    16, and the generator's images, which lie between 0 and 1, are rounded to counts. VAE and
    Transformer are measured on the validation images on the way.

    Args:
        width: of all hidden layers and channels, as a multiple of the usual one.
        side: of the images in pixels, a multiple of 8.
        r1: weight of the GAN's penalty; 0 for the game without one.

    Raises:
        ValueError: if ``width`` or ``side`` is out of range.
    """
    if width < 1:
        raise ValueError(f"width must be at least 1, got {width}")
    if side < SIDE or side % SIDE:
        raise ValueError(f"side must be a multiple of {SIDE}, got {side}")
    digits = load("digits")
    train = counts_of(digits.train, side=side)
    validation = counts_of(digits.validation, side=side)
    return {
        "vae": _vae(train, validation, width=width),
        "gan": _gan(train, width=width, r1=r1),
        "transformer": _transformer(train, validation, width=width),
    }


def _vae(train: Counts, validation: Counts, *, width: int) -> Contender:
    hidden = (96 * width, 64 * width)
    config = VAEConfig(observed=train.shape[1], hidden=hidden, latent=16, trials=TRIALS)
    return vae_contender(
        config,
        train,
        learning_rate=2e-3,
        batch_size=BATCH,
        validate=lambda state, key: -vae_elbo(config, state, validation, key).mean(),
    )


def _gan(train: Counts, *, width: int, r1: float | int) -> Contender:
    hidden = (16 * width, 32 * width)
    return gan_contender(
        GANConfig(latent=16, hidden=hidden, data=train.shape[1], architecture="convolutional"),
        train.astype(np.float32) / TRIALS,
        rules=Rules(r1=float(r1)),
        learning_rate=1e-3,
        momentum=0.5,
        batch_size=BATCH,
        finish=lambda made: jnp.rint(TRIALS * made).astype(jnp.int32),
    )


def _transformer(train: Counts, validation: Counts, *, width: int) -> Contender:
    config = LanguageModelConfig(
        vocabulary=TRIALS + 1,
        length=train.shape[1] + 1,
        width=32 * width,
        heads=4,
        layers=2,
        hidden=128 * width,
        positions="learned",
    )
    return transformer_contender(
        config,
        train,
        learning_rate=3e-3,
        batch_size=BATCH,
        finish=lambda tokens, _: tokens,
        validate=lambda state, _: -sequence_log_likelihood(config, state, validation).mean(),
    )


def digits_score(
    contender: Contender, state: Any, *, samples: int = 500, key: Key[Array, ""]
) -> Score | None:
    """Nats a test image; None for a GAN.

    Args:
        contender: one of :func:`digits_contenders`.
        state: of one seed.
        samples: draws of z for each image, for a VAE.
        key: from ``jax.random.key``.
    """
    test = counts_of(load("digits").test)
    if isinstance(contender.config, LanguageModelConfig):
        nats = -np.asarray(sequence_log_likelihood(contender.config, state, jnp.asarray(test)))
        return Score(*mean_and_standard_error(nats), "exact", None)
    if isinstance(contender.config, VAEConfig):
        return vae_score(contender.config, state, test, samples=samples, key=key)
    return None


class DigitsJudge:
    """Measures samples against the test images, with a classifier that took no part in the race.

    The classifier is a support vector machine with calibrated probabilities, trained on the
    training images. It needs scikit-learn, which the extra ``book`` brings.
    """

    def __init__(self) -> None:
        """Train the classifier."""
        from sklearn.calibration import CalibratedClassifierCV
        from sklearn.svm import SVC

        digits = load("digits")
        self._train, self._test = counts_of(digits.train), counts_of(digits.test)
        self._labels = digits.test.labels
        self._reader = CalibratedClassifierCV(SVC(C=10), ensemble=False)  # pyright: ignore[reportArgumentType]
        self._reader.fit(self._train / TRIALS, digits.train.labels)
        self._sharp = gradient_energy(_square(self._test)).mean()

    def measure(self, samples: Int[np.ndarray, "samples 64"]) -> dict[str, float | int]:
        """What samples are worth: see the names in the chapter on one target.

        Precision and recall come from the first 300 samples, as many as there are test images.
        """
        chances = self._reader.predict_proba(samples / TRIALS)
        classes = np.bincount(chances.argmax(axis=1), minlength=10) / len(samples)
        found = classes[classes > 0]
        shares = precision_recall(self._test, samples[: len(self._test)])
        return {
            "precision": round(shares.precision, 4),
            "recall": round(shares.recall, 4),
            "sharpness": self.sharpness(samples),
            "sure": round(float((chances.max(axis=1) > SURE).mean()), 4),
            "class_entropy": round(float(-(found * np.log(found)).sum()), 4),
            "classes": int((classes >= 0.01).sum()),
            "nearest_distance": round(float(np.median(nearest(samples, self._train).distance)), 3),
        }

    def sharpness(self, images: Float[np.ndarray, "images 64"]) -> float:
        """Mean gradient energy, as a multiple of that of real test images."""
        return round(float(gradient_energy(_square(images)).mean() / self._sharp), 4)

    def real(self, *, key: Key[Array, ""]) -> dict[str, float | int]:
        """The same numbers for real images: training images where they are compared with tests.

        And ``accuracy``, the share of test images that the classifier reads right.
        """
        chosen = np.asarray(jax.random.permutation(key, len(self._train)))[: len(self._test)]
        shares = precision_recall(self._test, self._train[chosen])
        right = self._reader.predict(self._test / TRIALS) == self._labels
        return self.measure(self._test) | {
            "precision": round(shares.precision, 4),
            "recall": round(shares.recall, 4),
            "accuracy": round(float(right.mean()), 4),
        }


def digits_reference() -> dict[str, Any]:
    """Nats of two models that know next to nothing, and some real test images."""
    digits = load("digits")
    train, test = counts_of(digits.train), counts_of(digits.test)
    seen = (train[:, :, None] == np.arange(TRIALS + 1)).sum(axis=0) + 1  # one more of each count
    log_chances = np.log(seen / seen.sum(axis=1, keepdims=True))
    nats = -np.take_along_axis(log_chances, test.T, axis=1).sum(axis=0)
    return {
        "uniform": float(64 * np.log(TRIALS + 1)),
        "independent_pixels": round(float(nats.mean()), 4),
        "samples": test[:40].tolist(),
    }


def _square(images: np.ndarray) -> np.ndarray:
    return images.reshape(-1, SIDE, SIDE)
