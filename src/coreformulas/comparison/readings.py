"""What a claim is decided by: numbers of kept runs, and whether they bear the verdict out."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from coreformulas.evaluation import mean_and_standard_error

__all__ = ["Quantity", "Reading", "below", "over_seeds"]

Records = Callable[[str], dict[str, Any]]
"""From a record's name to the record, as :func:`coreformulas.training.kept_record`."""


class Quantity(NamedTuple):
    """A measured number, as a sentence can print it.

    Attributes:
        value: a mean, where there are several seeds or examples.
        standard_error: of that mean; None for a count, an exact value or a single run.
        unit: in which both are, empty for a pure number.
    """

    value: float
    standard_error: float | None = None
    unit: str = ""

    def __format__(self, form: str) -> str:
        """Both numbers in the same format, and the unit: ``86.21 ± 0.24 nats``."""
        parts = [part for part in self[:2] if part is not None]
        number = " ± ".join(format(part, form) for part in parts).replace("-", "−")
        return f"{number} {self.unit}".rstrip()

    @property
    def finite(self) -> bool:
        """Whether there is a number at all."""
        return all(np.isfinite(part) for part in self[:2] if part is not None)


class Reading(NamedTuple):
    """What was read from the records, and whether the verdict stands on it.

    Attributes:
        quantities: by the names that a claim's sentence uses.
        condition: in words, what must be so for the verdict to stand.
        supports: whether it is so.
    """

    quantities: dict[str, Quantity]
    condition: str
    supports: bool


def over_seeds(values: ArrayLike, unit: str = "", *, scale: float = 1.0) -> Quantity:
    """Mean and standard error over seeds, times ``scale``.

    Args:
        values: one for each seed, at least two.
        unit: of the values once they are scaled.
        scale: 100 turns shares into percent.

    Raises:
        ValueError: as :func:`coreformulas.evaluation.mean_and_standard_error` does.
    """
    found = mean_and_standard_error(values)
    return Quantity(scale * found.mean, scale * found.standard_error, unit)


def below(low: Quantity, high: Quantity, *, errors: float = 3.0) -> bool:
    r"""Whether one mean is clearly below another: by more than ``errors`` standard errors.

    .. math:: \bar h - \bar l > k \sqrt{\mathrm{se}_h^2 + \mathrm{se}_l^2}

    Args:
        low: the mean :math:`\bar l`.
        high: the mean :math:`\bar h`.
        errors: k.
    """
    spread = np.hypot(low.standard_error or 0.0, high.standard_error or 0.0)
    return bool(high.value - low.value > errors * spread)
