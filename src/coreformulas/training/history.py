"""What a run leaves behind: its metrics and times, or the error that stopped it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["History", "NonFiniteMetric"]


@dataclass(frozen=True)
class History:
    """Metrics of every step of a run, and how long it took.

    Attributes:
        metrics: for each metric an array of shape (steps, ...), one value for each step.
        start: number of steps that the state had seen before the run, so that the value at place
            i belongs to step ``start + i``.
        compile_seconds: time to trace and compile the loop; next to nothing where an earlier run
            with the same ``update`` and the same shapes has done it.
        run_seconds: time of all the rest: steps, shuffling, progress.
    """

    metrics: dict[str, np.ndarray]
    start: int
    compile_seconds: float
    run_seconds: float

    def __getitem__(self, name: str) -> np.ndarray:
        """The values of one metric."""
        try:
            return self.metrics[name]
        except KeyError:
            known = ", ".join(self.metrics) or "none"
            raise KeyError(f"no metric {name!r}; this run has: {known}") from None


class NonFiniteMetric(FloatingPointError):
    """A metric became infinite or not a number; the run stopped at the end of that chunk.

    Attributes:
        step: the first step with such a value, counted from 0.
        values: what that step measured, for each metric that was not finite.
        state: the last finite state, ready to be saved, looked at or trained on.
        state_step: number of steps that ``state`` has seen, for ``start`` of another run. Equal
            to ``step``, or smaller where earlier steps already spoiled the state unmeasured.
        history: of all steps before ``step``.
    """

    def __init__(
        self,
        *,
        step: int,
        values: Mapping[str, np.ndarray],
        state: Any,
        state_step: int,
        history: History,
    ):
        """Say which metrics were not finite at which step."""
        self.step = step
        self.values = dict(values)
        self.state = state
        self.state_step = state_step
        self.history = history
        found = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        super().__init__(
            f"{found} at step {step}. The attribute `state` holds the last finite state, after "
            f"{state_step} steps, and `history` all steps before step {step}."
        )
