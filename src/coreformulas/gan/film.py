"""The experiment on mode collapse, watched while it trains, for several strengths of R1."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

from coreformulas.datasets import GaussianMixture
from coreformulas.evaluation import mode_coverage
from coreformulas.gan.experiment import MixtureSettings, MixtureSetup
from coreformulas.gan.game import Rules
from coreformulas.gan.update import GANState, to_discriminator
from coreformulas.training import fit_seeds, with_setting

__all__ = ["MixtureFilm", "film_mixture"]


@dataclass(frozen=True, eq=False)
class MixtureFilm:
    """What the players do at each stop, for each strength of R1 and each seed.

    Attributes:
        stops: steps taken so far.
        extent: the field reaches from minus this to plus this, in the unit of the data.
        samples: of the generator, from the same noise at each stop.
        field: D(x), the probability of "real", at the centers of equal squares; rows from low to
            high in the second coordinate.
        found: for each mode whether a high-quality sample is nearest to it.
        high_quality: share of the samples within 3 standard deviations of a mean.
    """

    stops: Int[np.ndarray, " stops"]
    extent: float
    samples: Float[np.ndarray, "stops strengths seeds samples 2"]
    field: Float[np.ndarray, "stops strengths seeds side side"]
    found: Bool[np.ndarray, "stops strengths seeds modes"]
    high_quality: Float[np.ndarray, "stops strengths seeds"]

    @property
    def covered(self) -> Int[np.ndarray, "stops strengths seeds"]:
        """How many modes are found."""
        return self.found.sum(axis=-1)


def film_mixture(
    settings: MixtureSettings,
    *,
    strengths: Sequence[float],
    seeds: int,
    key: Key[Array, ""],
    stops: Sequence[int],
    side: int = 20,
    extent: float = 1.6,
    workers: int | None = None,
) -> MixtureFilm:
    """Train with several strengths of R1 at once, and look at both players at each stop.

    The strength is a part of the state that no step changes, so that one compiled program serves
    all of them. For each strength the seeds begin with the same weights.

    Args:
        settings: of the run; its method must be that of rules without packs, and its strength of
            R1 does not count.
        strengths: of R1, each at least 0; 0 is training without it.
        seeds: how many for each strength, at least 1.
        key: from ``jax.random.key``.
        stops: numbers of steps, rising, up to ``settings.steps``.
        side: squares of the field in each direction.
        extent: half the side of the field, in the unit of the data.
        workers: as for :func:`coreformulas.training.fit_seeds`.

    Raises:
        ValueError: if a strength is not a number of at least 0, the stops do not rise from 1 to
            ``settings.steps`` at most, the method judges packs, and as ``fit_seeds``.
    """
    _check(settings, strengths, stops)
    setup = MixtureSetup(settings, key)
    judge = _field_of(setup, side, extent)
    numbers = jnp.tile(jnp.arange(seeds), len(strengths))
    states = _first_states(setup, strengths, seeds, jax.random.fold_in(key, 0))
    update, samples, field = _with_strength(setup, settings), [], []
    for start, stop in pairwise([0, *stops]):
        states, _ = fit_seeds(
            update,
            setup.begin,
            setup.examples,
            setup.fit_key,
            seeds=len(numbers),
            steps=stop - start,
            batch_size=settings.rows * settings.rules.critic_steps,
            states=states,
            start=start,
            workers=workers,
        )
        samples.append(np.asarray(setup.draw(states[1], numbers)))
        field.append(np.asarray(judge(states[1])))
    shape = (len(stops), len(strengths), seeds)
    return MixtureFilm(
        stops=np.array(stops),
        extent=extent,
        samples=np.stack(samples).reshape(*shape, settings.samples, 2),
        field=np.stack(field).reshape(*shape, side, side),
        **_measure(setup.mixture, np.stack(samples), shape),
    )


def _field_of(setup: MixtureSetup, side: int, extent: float) -> Callable:
    """From the players of every lane to D at the centers of the squares."""
    centers = extent * ((2 * np.arange(side) + 1) / side - 1)
    plane = jnp.asarray(np.stack(np.meshgrid(centers, centers), axis=-1) / setup.scale)

    @jax.jit
    @jax.vmap
    def judge(players: GANState) -> Float[Array, "side side"]:
        return jax.nn.sigmoid(to_discriminator(setup.config, players)(plane))

    return judge


def _with_strength(setup: MixtureSetup, settings: MixtureSettings) -> Callable:
    return with_setting(lambda strength: setup.update(replace(settings.rules, r1=strength)))


def _first_states(
    setup: MixtureSetup,
    strengths: Sequence[float],
    seeds: int,
    key: Key[Array, ""],
) -> tuple[Float[Array, " lanes"], GANState]:
    """One lane for each strength and seed, those of the first strength first."""
    begin = jax.jit(lambda number: setup.begin(jax.random.fold_in(key, number)))
    # One seed at a time and stacked on the host: less to compile.
    first = [begin(number) for number in range(seeds)] * len(strengths)
    players = jax.tree.map(lambda *leaves: np.stack(leaves), *first)
    return jnp.repeat(jnp.array(strengths, float), seeds), players


def _check(settings: MixtureSettings, strengths: Sequence[float], stops: Sequence[int]) -> None:
    if not len(strengths):
        raise ValueError("strengths must hold one at least, got none")
    for strength in strengths:
        Rules(r1=strength)
    if not len(stops) or (np.diff([0, *stops]) < 1).any() or stops[-1] > settings.steps:
        raise ValueError(f"stops must rise from 1 to {settings.steps} at most, got {[*stops]}")
    if settings.rules.packing > 1:
        raise ValueError(f"a field needs a judge of single examples, got {settings.method!r}")


def _measure(
    mixture: GaussianMixture,
    samples: Float[np.ndarray, "stops lanes samples 2"],
    shape: tuple[int, ...],
) -> dict[str, np.ndarray]:
    clouds = samples.reshape(-1, *samples.shape[2:])
    looks = [mode_coverage(cloud, mixture.means, mixture.standard_deviation) for cloud in clouds]
    return {
        "found": np.stack([look.found for look in looks]).reshape(*shape, -1),
        "high_quality": np.array([look.high_quality for look in looks]).reshape(shape),
    }
