"""Progress of a run, shown on the host between chunks, by an object that can be swapped."""

import os
import sys
import warnings
from collections.abc import Mapping
from typing import Literal, Protocol, runtime_checkable

import numpy as np

__all__ = ["NoProgress", "Progress", "TqdmProgress", "choose_progress"]

SWITCH = "COREFORMULAS_PROGRESS"


@runtime_checkable
class Progress(Protocol):
    """What :func:`fit` calls on the host, never from inside the compiled loop."""

    def start(self, steps: int) -> None:
        """Called once, before the first step, with the number of steps to come."""
        ...

    def advance(self, steps: int, metrics: Mapping[str, np.ndarray]) -> None:
        """Called after each chunk.

        Args:
            steps: the number of steps that the chunk took.
            metrics: what each step measured, arrays of shape (steps, ...).
        """
        ...

    def close(self) -> None:
        """Called once, at the end, also where the run stopped with an error."""
        ...


class NoProgress:
    """Shows nothing."""

    def start(self, steps: int) -> None:
        """Do nothing."""

    def advance(self, steps: int, metrics: Mapping[str, np.ndarray]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class TqdmProgress:
    """A tqdm bar with the mean of each metric over the last chunk behind it.

    A widget in a notebook that has ipywidgets, text everywhere else.
    """

    def start(self, steps: int) -> None:
        """Draw an empty bar."""
        # Imported here, because tqdm.auto looks for a notebook when it is imported.
        from tqdm import TqdmWarning

        with warnings.catch_warnings():
            # A notebook without ipywidgets gets a text bar, which is no reason to warn.
            warnings.simplefilter("ignore", TqdmWarning)
            from tqdm.auto import tqdm
        self._bar = tqdm(total=steps, unit="step")

    def advance(self, steps: int, metrics: Mapping[str, np.ndarray]) -> None:
        """Move the bar on."""
        means = {name: f"{np.mean(values):.4g}" for name, values in metrics.items()}
        self._bar.set_postfix(means, refresh=False)
        self._bar.update(steps)

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._bar.close()


def choose_progress(progress: bool | Literal["auto"] | Progress) -> Progress:
    """The object that an argument of :func:`fit` stands for; see there."""
    if progress == "auto":
        return TqdmProgress() if _is_watched() else NoProgress()
    if isinstance(progress, bool):
        return TqdmProgress() if progress else NoProgress()
    if isinstance(progress, Progress):
        return progress
    raise TypeError(
        "progress must be True, False, 'auto' or an object with the methods start, advance and "
        f"close, got {progress!r}"
    )


def _is_watched() -> bool:
    """Whether somebody can see a bar move: in a terminal, or in a notebook with a person at it.

    A program that runs notebooks, such as the one that builds the book, tells its kernel that
    nobody can answer a question; a notebook in a browser or an editor says that somebody can.
    """
    if os.environ.get(SWITCH) == "0":
        return False
    ipython = sys.modules.get("IPython")
    kernel = getattr(ipython.get_ipython(), "kernel", None) if ipython else None
    if kernel is not None:
        return bool(getattr(kernel, "_allow_stdin", True))
    return sys.stderr is not None and sys.stderr.isatty()
