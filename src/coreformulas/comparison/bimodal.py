"""One Gaussian fitted to a target with two modes, by three divergences, to quadrature precision."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize
from scipy.stats import norm

__all__ = ["Bimodal", "BimodalFit", "bimodal_divergence", "bimodal_fits"]

Divergence = Literal["forward_kl", "jsd", "reverse_kl"]

REACH = 12  # standard deviations, beyond which a Gaussian has 1e-32 of its mass
PER_WIDTH = 40  # points of the trapezoidal rule in the narrower of the two standard deviations
STARTS = 5
SAME = 1e-4  # distance of two fits that are one, in the width of a mode
STEEP = 1e-7  # slope of a point that is no minimum, in nats


@dataclass(frozen=True)
class Bimodal:
    r"""The target :math:`p = \frac12 N(-a, s^2) + \frac12 N(a, s^2)`.

    Attributes:
        half_distance: a, of the modes, in the unit of x.
        width: s, the standard deviation of each mode.

    Raises:
        ValueError: if the half distance is negative or the width not positive.
    """

    half_distance: float | int
    width: float | int = 1

    def __post_init__(self):
        """Check the sizes."""
        if self.half_distance < 0:
            raise ValueError(f"half_distance must not be negative, got {self.half_distance}")
        if not self.width > 0:
            raise ValueError(f"width must be positive, got {self.width}")

    def log_density(self, points: Float[np.ndarray, " points"]) -> Float[np.ndarray, " points"]:
        """log p, in nats."""
        a, s = self.half_distance, self.width
        return np.logaddexp(norm.logpdf(points, -a, s), norm.logpdf(points, a, s)) - np.log(2)


class BimodalFit(NamedTuple):
    """A Gaussian that is a local minimum of a divergence.

    Attributes:
        mean: not negative: its mirror image is a minimum too.
        width: its standard deviation.
        value: of the divergence, in nats.
    """

    mean: float
    width: float
    value: float


def bimodal_divergence(
    name: Divergence, target: Bimodal, mean: float, width: float
) -> tuple[float, Float[np.ndarray, "2"]]:
    r"""A divergence between the target p and :math:`q = N(m, \sigma^2)`, and its slopes.

    The slopes in m and in :math:`\lambda = \log\sigma` are

    .. math::
        \partial D_{KL}(p \Vert q) = -\int p \, \partial \log q, \quad
        \partial D_{KL}(q \Vert p) = \int q \log\tfrac{q}{p} \, \partial \log q, \quad
        \partial\,\mathrm{JSD} = \tfrac12 \int q \log\tfrac{2q}{p + q} \, \partial \log q

    with the slopes :math:`(x - m) / \sigma^2` and :math:`(x - m)^2 / \sigma^2 - 1` of log q. All
    integrals are by the trapezoidal rule, whose error for integrands so smooth is that of rounding.

    Args:
        name: "forward_kl" for KL(p || q), "reverse_kl" for KL(q || p), or "jsd".
        target: p.
        mean: m.
        width: sigma, positive.

    Returns:
        The divergence in nats and its two slopes.

    Raises:
        ValueError: if the name is unknown or the width not positive.
    """
    if name not in get_args(Divergence):
        raise ValueError(f"name must be one of {get_args(Divergence)}, got {name!r}")
    if not width > 0:
        raise ValueError(f"width must be positive, got {width}")
    points, weight = _points(target, mean, width)
    log_p, log_q = target.log_density(points), norm.logpdf(points, mean, width)
    p, q = np.exp(log_p), np.exp(log_q)
    log_mean = np.logaddexp(log_p, log_q) - np.log(2)
    value, density = {
        "forward_kl": (p * (log_p - log_q), -p),
        "reverse_kl": (q * (log_q - log_p), q * (log_q - log_p)),
        "jsd": (
            (p * (log_p - log_mean) + q * (log_q - log_mean)) / 2,
            q * (log_q - log_mean) / 2,
        ),
    }[name]
    standard = (points - mean) / width
    slopes = np.array([density @ standard / width, density @ (standard**2 - 1)])
    return float(value.sum() * weight), weight * slopes


def bimodal_fits(name: Divergence, target: Bimodal) -> tuple[BimodalFit, ...]:
    """Every local minimum that is found from many starts, the lowest one first.

    The starts are means from zero to the right mode with widths from that of a mode to that of the
    whole target, and both limits themselves. The search is numeric: that no minimum is missing is
    not proved.

    Raises:
        ValueError: if the name is unknown.
    """
    a, s = target.half_distance, target.width
    means = np.linspace(0, a, STARTS)
    widths = np.geomspace(s, np.hypot(a, s), STARTS)
    found: list[BimodalFit] = []
    for start in np.stack(np.meshgrid(means, np.log(widths)), axis=-1).reshape(-1, 2):
        fit = _descend(name, target, start)
        if fit is not None and not any(_same(fit, other, s) for other in found):
            found.append(fit)
    return tuple(sorted(found, key=lambda fit: fit.value))


def _points(target: Bimodal, mean: float, width: float) -> tuple[np.ndarray, float]:
    """Equal steps over all that p and q reach, and the length of a step."""
    a, s = target.half_distance, target.width
    low = min(-a - REACH * s, mean - REACH * width)
    high = max(a + REACH * s, mean + REACH * width)
    count = 1 + int(np.ceil((high - low) / min(s, width) * PER_WIDTH))
    return np.linspace(low, high, count), (high - low) / (count - 1)


def _descend(name: Divergence, target: Bimodal, start: np.ndarray) -> BimodalFit | None:
    """The minimum that a search from ``start`` ends in, if it ends in one."""

    def value_and_slopes(place: np.ndarray) -> tuple[float, np.ndarray]:
        return bimodal_divergence(name, target, place[0], float(np.exp(place[1])))

    found = minimize(
        value_and_slopes, start, jac=True, method="BFGS", options={"gtol": STEEP / 100}
    )
    value, slopes = value_and_slopes(found.x)
    if np.abs(slopes).max() > STEEP or not _curves_up(value_and_slopes, found.x):
        return None
    return BimodalFit(abs(float(found.x[0])), float(np.exp(found.x[1])), value)


def _curves_up(value_and_slopes, place: np.ndarray, step: float = 1e-4) -> bool:
    """Whether both curvatures are positive, by differences of the slopes: a saddle is none."""
    rows = [
        (value_and_slopes(place + way)[1] - value_and_slopes(place - way)[1]) / (2 * step)
        for way in step * np.eye(2)
    ]
    return bool(np.linalg.eigvalsh((np.array(rows) + np.array(rows).T) / 2).min() > 0)


def _same(one: BimodalFit, other: BimodalFit, unit: float) -> bool:
    return abs(one.mean - other.mean) + abs(one.width - other.width) < SAME * unit
