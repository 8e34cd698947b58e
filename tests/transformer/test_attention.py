"""Attention agrees with JAX, masks whole rows without harm, and names what is wrong."""

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from random_arrays import assert_close, draw, random_mask

from coreformulas.transformer import attention_weights, scaled_dot_product_attention

BATCH, QUERIES, KEYS, HEADS, SIZE = 2, 4, 5, 3, 8
TOLERANCE = {jnp.float32: 2e-5, jnp.bfloat16: 4e-2}
# Without the checks of the tests, which would come first.
plain_attention = inspect.unwrap(scaled_dot_product_attention)
plain_weights = inspect.unwrap(attention_weights)


def inputs(dtype: Any = jnp.float32) -> tuple[jax.Array, ...]:
    lengths = (QUERIES, KEYS, KEYS)
    return tuple(
        draw(BATCH, length, HEADS, SIZE, seed=seed, dtype=dtype)
        for seed, length in enumerate(lengths)
    )


MASKS = {
    "none": None,
    "whole": random_mask(BATCH, HEADS, QUERIES, KEYS),
    "heads alike": random_mask(BATCH, 1, QUERIES, KEYS),
    "padding": random_mask(BATCH, 1, 1, KEYS),
    "one for all": random_mask(1, 1, QUERIES, KEYS),
}


def value_and_slopes(attend: Any, *arrays: jax.Array, mask: jax.Array | None) -> Any:
    def loss(*arrays):
        value = attend(*arrays, mask=mask)
        return jnp.sum(jnp.sin(value.astype(jnp.float32))), value

    slopes, value = jax.grad(loss, (0, 1, 2), has_aux=True)(*arrays)
    return value, slopes


@pytest.mark.parametrize(
    ("name", "dtype"), [("none", jnp.float32), ("whole", jnp.float32), ("whole", jnp.bfloat16)]
)
def test_value_and_gradient_are_those_of_jax(name, dtype):
    @jax.jit
    def both(*arrays):
        return [
            value_and_slopes(attend, *arrays, mask=MASKS[name])
            for attend in (scaled_dot_product_attention, jax.nn.dot_product_attention)
        ]

    ours, theirs = both(*inputs(dtype=dtype))
    assert_close(ours, theirs, TOLERANCE[dtype])


def test_a_mask_with_an_axis_of_one_holds_for_all_along_it():
    query, key, _ = inputs()
    narrow = [mask for mask in MASKS.values() if mask is not None]

    @jax.jit
    def pairs(query, key):
        shapes = [
            narrow,
            [jnp.broadcast_to(mask, (BATCH, HEADS, QUERIES, KEYS)) for mask in narrow],
        ]
        return [[attention_weights(query, key, mask=mask) for mask in masks] for masks in shapes]

    ours, spread = pairs(query, key)
    assert_close(ours, spread, 1e-6)


def test_the_scale_is_what_it_is_set_to():
    @jax.jit
    def results(query, key, value):
        plain = attention_weights(query, key), attention_weights(query, key, scale=SIZE**-0.5)
        options: Any = {"scale": 0.7}
        ours = scaled_dot_product_attention(query, key, value, **options)
        return plain, (ours, jax.nn.dot_product_attention(query, key, value, **options))

    for one, other in results(*inputs()):
        assert_close(one, other, 2e-5)


def test_values_may_have_a_size_of_their_own_and_no_batch():
    @jax.jit
    def results(query, key, value):
        return (
            scaled_dot_product_attention(query, key, value),
            scaled_dot_product_attention(query, key, value[..., :3]),
            scaled_dot_product_attention(query[1], key[1], value[1]),
        )

    whole, narrow, alone = results(*inputs())
    assert_close(narrow, whole[..., :3], 1e-6)
    assert_close(alone, whole[1], 2e-6)


weigh = jax.jit(attention_weights)
attend = jax.jit(scaled_dot_product_attention)


def test_each_row_of_weights_is_a_distribution_over_what_the_mask_allows():
    query, key, _ = inputs()
    mask = MASKS["whole"]
    weights = np.asarray(weigh(query, key, mask=mask))
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-6)
    assert (weights[~np.asarray(mask)] == 0).all()
    assert (weights[np.asarray(mask)] > 0).all()


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_a_row_that_is_masked_whole_gives_zeros_and_moves_nothing(dtype):
    mask = MASKS["whole"].at[1, :, 2].set(False)

    @jax.jit
    def results(*arrays):
        def both(*arrays):
            out = scaled_dot_product_attention(*arrays, mask=mask).astype(jnp.float32)
            return jnp.stack([jnp.sin(out[1, 2]).sum(), jnp.sin(out).sum()]), out

        return jax.jacrev(both, (0, 1, 2), has_aux=True)(*arrays)

    slopes, out = results(*inputs(dtype=dtype))
    assert (out[1, 2] == 0).all()
    for slope in slopes:
        assert (slope[0] == 0).all()  # not-a-number would not be
        assert bool(jnp.isfinite(slope[1]).all())
        assert bool((slope[1] != 0).any())


def test_scores_beyond_the_range_of_the_exponential_stay_finite():
    query, key, value = inputs()
    weights = weigh(1e4 * query, key, mask=MASKS["whole"])
    assert jnp.isfinite(weights).all()
    np.testing.assert_allclose(weights.max(axis=-1), 1, atol=1e-3)
    slope = jax.jit(jax.grad(lambda q: scaled_dot_product_attention(1e4 * q, key, value).sum()))(
        query
    )
    assert jnp.isfinite(slope).all()


def test_hidden_keys_change_nothing():
    query, key, value = inputs()
    mask = jnp.broadcast_to(jnp.arange(KEYS) < 3, (BATCH, HEADS, QUERIES, KEYS))
    hidden = attend(query, key, value, mask=mask)
    spoiled = attend(query, key.at[:, 3:].set(50.0), value.at[:, 3:].set(-70.0), mask=mask)
    assert_close(spoiled, hidden, 0)
    assert_close(attend(query, key[:, :3], value[:, :3]), hidden, 1e-6)


def test_another_order_of_queries_and_keys_gives_the_rows_in_that_order():
    query, key, value = inputs()
    mask = MASKS["whole"]
    whole = attend(query, key, value, mask=mask)
    for seed in range(5):
        draw = np.random.default_rng(seed)
        rows, columns = draw.permutation(QUERIES), draw.permutation(KEYS)
        moved = mask[:, :, rows][..., columns]
        found = attend(query[:, rows], key[:, columns], value[:, columns], mask=moved)
        assert_close(found, whole[:, rows], 1e-6)


WRONG = {
    r"query must have the axes .* got shape \(4, 8\)": lambda q, k, v: (q[0, :, 0], k, v),
    r"key must have the axes": lambda q, k, v: (q, k[0, 0], v),
    r"key must have the head size of query, 8, got 7": lambda q, k, v: (q, k[..., :7], v),
    r"key must have as many heads as query, 3, got 2": lambda q, k, v: (q, k[:, :, :2], v),
    r"key must have the batch axes of query, \(2,\), got \(1,\)": lambda q, k, v: (q, k[:1], v),
    r"value must have shape \(2, 5, 3, 'value_size'\), .* got \(2, 4, 3, 8\)": lambda q, k, v: (
        (q, k, v[:, :4])
    ),
    r"query must not be empty, got shape \(0, 4, 3, 8\)": lambda q, k, v: (q[:0], k[:0], v[:0]),
    r"key must not be empty": lambda q, k, v: (q, k[:, :0], v[:, :0]),
    r"value must not be empty": lambda q, k, v: (q, k, v[..., :0]),
}


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize(("message", "spoil"), WRONG.items())
def test_shapes_that_do_not_fit_are_named(message, spoil, jit, monkeypatch):
    monkeypatch.setattr("coreformulas.transformer.attention.attention_weights", plain_weights)
    attention = jax.jit(plain_attention) if jit else plain_attention
    with pytest.raises(ValueError, match=message):
        attention(*spoil(*inputs()))


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones((QUERIES, KEYS), bool), r"mask .* \(2, 3, 4, 5\), or 1 .* got \(4, 5\)"),
        (np.ones((BATCH, 1, KEYS, QUERIES), bool), r"got \(2, 1, 5, 4\)"),
        (np.ones((BATCH, 2, QUERIES, KEYS), bool), r"got \(2, 2, 4, 5\)"),
        (np.ones((1, 1, 1, KEYS), np.float32), "mask must be boolean, .* got float32"),
    ],
)
def test_masks_that_do_not_fit_are_named(mask, message, jit):
    weights = jax.jit(plain_weights) if jit else plain_weights
    query, key, _ = inputs()
    with pytest.raises(ValueError, match=message):
        weights(query, key, mask=mask)
