"""Attention in chunks is the plain one, value and gradient, in memory linear in the length."""

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coreformulas.transformer import chunked_attention, scaled_dot_product_attention

BATCH, HEADS, SIZE, VALUE_SIZE = 2, 3, 4, 5


def inputs(queries, keys, dtype: Any = np.float32, scale=1.0, batch=(BATCH,)):
    """Query, key and value, and what the output is weighted by."""
    draw = np.random.default_rng(0)
    shapes = [(queries, SIZE), (keys, SIZE), (keys, VALUE_SIZE), (queries, VALUE_SIZE)]
    drawn = [scale * draw.normal(size=(*batch, length, HEADS, size)) for length, size in shapes]
    return [jnp.asarray(array, dtype) for array in drawn]


def random_mask(*shape):
    return np.random.default_rng(1).random(shape) < 0.6


def value_and_gradient(attention, arrays, **settings):
    """Output, and gradients of query, key and value."""

    def run(query, key, value, weights):
        out, pull = jax.vjp(lambda *parts: attention(*parts, **settings), query, key, value)
        return out, *pull(weights)

    return jax.jit(run)(*arrays)


def by_definition(arrays, *, mask=None, causal=False, scale=None):
    """The same in float64 and by the formulas, with the whole matrix of weights."""
    query, key, value, weights = (
        np.moveaxis(np.asarray(array, np.float64), -2, -3) for array in arrays
    )
    factor = SIZE**-0.5 if scale is None else scale
    scores = factor * query @ key.swapaxes(-1, -2)
    allowed = np.broadcast_to(True if mask is None else mask, scores.shape)
    if causal:
        allowed = allowed & np.tri(*scores.shape[-2:], dtype=bool)
    top = np.where(allowed, scores, -np.inf).max(axis=-1, keepdims=True, initial=-1e9)
    shares = np.exp(np.where(allowed, scores - top, -np.inf))
    total = shares.sum(axis=-1, keepdims=True)
    shares = shares / np.where(total > 0, total, 1)
    of_weights = weights @ value.swapaxes(-1, -2)
    of_scores = shares * (of_weights - (shares * of_weights).sum(axis=-1, keepdims=True))
    found = (
        shares @ value,
        factor * of_scores @ key,
        factor * of_scores.swapaxes(-1, -2) @ query,
        shares.swapaxes(-1, -2) @ weights,
    )
    return [np.moveaxis(part, -3, -2) for part in found]


def assert_equal(found, wanted, tolerance):
    for name, ours, theirs in zip(("out", "query", "key", "value"), found, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=tolerance, rtol=tolerance, err_msg=name)


CASES = {
    "many chunks": (16, 24, {"query_chunk": 8, "key_chunk": 4, "scale": 0.3}),
    "odd lengths": (13, 17, {"query_chunk": 5, "key_chunk": 4}),
    "a single query": (1, 9, {"query_chunk": 4, "key_chunk": 4}),
    "causal, more keys": (7, 13, {"causal": True, "query_chunk": 3, "key_chunk": 4}),
    "causal, fewer keys": (13, 5, {"causal": True, "query_chunk": 3, "key_chunk": 2}),
}
MASKS = {
    "padding": ((BATCH, 1, 1, 13), {}),
    "of heads, and causal": ((1, HEADS, 11, 13), {"causal": True}),
    "of each query": ((BATCH, 1, 11, 1), {}),
    "in full, one at a time": ((BATCH, HEADS, 11, 13), {"query_chunk": 1, "key_chunk": 1}),
}


@pytest.mark.parametrize("case", CASES)
def test_value_and_gradient_are_those_of_the_formula(case):
    queries, keys, settings = CASES[case]
    arrays = inputs(queries, keys)
    found = value_and_gradient(chunked_attention, arrays, **settings)
    plain = {name: settings[name] for name in ("causal", "scale") if name in settings}
    assert_equal(found, by_definition(arrays, **plain), 2e-6)


@pytest.mark.parametrize("case", MASKS)
def test_masks_are_those_of_the_formula(case):
    shape, settings = MASKS[case]
    arrays, mask = inputs(11, 13), random_mask(*shape)
    chunks = {"query_chunk": 4, "key_chunk": 5, **settings}
    found = value_and_gradient(chunked_attention, arrays, mask=mask, **chunks)
    wanted = by_definition(arrays, mask=mask, causal="causal" in settings)
    assert_equal(found, wanted, 2e-6)


def test_several_rows_and_batch_axes_go_together():
    """Short sequences: chunks of the usual size hold rows of several heads and examples."""
    arrays, mask = inputs(7, 9, batch=(2, 1, 2)), random_mask(2, 1, 1, HEADS, 7, 9)
    found = value_and_gradient(chunked_attention, arrays, mask=mask)
    assert_equal(found, by_definition(arrays, mask=mask), 2e-6)
    bare = chunked_attention(*(array[0, 0, 0] for array in arrays[:3]))
    wanted = by_definition([array[0, 0, 0] for array in arrays])[0]
    np.testing.assert_allclose(bare, wanted, atol=2e-6)


def test_queries_that_see_nothing_get_zeros_and_no_gradient():
    arrays = inputs(6, 9)
    mask = np.ones((1, 1, 6, 9), bool)
    mask[..., 2, :] = False  # in the middle of a chunk
    mask[..., 3, :7] = False  # and one whose first chunks are masked whole
    settings = {"mask": mask, "query_chunk": 3, "key_chunk": 3}
    found = value_and_gradient(chunked_attention, arrays, **settings)
    assert (np.asarray(found[0])[:, 2] == 0).all()
    assert (np.asarray(found[1])[:, 2] == 0).all()
    assert_equal(found, value_and_gradient(scaled_dot_product_attention, arrays, mask=mask), 2e-6)


def test_large_scores_do_not_overflow():
    arrays = inputs(16, 24, scale=60.0)  # exponents of some thousands
    found = value_and_gradient(chunked_attention, arrays, query_chunk=8, key_chunk=4)
    assert all(np.isfinite(part).all() for part in found)
    np.testing.assert_allclose(found[0], by_definition(arrays)[0], rtol=1e-3, atol=1e-2)


def test_bfloat16_is_as_near_to_float32_as_the_plain_form():
    exact = by_definition(inputs(13, 17))
    low = inputs(13, 17, jnp.bfloat16)
    found = value_and_gradient(chunked_attention, low, query_chunk=5, key_chunk=4)
    plain = value_and_gradient(scaled_dot_product_attention, low)
    for ours, theirs, wanted in zip(found, plain, exact, strict=True):
        assert ours.dtype == jnp.bfloat16
        error, usual = (np.abs(np.asarray(part, np.float64) - wanted) for part in (ours, theirs))
        assert error.mean() <= 1.1 * usual.mean()
        assert error.max() <= 0.06


def test_float64_is_met_to_its_last_digits():
    with jax.enable_x64(True):
        arrays = inputs(13, 17, np.float64)
        found = value_and_gradient(chunked_attention, arrays, query_chunk=5, key_chunk=4)
        assert_equal(found, by_definition(arrays), 1e-14)


def test_it_can_be_vectorized():
    arrays = inputs(6, 7)
    mapped = jax.vmap(lambda *parts: chunked_attention(*parts, query_chunk=4, key_chunk=4))
    found = jax.jit(mapped)(*arrays[:3])
    np.testing.assert_allclose(found, by_definition(arrays)[0], atol=2e-6)


def extra_memory(attention, length, *, gradient):
    array = jax.ShapeDtypeStruct((1, length, 2, 16), jnp.float32)

    def total(*parts):
        return attention(*parts).sum()

    run = jax.grad(total, argnums=(0, 1, 2)) if gradient else attention
    analysis = jax.jit(run).lower(array, array, array).compile().memory_analysis()
    assert analysis is not None
    return analysis.temp_size_in_bytes


@pytest.mark.parametrize("gradient", [False, True])
def test_memory_is_linear_in_the_length(gradient):
    short, long = (
        extra_memory(chunked_attention, length, gradient=gradient) for length in (2048, 16384)
    )
    assert long < 8.5 * short
    plain = extra_memory(scaled_dot_product_attention, 2048, gradient=gradient)
    assert plain >= 2 * 2048**2 * 4  # the weights of two heads: the measure is one
    assert long < plain / 2  # at an eighth of the length


def test_the_mask_of_a_whole_batch_is_not_made():
    """A mask of one row for each example stays one."""
    array = jax.ShapeDtypeStruct((4, 2048, 2, 16), jnp.float32)
    mask = jax.ShapeDtypeStruct((4, 1, 1, 2048), jnp.bool)
    run = jax.jit(lambda *parts: chunked_attention(*parts[:3], mask=parts[3]))
    analysis = run.lower(array, array, array, mask).compile().memory_analysis()
    assert analysis is not None
    assert analysis.temp_size_in_bytes < 4 * 2048**2


QUERY, KEY, VALUE, _ = inputs(6, 7)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"query": QUERY[0, 0]}, "query must have the axes (..., length, heads, size)"),
        ({"query": QUERY[:, :0]}, "query must not be empty"),
        ({"key": KEY[..., :3]}, "key must have the head size of query, 4, got 3"),
        ({"key": KEY[:, :, :2]}, "key must have as many heads as query, 3, got 2"),
        ({"key": KEY[:1]}, "key must have the batch axes of query, (2,), got (1,)"),
        ({"value": VALUE[:, :6]}, "value must have shape (2, 7, 3, 'value_size')"),
        ({"value": VALUE[..., :0]}, "value must not be empty"),
        ({"mask": np.ones((1, 1, 6, 7))}, "mask must be boolean"),
        ({"mask": np.ones((6, 7), bool)}, "(2, 3, 6, 7), or 1 in its place on any axis"),
        ({"mask": np.ones((1, 1, 7, 6), bool)}, "(2, 3, 6, 7), or 1 in its place on any axis"),
        ({"query_chunk": 0}, "query_chunk must be a whole number >= 1, got 0"),
        ({"key_chunk": 2.0}, "key_chunk must be a whole number >= 1, got 2.0"),
        ({"key_chunk": True}, "key_chunk must be a whole number >= 1, got True"),
    ],
)
def test_bad_input_is_named(changes, message):
    arguments = {"query": QUERY, "key": KEY, "value": VALUE, **changes}
    checked: Any = chunked_attention
    bare = checked.__wrapped__  # without the annotations, which would refuse some of it first
    with pytest.raises(ValueError, match=re.escape(message)):
        bare(**arguments)
