"""Attention without the square: a product of features in place of the softmax."""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from .checks import require_heads, require_values

__all__ = ["linear_attention", "positive_features"]


def positive_features(x: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""Features :math:`\phi(x) = \mathrm{elu}(x) + 1`, each above zero.

    References:
        Katharopoulos et al. (2020), section 3.
    """
    # exp(x) below zero: elu(x) + 1 would round to zero from -17 on in float32.
    return jnp.where(x > 0, x + 1, jnp.exp(jnp.minimum(x, 0)))


def linear_attention(
    query: Float[Array, "*batch query_length heads size"],
    key: Float[Array, "*batch key_length heads size"],
    value: Float[Array, "*batch key_length heads value_size"],
    *,
    features: Callable[[Array], Array] = positive_features,
) -> Float[Array, "*batch query_length heads value_size"]:
    r"""For each query the mean of the values, weighted by products of features.

    .. math::
        o_i = \frac{\phi(q_i)^\top \sum_j \phi(k_j) \, v_j^\top}
                   {\phi(q_i)^\top \sum_j \phi(k_j)}

    in each head on its own. The sums over the keys are made once for all queries, so that time and
    memory grow with the length and not with its square. It is no approximation of the softmax: a
    sharp look at one key out of many is beyond it.

    Args:
        query: the queries :math:`q_i`.
        key: the keys :math:`k_j`. No random key: randomness has no part in this.
        value: the values :math:`v_j`.
        features: :math:`\phi`, of the last axis, positive so that no sum of weights is zero.

    Raises:
        ValueError: if the shapes do not fit, or an array is empty.

    References:
        Katharopoulos et al. (2020), section 3.
    """
    require_heads(query, key)
    require_values(key, value)
    asked, offered = features(query), features(key)
    summed = jnp.einsum("...khf,...khe->...hfe", offered, value)
    weighted = jnp.einsum("...qhf,...hfe->...qhe", asked, summed)
    total = jnp.einsum("...qhf,...hf->...qh", asked, offered.sum(axis=-3))
    return weighted / total[..., None]
