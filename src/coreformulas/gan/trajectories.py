r"""Where a game goes: steps of gradient descent, the flow that they follow, and its eigenvalues."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

__all__ = [
    "alternating_step",
    "fitted_eigenvalues",
    "flow_step",
    "simultaneous_step",
    "trajectory",
]

Point = Float[Array, "2"]
Map = Callable[[Point], Point]


def simultaneous_step(field: Map, step_size: float) -> Map:
    r"""Both players at once: :math:`x \mapsto x + h\, v(x)`.

    Args:
        field: the velocities of theta and psi.
        step_size: h, the learning rate.

    Raises:
        ValueError: if step_size is not positive.
    """
    _require_positive("step_size", step_size)
    return lambda point: point + step_size * field(point)


def alternating_step(field: Map, step_size: float) -> Map:
    r"""One after the other: theta first, then psi, which sees where theta went.

    .. math::
        \theta' = \theta + h\, v_\theta(\theta, \psi), \qquad
        \psi' = \psi + h\, v_\psi(\theta', \psi)

    Args:
        field: the velocities of theta and psi.
        step_size: h, the learning rate.

    Raises:
        ValueError: if step_size is not positive.

    References:
        Mescheder et al. (2018), section 2.
    """
    _require_positive("step_size", step_size)

    def step(point: Point) -> Point:
        moved = point.at[0].add(step_size * field(point)[0])
        return moved.at[1].add(step_size * field(moved)[1])

    return step


def flow_step(field: Map, duration: float) -> Map:
    r"""Follow :math:`\dot x = v(x)` for a short time: one step of the classical Runge-Kutta method.

    Args:
        field: the velocities of theta and psi.
        duration: how long; the error of one step is of fifth order in it.

    Raises:
        ValueError: if duration is not positive.
    """
    _require_positive("duration", duration)

    def step(point: Point) -> Point:
        first = field(point)
        second = field(point + duration / 2 * first)
        third = field(point + duration / 2 * second)
        fourth = field(point + duration * third)
        return point + duration / 6 * (first + 2 * second + 2 * third + fourth)

    return step


def trajectory(step: Map, start: Point, count: int) -> Float[Array, "times 2"]:
    """The start and ``count`` points after it, each made from the one before by ``step``.

    Raises:
        ValueError: if count is not positive.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")

    def body(point: Point, _: None) -> tuple[Point, Point]:
        moved = step(point)
        return moved, moved

    _, points = jax.lax.scan(body, start, length=count)
    return jnp.concatenate([start[None], points])


def fitted_eigenvalues(points: Float[Array, "times 2"]) -> np.ndarray:
    r"""Eigenvalues of the linear map that best takes each point of a trajectory to the next.

    The least squares fit of :math:`x_{k+1} = A x_k`, with no formula of the game behind it. Of a
    flow that is looked at every :math:`\tau`, the logarithm over tau is the eigenvalue.

    Returns:
        Two complex numbers, that of the larger imaginary part first, then the larger real one.

    Raises:
        ValueError: if there are fewer than 4 points, or they are not finite.
    """
    places = np.asarray(points, dtype=float)
    if len(places) < 4:
        raise ValueError(f"points must hold at least 4 points, got {len(places)}")
    if not np.isfinite(places).all():
        raise ValueError("points must be finite, got a trajectory that has run away")
    matrix, *_ = np.linalg.lstsq(places[:-1], places[1:], rcond=None)
    return eigenvalues_of(matrix)


def eigenvalues_of(matrix: np.ndarray) -> np.ndarray:
    """Eigenvalues, that of the largest imaginary part first, then of the largest real one."""
    found = np.linalg.eigvals(matrix).astype(complex)
    return found[np.lexsort((-np.real(found), -np.imag(found)))]


def _require_positive(name: str, value: float) -> None:
    if not value > 0:
        raise ValueError(f"{name} must be positive, got {value}")
