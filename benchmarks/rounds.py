"""Time several programs in turns, so that what else the machine does hits all of them alike."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

BUSY = 0.7  # runnable processes besides the benchmark, by the one-minute load


@dataclass(frozen=True)
class Timing:
    """Milliseconds a step in each round, and the seconds that the first call took longer."""

    milliseconds: np.ndarray
    compile_seconds: float

    @property
    def median(self) -> float:
        return float(np.median(self.milliseconds))

    @property
    def quartiles(self) -> tuple[float, float]:
        low, high = np.quantile(self.milliseconds, [0.25, 0.75])
        return float(low), float(high)


def take_turns(
    programs: Mapping[str, Callable[[], object]], *, rounds: int, steps: int
) -> dict[str, Timing]:
    """Run each program once to compile it, then all of them in turns, A B C A B C.

    Args:
        programs: by name; each takes ``steps`` steps and returns when they are done.
        rounds: number of turns that are timed.
        steps: what one call does.
    """
    first = {name: _seconds(program) for name, program in programs.items()}
    seconds = {name: np.empty(rounds) for name in programs}
    for turn in range(rounds):
        for name, program in programs.items():
            seconds[name][turn] = _seconds(program)
    return {
        name: Timing(1000 * times / steps, max(0.0, first[name] - float(np.median(times))))
        for name, times in seconds.items()
    }


def ratio(slower: Timing, faster: Timing) -> Timing:
    """How many times as long one takes as the other, round by round; nothing is compiled."""
    return Timing(slower.milliseconds / faster.milliseconds, 0.0)


def _seconds(program: Callable[[], object]) -> float:
    began = time.perf_counter()
    program()
    return time.perf_counter() - began
