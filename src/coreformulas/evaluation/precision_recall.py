"""Quality and variety of samples apart: improved precision and recall, and nearest neighbors."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int, Num
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

__all__ = ["Nearest", "PrecisionRecall", "nearest", "precision_recall"]


class PrecisionRecall(NamedTuple):
    """Both are shares from 0 to 1.

    Attributes:
        precision: of the generated examples that lie where the real ones do.
        recall: of the real examples that lie where the generated ones do.
    """

    precision: float
    recall: float


class Nearest(NamedTuple):
    """The nearest of some examples, for each query.

    Attributes:
        place: which one it is.
        distance: how far it is, in the unit of the examples.
    """

    place: Int[np.ndarray, " queries"]
    distance: Float[np.ndarray, " queries"]


def precision_recall(
    real: Num[Array | np.ndarray, "real features"],
    generated: Num[Array | np.ndarray, "generated features"],
    *,
    neighbors: int = 3,
) -> PrecisionRecall:
    r"""Improved precision and recall.

    Around each of the examples :math:`\Phi` stands a ball that just reaches its k-th nearest
    neighbor within :math:`\Phi`; their union stands for the support of the distribution:

    .. math::
        f(\phi, \Phi) = 1 \text{ if } \lVert \phi - \phi' \rVert \le
        \lVert \phi' - \mathrm{NN}_k(\phi', \Phi) \rVert \text{ for some } \phi' \in \Phi, \text{
        else } 0

    .. math::
        \mathrm{precision} = \frac{1}{|\Phi_g|} \sum_{\phi \in \Phi_g} f(\phi, \Phi_r), \qquad
        \mathrm{recall} = \frac{1}{|\Phi_r|} \sum_{\phi \in \Phi_r} f(\phi, \Phi_g)

    Both grow with the number of examples that make up the balls, so compare only numbers from
    equally many. The paper takes the features of a network trained on photographs; any will do.

    Args:
        real: :math:`\Phi_r`.
        generated: :math:`\Phi_g`.
        neighbors: k; 3 in the paper.

    Raises:
        ValueError: if the features differ in number or are not finite, or either set has no more
            than ``neighbors`` examples.

    References:
        Kynkäänniemi et al. (2019), equations (1) and (2).
    """
    first, second = _pair("real", real, "generated", generated)
    if neighbors < 1:
        raise ValueError(f"neighbors must be at least 1, got {neighbors}")
    for name, points in (("real", first), ("generated", second)):
        if len(points) <= neighbors:
            raise ValueError(
                f"{name} must hold more than neighbors = {neighbors} examples, got {len(points)}"
            )
    between = cdist(first, second)
    return PrecisionRecall(
        precision=float((between <= _radii(first, neighbors)[:, None]).any(axis=0).mean()),
        recall=float((between <= _radii(second, neighbors)[None, :]).any(axis=1).mean()),
    )


def nearest(
    queries: Num[Array | np.ndarray, "queries features"],
    examples: Num[Array | np.ndarray, "examples features"],
) -> Nearest:
    """The nearest example of each query, by Euclidean distance.

    Raises:
        ValueError: if the features differ in number or are not finite, or there are no examples.
    """
    points, among = _pair("queries", queries, "examples", examples)
    distance, place = KDTree(among).query(points)
    return Nearest(np.asarray(place), np.asarray(distance))


def _radii(points: np.ndarray, neighbors: int) -> Float[np.ndarray, " points"]:
    """Distance of each point to its k-th neighbor; the nearest of all is the point itself."""
    return np.partition(cdist(points, points), neighbors, axis=1)[:, neighbors]


def _pair(
    first_name: str, first: Array | np.ndarray, second_name: str, second: Array | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    arrays = []
    for name, points in ((first_name, first), (second_name, second)):
        array = np.asarray(points, dtype=float)
        if array.ndim != 2 or not array.size:
            raise ValueError(f"{name} must have shape (count, features), got {array.shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)][0]}")
        arrays.append(array)
    if arrays[0].shape[1] != arrays[1].shape[1]:
        raise ValueError(
            f"{first_name} and {second_name} must have as many features, got "
            f"{arrays[0].shape[1]} and {arrays[1].shape[1]}"
        )
    return arrays[0], arrays[1]
