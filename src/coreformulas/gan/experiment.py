"""The experiment on mode collapse: one method on one mixture, over many seeds."""

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, Key

from coreformulas.datasets import GaussianMixture, grid, ring
from coreformulas.evaluation import mode_coverage, reverse_kl
from coreformulas.gan.game import Rules
from coreformulas.gan.model import GANConfig
from coreformulas.gan.sampling import sample
from coreformulas.gan.update import (
    GANState,
    Update,
    initial_state,
    make_update,
    to_generator,
)
from coreformulas.training import fit_seeds

__all__ = ["METHODS", "MIXTURES", "MixtureRun", "MixtureSettings", "train_on_mixture"]

MIXTURES = {"ring": ring, "grid": grid}
METHODS = {
    "gan": Rules(),
    "r1": Rules(r1=0.1),
    "wgan-gp": Rules(loss="wasserstein", critic_steps=5, gradient_penalty=0.1),
    "pacgan": Rules(packing=2),
    "unrolled": Rules(unrolling=5),
}
LEARNING_RATES = {"wgan-gp": 5e-4}
"""Of the methods that do not learn at the others' rate."""


@dataclass(frozen=True)
class MixtureSettings:
    """Everything that a run's numbers depend on, besides the key and the versions.

    Attributes:
        data: a name in ``MIXTURES``.
        method: a name in ``METHODS``.
        steps: steps of the generator.
        hidden: widths of the hidden layers of each network.
        latent: dimensions of z.
        rows: examples in each step of a player.
        learning_rate: of Adam for both players, falling along a cosine to zero; by default
            2e-3, or what ``LEARNING_RATES`` has for the method.
        momentum: Adam's decay rate of the mean gradient.
        examples: size of the training set, drawn once.
        samples: drawn from each generator to count modes.

    Raises:
        ValueError: if a name is unknown.
    """

    data: str
    method: str
    steps: int = 8000
    hidden: tuple[int, ...] = (64, 64, 64)
    latent: int = 2
    rows: int = 128
    learning_rate: float | None = None
    momentum: float = 0.5
    examples: int = 100_000
    samples: int = 2500
    rules: Rules = field(init=False)

    def __post_init__(self):
        """Check the names, and look the method's rules up."""
        for name, known in (("data", MIXTURES), ("method", METHODS)):
            if getattr(self, name) not in known:
                names = ", ".join(map(repr, known))
                raise ValueError(f"{name} must be one of {names}, got {getattr(self, name)!r}")
        object.__setattr__(self, "rules", METHODS[self.method])
        if self.learning_rate is None:
            object.__setattr__(self, "learning_rate", LEARNING_RATES.get(self.method, 2e-3))

    def digest(self) -> str:
        """The first 16 digits of the SHA-256 of all settings, the mixture's own included."""
        mixture = MIXTURES[self.data]()
        described = asdict(self) | {
            "means": np.round(mixture.means, 6).tolist(),
            "standard_deviation": mixture.standard_deviation,
        }
        text = json.dumps(described, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class MixtureRun:
    """What came of it, one entry for each seed.

    Attributes:
        covered: modes with at least one high-quality sample.
        high_quality: share of the samples within 3 standard deviations of a mean.
        reverse_kl: divergence of the shares of the modes from equal ones, in nats.
        samples: what the counts were made from, in the unit of the data.
        losses: for each player the loss of every step, (steps, seeds).
        seconds: of all seeds together, compilation included.
    """

    covered: Int[np.ndarray, " seeds"]
    high_quality: Float[np.ndarray, " seeds"]
    reverse_kl: Float[np.ndarray, " seeds"]
    samples: Float[np.ndarray, "seeds samples dimensions"]
    losses: dict[str, Float[np.ndarray, "steps seeds"]]
    seconds: float


def train_on_mixture(
    settings: MixtureSettings,
    *,
    seeds: int,
    key: Key[Array, ""],
    first_steps: int | None = None,
    workers: int | None = None,
) -> MixtureRun:
    """Train from many seeds at once, draw from each generator, and count modes.

    The networks see data divided by their root mean square coordinate, so that one learning rate
    serves every mixture; samples are multiplied back.

    Args:
        settings: of the run.
        seeds: how many, at least 1. Seed i comes out the same however many there are.
        key: from ``jax.random.key``.
        first_steps: stop after so many of ``settings.steps``, the schedule unchanged.
        workers: as for :func:`coreformulas.training.fit_seeds`.

    Raises:
        ValueError: as :func:`coreformulas.training.fit_seeds`.
    """
    began = time.perf_counter()
    setup = MixtureSetup(settings, key)
    states, history = fit_seeds(
        setup.update(settings.rules),
        setup.begin,
        setup.examples,
        setup.fit_key,
        seeds=seeds,
        steps=settings.steps if first_steps is None else first_steps,
        batch_size=settings.rows * settings.rules.critic_steps,
        workers=workers,
    )
    samples = np.asarray(setup.draw(states, jnp.arange(seeds)))
    return _measure(setup.mixture, samples, history.metrics, time.perf_counter() - began)


class MixtureSetup:
    """What a run is made of: examples, players, optimizer and keys.

    Attributes:
        mixture: the density.
        scale: what the data are divided by, so that one learning rate serves every mixture.
        config: of both networks.
        examples: the training set, divided by the scale.
        fit_key: for the training.
        draw: from states and numbers of seeds to samples in the unit of the data.
    """

    def __init__(self, settings: MixtureSettings, key: Key[Array, ""]):
        """Draw the training set."""
        self.mixture = MIXTURES[settings.data]()
        self.scale = float(np.sqrt(np.mean(self.mixture.means**2)))
        self.config = GANConfig(
            latent=settings.latent, hidden=settings.hidden, data=self.mixture.means.shape[1]
        )
        data_key, self.fit_key, sample_key = jax.random.split(key, 3)
        self.examples = self.mixture.sample(settings.examples, key=data_key) / self.scale
        self._optimizer, self._packing = _adam(settings), settings.rules.packing

        @jax.jit
        @jax.vmap
        def draw(state: GANState, seed: Array) -> Float[Array, "samples dimensions"]:
            generator, key = to_generator(self.config, state), jax.random.fold_in(sample_key, seed)
            return self.scale * sample(generator, settings.samples, key=key)

        self.draw = draw

    def begin(self, key: Key[Array, ""]) -> GANState:
        """The first state of one seed."""
        optimizer, packing = self._optimizer, self._packing
        return initial_state(self.config, optimizer, optimizer, key=key, packing=packing)

    def update(self, rules: Rules) -> Update:
        """The step by these rules."""
        return make_update(self.config, self._optimizer, self._optimizer, rules=rules)


def _adam(settings: MixtureSettings) -> optax.GradientTransformation:
    """Both players' optimizer; its root is differentiable at zero too, for unrolling."""
    assert settings.learning_rate is not None  # filled in with the other fields
    rate = optax.cosine_decay_schedule(settings.learning_rate, settings.steps)
    return optax.adam(rate, b1=settings.momentum, eps_root=1e-12)


def _measure(
    mixture: GaussianMixture,
    samples: Float[np.ndarray, "seeds samples dimensions"],
    losses: dict[str, Any],
    seconds: float,
) -> MixtureRun:
    found = [mode_coverage(drawn, mixture.means, mixture.standard_deviation) for drawn in samples]
    return MixtureRun(
        covered=np.array([coverage.covered for coverage in found]),
        high_quality=np.array([coverage.high_quality for coverage in found]),
        reverse_kl=np.array([reverse_kl(coverage.counts) for coverage in found]),
        samples=samples,
        losses=losses,
        seconds=seconds,
    )
