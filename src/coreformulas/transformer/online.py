"""The softmax of attention in pieces: states of some keys each, to be merged in any order."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

__all__ = ["SoftmaxState", "merge_states", "softmax_state"]


class SoftmaxState(NamedTuple):
    r"""What some keys add to the outputs of queries; ``weighted / total`` is the output by them.

    Attributes:
        top: the reference :math:`m`, the largest score.
        total: the sum of weights, :math:`l = \sum_i e^{s_i - m}`.
        weighted: the weighted sum of values, :math:`a = \sum_i e^{s_i - m} v_i`.
    """

    top: Float[Array, "*queries"]
    total: Float[Array, "*queries"]
    weighted: Float[Array, "*queries value_size"]


def softmax_state(
    scores: Float[Array, "*queries keys"], values: Float[Array, "*queries keys value_size"]
) -> SoftmaxState:
    """The state of these keys alone.

    Args:
        scores: of each query for each key, finite.
        values: of the keys, for each query.

    References:
        Milakov and Gimelshein (2018), section 3; Rabe and Staats (2021), section 2.
    """
    top = scores.max(axis=-1)
    weights = jnp.exp(scores - top[..., None])
    weighted = jnp.einsum("...k,...ke->...e", weights, values)
    return SoftmaxState(top, weights.sum(axis=-1), weighted)


def merge_states(first: SoftmaxState, second: SoftmaxState) -> SoftmaxState:
    r"""The state of the keys of both: with :math:`m = \max(m_1, m_2)`,

    .. math::
        l = e^{m_1 - m} \, l_1 + e^{m_2 - m} \, l_2, \qquad
        a = e^{m_1 - m} \, a_1 + e^{m_2 - m} \, a_2 .

    It is associative, so that ``jax.lax.associative_scan`` and a tree of machines may use it.

    References:
        Milakov and Gimelshein (2018), section 3.1.
    """
    top = jnp.maximum(first.top, second.top)
    left, right = jnp.exp(first.top - top), jnp.exp(second.top - top)
    total = left * first.total + right * second.total
    weighted = left[..., None] * first.weighted + right[..., None] * second.weighted
    return SoftmaxState(top, total, weighted)
