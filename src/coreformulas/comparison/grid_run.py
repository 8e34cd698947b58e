"""The race on the grid of 25 Gaussians, where the density is known."""

from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, Key
from scipy.stats import entropy

from coreformulas.comparison.contenders import (
    Contender,
    gan_contender,
    transformer_contender,
    vae_contender,
)
from coreformulas.comparison.scores import Score, expected_cross_entropy, vae_score
from coreformulas.comparison.target import Cells, cell_probabilities, exact_entropy
from coreformulas.datasets import grid
from coreformulas.evaluation import forward_kl, mode_coverage, reverse_kl
from coreformulas.gan import GANConfig, Rules
from coreformulas.transformer import LanguageModelConfig
from coreformulas.vae import VAEConfig

__all__ = [
    "GRID_CELLS",
    "GRID_SAMPLES",
    "grid_contenders",
    "grid_measures",
    "grid_reference",
    "grid_score",
]

GRID_CELLS = Cells()
EXAMPLES = 100_000
GRID_SAMPLES = 2500  # as in the chapter on training a GAN
TEST_POINTS = 2000
BATCH = 128


def grid_contenders(*, key: Key[Array, ""]) -> dict[str, Contender]:
    """The three families on one training set of the grid, drawn from ``key``.

    The GAN sees the points divided by their root mean square, the Transformer the numbers of their
    cells. The VAE sees them as they are: its decoder begins with a variance of one, and where that
    is no less than the variance of the data, it learns to ignore its code.
    """
    mixture = grid()
    points = mixture.sample(EXAMPLES, key=key)
    scale = float(np.sqrt(np.mean(mixture.means**2)))
    return {
        "vae": vae_contender(
            VAEConfig(observed=2, hidden=(64, 64, 64), latent=2, likelihood="gaussian"),
            points,
            learning_rate=5e-3,
            batch_size=BATCH,
        ),
        "gan": gan_contender(
            GANConfig(latent=2, hidden=(64, 64, 64), data=2),
            points / scale,
            rules=Rules(r1=0.1),
            learning_rate=2e-3,
            momentum=0.5,
            batch_size=BATCH,
            finish=lambda made: scale * made,
        ),
        "transformer": transformer_contender(
            LanguageModelConfig(
                vocabulary=GRID_CELLS.count,
                length=3,
                width=16,
                heads=2,
                layers=2,
                hidden=64,
                positions="learned",
            ),
            GRID_CELLS.tokens(points),
            learning_rate=3e-3,
            batch_size=BATCH,
            finish=lambda tokens, key: GRID_CELLS.spread(tokens, key=key),
        ),
    }


def grid_score(
    contender: Contender, state: Any, *, samples: int = 500, key: Key[Array, ""]
) -> Score | None:
    """Nats a point, with respect to length in the unit of the grid; None for a GAN.

    That of the Transformer is exact: the expectation over all cells, with each cell's probability
    spread evenly over it. That of the VAE is estimated on 2000 points.

    Args:
        contender: one of :func:`grid_contenders`.
        state: of one seed.
        samples: draws of z for each point.
        key: from ``jax.random.key``.
    """
    mixture = grid()
    if isinstance(contender.config, LanguageModelConfig):
        table = cell_probabilities(mixture, GRID_CELLS)
        nats = expected_cross_entropy(contender.config, state, table)
        return Score(nats + 2 * float(np.log(GRID_CELLS.width)), 0.0, "exact", None)
    if not isinstance(contender.config, VAEConfig):
        return None
    points_key, score_key = jax.random.split(key)
    points = mixture.sample(TEST_POINTS, key=points_key)
    return vae_score(
        contender.config,
        state,
        points,
        samples=samples,
        key=score_key,
        log_density=mixture.log_density(points),
        entropy=exact_entropy(mixture),
    )


def grid_measures(samples: Float[np.ndarray, "seeds samples 2"]) -> dict[str, list[Any]]:
    """Modes, quality and both divergences over modes, one entry for each seed.

    The forward divergence is infinite where a mode has no sample, which is kept as None; with half
    a sample added to each mode it is finite.
    """
    mixture = grid()
    found = [mode_coverage(drawn, mixture.means, mixture.standard_deviation) for drawn in samples]
    forward = [forward_kl(coverage.counts) for coverage in found]
    return {
        "modes": [coverage.covered for coverage in found],
        "high_quality": [round(coverage.high_quality, 4) for coverage in found],
        "reverse_kl": [round(reverse_kl(coverage.counts), 5) for coverage in found],
        "forward_kl": [round(nats, 5) if np.isfinite(nats) else None for nats in forward],
        "forward_kl_smoothed": [
            round(forward_kl(coverage.counts, added=0.5), 5) for coverage in found
        ],
    }


def grid_reference(*, seeds: int, key: Key[Array, ""]) -> dict[str, Any]:
    """What is exact, and what perfect samples would score: draws of the grid itself.

    Also these draws after they were put into cells and spread over them again, or put into the
    middle of their cell: the best that a model of cells could do.
    """
    mixture = grid()
    table = cell_probabilities(mixture, GRID_CELLS)
    binned = float(entropy(table.ravel()))
    log_area = 2 * float(np.log(GRID_CELLS.width))
    draw_key, spread_key = jax.random.split(key)
    draws = mixture.sample(seeds * GRID_SAMPLES, key=draw_key).reshape(seeds, GRID_SAMPLES, 2)
    tokens = GRID_CELLS.tokens(draws)
    exact = exact_entropy(mixture)
    return {
        "entropy": exact,
        "cells": GRID_CELLS.count,
        "cell_width": GRID_CELLS.width,
        "binned_entropy": binned,
        "log_cell_area": log_area,
        "discretization_cost": binned + log_area - exact,
        "data": grid_measures(np.asarray(draws)),
        "data_spread_over_cells": grid_measures(
            np.asarray(GRID_CELLS.spread(tokens, key=spread_key))
        ),
        "data_at_centers": grid_measures(np.asarray(GRID_CELLS.centers(tokens))),
        "samples": np.asarray(draws[0, :400], float).round(3).tolist(),
    }
