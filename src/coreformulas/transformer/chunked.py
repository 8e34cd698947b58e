"""Attention without the matrix of its weights: the online softmax, chunk by chunk."""

import math
from functools import reduce
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int

from .checks import require_heads, require_mask, require_values

__all__ = ["chunked_attention"]

# A chunk's scores, 2 MB in float32, stay in the caches of a processor.
QUERY_CHUNK, KEY_CHUNK = 1024, 512


class _Plan(NamedTuple):
    """How the scores are cut. The last chunk of either kind may end in padding."""

    rows: int  # heads, of one example or of several, that are worked on at a time
    queries: int  # in a chunk
    keys: int
    query_chunks: int
    key_chunks: int
    key_length: int
    causal: bool

    @property
    def chunk(self) -> tuple[int, int]:
        """How many queries and keys meet in one chunk of scores."""
        return self.queries, self.keys


class _Mask(NamedTuple):
    """The parts of a mask that differ, and which of them each row of heads has."""

    parts: Bool[Array, "parts #queries #keys"]
    of_row: Int[Array, "groups rows"]


def chunked_attention(
    query: Float[Array, "*batch query_length heads size"],
    key: Float[Array, "*batch key_length heads size"],
    value: Float[Array, "*batch key_length heads value_size"],
    *,
    mask: Bool[Array | np.ndarray, "*#batch #heads #query_length #key_length"] | None = None,
    causal: bool = False,
    scale: float | None = None,
    query_chunk: int = QUERY_CHUNK,
    key_chunk: int = KEY_CHUNK,
) -> Float[Array, "*batch query_length heads value_size"]:
    r"""What :func:`scaled_dot_product_attention` gives, in memory linear in the lengths.

    .. math::
        m' = \max(m, \max_j s_j), \qquad
        l' = e^{m - m'} l + \sum_j e^{s_j - m'}, \qquad
        a' = e^{m - m'} a + \sum_j e^{s_j - m'} v_j

    for one chunk of keys after another, and :math:`a / l` at the end. The gradient computes the
    weights again from the scores and the log-sum-exp of each row. Scores and sums are in at least
    float32. Only reverse-mode derivatives are defined, once.

    Args:
        query: :math:`Q`; ``size`` is :math:`d_k`.
        key: :math:`K`.
        value: :math:`V`; its size may differ from :math:`d_k`.
        mask: where a query may attend to a key, as for :func:`scaled_dot_product_attention`. It is
            never broadcast, but a mask of its own for each query and key is as large as it is.
        causal: whether query i sees keys j <= i alone. No mask is made for it, and chunks of keys
            that lie after a whole chunk of queries are not computed.
        scale: what the dot products are multiplied by, :math:`1 / \sqrt{d_k}` where it is left out.
        query_chunk: at most so many queries at a time. A length that it does not divide is cut
            into chunks of nearly equal length.
        key_chunk: at most so many keys at a time.

    Raises:
        ValueError: if the shapes do not fit, an array is empty, the mask is not boolean, or a chunk
            is not a whole number >= 1.

    References:
        Milakov and Gimelshein (2018), section 3; Rabe and Staats (2021); Dao et al. (2022),
        algorithm 1 and appendix B.2.
    """
    require_heads(query, key)
    require_values(key, value)
    for name, size in (("query_chunk", query_chunk), ("key_chunk", key_chunk)):
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise ValueError(f"{name} must be a whole number >= 1, got {size!r}")
    *batch, query_length, heads, size = query.shape
    key_length = key.shape[-3]
    if mask is not None:
        require_mask(mask, (*batch, heads, query_length, key_length))
    rows = math.prod(batch) * heads
    plan = _plan(rows, query_length, key_length, query_chunk, key_chunk, causal=causal)
    factor = size**-0.5 if scale is None else scale
    precise = jnp.promote_types(jnp.result_type(query, key, value), jnp.float32)
    out = _attend(
        plan,
        _fold(query.astype(precise) * factor, plan.rows, plan.queries),
        _fold(key.astype(precise), plan.rows, plan.keys),
        _fold(value.astype(precise), plan.rows, plan.keys),
        None if mask is None else _fold_mask(mask, (*batch, heads), plan),
    )
    rows_out = out.swapaxes(1, 2).reshape(rows, -1, value.shape[-1])[:, :query_length]
    unfolded = rows_out.reshape(*batch, heads, query_length, value.shape[-1])
    return jnp.moveaxis(unfolded, -3, -2).astype(value.dtype)


def _plan(
    rows: int, queries: int, keys: int, query_chunk: int, key_chunk: int, *, causal: bool
) -> _Plan:
    """As few chunks as it takes, of equal size; several rows at a time where chunks are small."""
    query_chunks, key_chunks = math.ceil(queries / query_chunk), math.ceil(keys / key_chunk)
    per_query, per_key = math.ceil(queries / query_chunks), math.ceil(keys / key_chunks)
    room = query_chunk * key_chunk // (per_query * per_key)
    together = max(n for n in range(1, min(rows, room) + 1) if rows % n == 0)
    return _Plan(together, per_query, per_key, query_chunks, key_chunks, keys, causal)


def _fold(array: Array, rows: int, size: int) -> Array:
    """From (..., length, heads, features) to (groups, chunks, rows, size, features)."""
    length, features = array.shape[-3], array.shape[-1]
    flat = jnp.moveaxis(array, -2, -3).reshape(-1, length, features)
    padded = jnp.pad(flat, ((0, 0), (0, -length % size), (0, 0)))
    return padded.reshape(-1, rows, padded.shape[1] // size, size, features).swapaxes(1, 2)


def _fold_mask(mask: Array | np.ndarray, batch: tuple[int, ...], plan: _Plan) -> _Mask:
    """The mask without its leading axes, padded to whole chunks, but never repeated."""
    own, lengths = mask.shape[:-2], mask.shape[-2:]
    of_row = np.broadcast_to(np.arange(math.prod(own)).reshape(own), batch)
    pads = [(0, -n % size if n > 1 else 0) for n, size in zip(lengths, plan.chunk, strict=True)]
    parts = jnp.pad(jnp.reshape(mask, (-1, *lengths)), ((0, 0), *pads))
    return _Mask(parts, jnp.asarray(of_row.reshape(-1, plan.rows)))


def _visible(plan: _Plan, mask: _Mask | None, group: Array, i: Array, j: Array) -> Array | None:
    """Whether query chunk i of a group sees each key of chunk j; ``None`` where it sees all.

    The axes are (rows, queries, keys), or 1 in their place.
    """
    queries = (i * plan.queries + jnp.arange(plan.queries))[None, :, None]
    keys = (j * plan.keys + jnp.arange(plan.keys))[None, None, :]
    conditions = []
    if plan.keys * plan.key_chunks > plan.key_length:
        conditions.append(keys < plan.key_length)
    if plan.causal:
        conditions.append(keys <= queries)
    if mask is not None:
        lengths = mask.parts.shape[1:]
        sizes = [size if n > 1 else 1 for n, size in zip(lengths, plan.chunk, strict=True)]
        starts = [
            k * size if n > 1 else 0 for k, n, size in zip((i, j), lengths, sizes, strict=True)
        ]
        cut = jax.vmap(lambda row: lax.dynamic_slice(mask.parts[row], starts, sizes))
        conditions.append(cut(mask.of_row[group]))
    return reduce(jnp.logical_and, conditions) if conditions else None


def _hide(scores: Array, visible: Array | None) -> Array:
    return scores if visible is None else jnp.where(visible, scores, -jnp.inf)


def _attend_chunk(
    plan: _Plan,
    mask: _Mask | None,
    place: tuple[Array, Array],
    query: Array,
    keys: Array,
    values: Array,
) -> tuple[Array, Array]:
    """Output of one chunk of queries, and the log-sum-exp of its scores."""
    group, i = place

    def add_keys(j: Array, state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        top, total, weighted = state
        scores = _hide(
            jnp.einsum("rqd,rkd->rqk", query, keys[j]), _visible(plan, mask, group, i, j)
        )
        higher = jnp.maximum(top, scores.max(axis=-1))
        weights, shrink = jnp.exp(scores - higher[..., None]), jnp.exp(top - higher)
        added = jnp.einsum("rqk,rkd->rqd", weights, values[j])
        total = shrink * total + weights.sum(axis=-1)
        return higher, total, shrink[..., None] * weighted + added

    # Finite: with -inf a chunk masked whole would be inf - inf. Its weights are e^-inf either way.
    least = jnp.full(query.shape[:2], jnp.finfo(query.dtype).min)
    empty = (
        least,
        jnp.zeros_like(least),
        jnp.zeros((*query.shape[:2], values.shape[-1]), query.dtype),
    )
    last = plan.key_chunks
    if plan.causal:  # what lies after the chunk's last query is not computed
        last = jnp.minimum(last, ((i + 1) * plan.queries - 1) // plan.keys + 1)
    top, total, weighted = lax.fori_loop(0, last, add_keys, empty)
    total = jnp.where(total > 0, total, 1)  # a query that sees nothing gets zeros
    return weighted / total[..., None], top + jnp.log(total)


def _forward(
    plan: _Plan, query: Array, key: Array, value: Array, mask: _Mask | None
) -> tuple[Array, Array]:
    """Output (groups, chunks, rows, queries, features), and log-sum-exp without features."""

    def of_group(parts: tuple[Array, ...]) -> tuple[Array, Array]:
        group, queries, keys, values = parts
        chunks = jnp.arange(plan.query_chunks)
        return lax.map(
            lambda pair: _attend_chunk(plan, mask, (group, pair[0]), pair[1], keys, values),
            (chunks, queries),
        )

    return lax.map(of_group, (jnp.arange(len(query)), query, key, value))


def _output(plan: _Plan, query: Array, key: Array, value: Array, mask: _Mask | None) -> Array:
    return _forward(plan, query, key, value, mask)[0]


_attend = jax.custom_vjp(_output, nondiff_argnums=(0,))


def _attend_and_keep(plan: _Plan, query: Array, key: Array, value: Array, mask: _Mask | None):
    out, normalizer = _forward(plan, query, key, value, mask)
    return out, (query, key, value, mask, out, normalizer)


def _gradients_of_chunk(
    plan: _Plan,
    mask: _Mask | None,
    place: tuple[Array, Array],
    key: Array,
    value: Array,
    queries: tuple[Array, ...],
    query_gradient: Array,
) -> tuple[Array, tuple[Array, Array]]:
    """What one chunk of keys adds to the gradient of the queries, and its own gradients.

    The axes are (rows, keys, queries), and what has to be turned is turned beforehand: products
    with a transposed operand are slower.
    """
    group, j = place
    key_turned = key.swapaxes(1, 2)

    def add_queries(i: Array, sums: tuple[Array, ...]) -> tuple[Array, ...]:
        query_gradient, key_gradient, value_gradient = sums
        query, query_turned, gradient, gradient_turned, normalizer, row_sum = (
            part[i] for part in queries
        )
        visible = _visible(plan, mask, group, i, j)
        visible = None if visible is None else visible.swapaxes(1, 2)
        weights = jnp.exp(_hide(key @ query_turned, visible) - normalizer[:, None])
        of_scores = weights * (value @ gradient_turned - row_sum[:, None])
        return (
            query_gradient.at[i].add(key_turned @ of_scores),
            key_gradient + of_scores @ query,
            value_gradient + weights @ gradient,
        )

    first = (j * plan.keys) // plan.queries if plan.causal else 0
    sums = (query_gradient, jnp.zeros_like(key), jnp.zeros_like(value))
    query_gradient, *own = lax.fori_loop(first, plan.query_chunks, add_queries, sums)
    return query_gradient, tuple(own)


def _gradients(plan: _Plan, kept: tuple, gradient: Array) -> tuple[Array | None, ...]:
    """Gradients of queries, keys and values; the weights are computed again."""
    query, key, value, mask, out, normalizer = kept
    row_sum = (gradient * out).sum(axis=-1)

    def of_group(parts: tuple[Array, ...]) -> tuple[Array, Array, Array]:
        group, keys, values, query, gradient, *rows = parts
        turned = query.swapaxes(-1, -2), gradient.swapaxes(-1, -2)
        queries = (query, turned[0], gradient, turned[1], *rows)

        def of_chunk(query_gradient: Array, parts: tuple[Array, ...]):
            j, key, value = parts
            return _gradients_of_chunk(plan, mask, (group, j), key, value, queries, query_gradient)

        chunks = jnp.arange(plan.key_chunks)
        of_query, own = lax.scan(of_chunk, jnp.zeros_like(turned[0]), (chunks, keys, values))
        return of_query.swapaxes(-1, -2), *own

    groups = jnp.arange(len(query))
    found = lax.map(of_group, (groups, key, value, query, gradient, normalizer, row_sum))
    return *found, None


_attend.defvjp(_attend_and_keep, _gradients)
