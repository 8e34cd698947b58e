"""Scaled dot-product attention, and the layer that runs it in several heads at once.

The axes are those of ``jax.nn.dot_product_attention``: (..., length, heads, size). A projection of
(..., length, features) is split into heads by its last axis alone, so nothing is transposed.
"""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float

from .checks import require_heads, require_mask, require_values

__all__ = ["MultiHeadAttention", "attention_weights", "scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Float[Array, "*batch query_length heads size"],
    key: Float[Array, "*batch key_length heads size"],
    value: Float[Array, "*batch key_length heads value_size"],
    *,
    mask: Bool[Array | np.ndarray, "*#batch #heads #query_length #key_length"] | None = None,
    scale: float | None = None,
) -> Float[Array, "*batch query_length heads value_size"]:
    r"""For each query the mean of the values, weighted by how well their keys fit the query.

    .. math::
        \mathrm{Attention}(Q, K, V) = \mathrm{softmax}\left( \frac{Q K^\top}{\sqrt{d_k}} \right) V

    in each head on its own. The softmax runs in at least float32, whatever goes in; the result has
    the type of the values.

    Args:
        query: :math:`Q`; ``size`` is :math:`d_k`.
        key: :math:`K`. No random key: randomness has no part in this.
        value: :math:`V`; its size may differ from :math:`d_k`.
        mask: where a query may attend to a key. Of as many axes as the scores
            (..., heads, query_length, key_length), each of their length or 1. A query that may
            attend to nothing gets zeros, and a gradient of zero.
        scale: what the dot products are multiplied by, :math:`1 / \sqrt{d_k}` where it is left out.

    Raises:
        ValueError: if the shapes do not fit, an array is empty, or the mask is not boolean.

    References:
        Vaswani et al. (2017), eq. (1).
    """
    weights = attention_weights(query, key, mask=mask, scale=scale)
    require_values(key, value)
    return jnp.einsum("...hqk,...khd->...qhd", weights.astype(value.dtype), value)


def attention_weights(
    query: Float[Array, "*batch query_length heads size"],
    key: Float[Array, "*batch key_length heads size"],
    *,
    mask: Bool[Array | np.ndarray, "*#batch #heads #query_length #key_length"] | None = None,
    scale: float | None = None,
) -> Float[Array, "*batch heads query_length key_length"]:
    r"""How much each query attends to each key: :math:`\mathrm{softmax}(Q K^\top / \sqrt{d_k})`.

    Each row is a distribution over the keys, or zero where the mask leaves it no key. Arguments and
    errors are those of :func:`scaled_dot_product_attention`.
    """
    require_heads(query, key)
    factor = query.shape[-1] ** -0.5 if scale is None else scale
    # Sums of products of bfloat16 are kept in float32, and so is the softmax.
    precise = jnp.promote_types(query.dtype, jnp.float32)
    products = jnp.einsum("...qhd,...khd->...hqk", query, key, preferred_element_type=precise)
    scores = products * factor
    if mask is None:
        return jax.nn.softmax(scores, axis=-1)
    require_mask(mask, scores.shape)
    allowed = jnp.broadcast_to(mask, scores.shape)
    # Finite: with -inf a row masked whole would be inf - inf. Its uniform weights are then zeroed
    # by the second `where`, which stops their gradient too.
    scores = jnp.where(allowed, scores, jnp.finfo(scores.dtype).min)
    return jnp.where(allowed, jax.nn.softmax(scores, axis=-1), 0)


class MultiHeadAttention(nnx.Module):
    r"""Attention in several heads, each with projections of its own, and one projection back.

    .. math::
        \mathrm{head}_i = \mathrm{Attention}(X W_i^Q, M W_i^K, M W_i^V), \qquad
        \mathrm{MultiHead} = \sum_i \mathrm{head}_i W_i^O

    with biases. The sum over heads is the paper's product of the concatenated heads with
    :math:`W^O`, cut into its row blocks :math:`W_i^O`. The parameters have the names and shapes of
    those of ``flax.nnx.MultiHeadAttention``.

    Args:
        features: of the inputs X and of the output; each head has ``features // heads`` of them.
        heads: how many.
        memory_features: of the memory M, those of the inputs where it is left out.
        rngs: where the initial weights come from, ``nnx.Rngs(jax.random.key(...))``.

    Raises:
        ValueError: if a size is not a positive whole number, or ``heads`` does not divide
            ``features``.

    References:
        Vaswani et al. (2017), section 3.2.2.
    """

    def __init__(
        self, features: int, heads: int, *, memory_features: int | None = None, rngs: nnx.Rngs
    ):
        """Make the four projections, with fresh weights."""
        memory_features = features if memory_features is None else memory_features
        sizes = {"features": features, "heads": heads, "memory_features": memory_features}
        for name, size in sizes.items():
            if not isinstance(size, int) or isinstance(size, bool) or size < 1:
                raise ValueError(f"{name} must be a whole number >= 1, got {size!r}")
        if features % heads:
            raise ValueError(f"heads must divide features, {features}, got {heads}")
        self.features, self.heads, self.memory_features = features, heads, memory_features
        split = (heads, features // heads)
        self.query = nnx.LinearGeneral(features, split, rngs=rngs)
        self.key = nnx.LinearGeneral(memory_features, split, rngs=rngs)
        self.value = nnx.LinearGeneral(memory_features, split, rngs=rngs)
        self.out = nnx.LinearGeneral(split, features, axis=(-2, -1), rngs=rngs)

    def __call__(
        self,
        inputs: Float[Array, "*batch query_length features"],
        memory: Float[Array, "*batch key_length memory_features"] | None = None,
        *,
        mask: Bool[Array | np.ndarray, "*#batch #heads #query_length #key_length"] | None = None,
    ) -> Float[Array, "*batch query_length features"]:
        """Let the inputs attend to the memory, or to themselves where there is none.

        A query that may attend to nothing gets the bias of the last projection.

        Raises:
            ValueError: if the shapes do not fit; see :func:`scaled_dot_product_attention`.
        """
        query, memory = self._checked(inputs, memory)
        heads = scaled_dot_product_attention(
            self.query(query), self.key(memory), self.value(memory), mask=mask
        )
        return self.out(heads)

    def weights(
        self,
        inputs: Float[Array, "*batch query_length features"],
        memory: Float[Array, "*batch key_length memory_features"] | None = None,
        *,
        mask: Bool[Array | np.ndarray, "*#batch #heads #query_length #key_length"] | None = None,
    ) -> Float[Array, "*batch heads query_length key_length"]:
        """How much each input attends to each place of the memory, in each head."""
        query, memory = self._checked(inputs, memory)
        return attention_weights(self.query(query), self.key(memory), mask=mask)

    def _checked(self, inputs: Array, memory: Array | None) -> tuple[Array, Array]:
        _require_features("inputs", inputs, self.features)
        memory = inputs if memory is None else memory
        _require_features("memory", memory, self.memory_features)
        return inputs, memory


def _require_features(name: str, array: Array, features: int):
    if array.ndim < 2 or array.shape[-1] != features:
        raise ValueError(f"{name} must have shape (..., length, {features}), got {array.shape}")
