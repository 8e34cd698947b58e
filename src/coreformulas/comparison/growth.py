"""How the costs of a contender grow with its width and with the size of the data."""

import statistics
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Key

from coreformulas.comparison.contenders import Contender
from coreformulas.comparison.costs import costs, parameter_counts
from coreformulas.training import fit

__all__ = ["exponents", "measure_costs", "step_seconds"]

REPEATS = 5
AT_LEAST = 1.0  # seconds of each timing


def measure_costs(contender: Contender, *, key: Key[Array, ""]) -> dict[str, Any]:
    """Parameters, operations, memory and seconds of a step, and operations of a sample."""
    trained, to_sample = parameter_counts(contender)
    return {
        "parameters": trained,
        "parameters_to_sample": to_sample,
        **costs(contender)._asdict(),
        "seconds_per_step": step_seconds(contender, key=key),
    }


def step_seconds(contender: Contender, *, key: Key[Array, ""]) -> float:
    """Seconds on the clock of one step of one seed, compiled: the median of five timings."""
    begin_key, fit_key = jax.random.split(key)
    state = contender.begin(contender.optimizer(1000), begin_key)

    def seconds(steps: int) -> float:
        _, history = fit(
            contender.step,
            state,
            contender.data,
            fit_key,
            steps=steps,
            batch_size=contender.batch_size,
            chunk_size=20,
            progress=False,
        )
        return history.run_seconds / steps

    steps = max(2, round(AT_LEAST / seconds(2)))
    return statistics.median(seconds(steps) for _ in range(REPEATS))


def exponents(sizes: list[int], rows: list[dict[str, Any]]) -> dict[str, list[float]]:
    r"""Between neighboring sizes, the exponent a of a cost that grows like :math:`n^a`.

    .. math:: a = \frac{\log c_{i+1} - \log c_i}{\log n_{i+1} - \log n_i}

    Args:
        sizes: n, rising.
        rows: the costs c at each size, as :func:`measure_costs` returns them.
    """
    between = np.diff(np.log(sizes))
    return {
        name: np.round(np.diff(np.log([row[name] for row in rows])) / between, 3).tolist()
        for name in rows[0]
    }
