"""Attention in several heads agrees with Flax, and names what is wrong."""

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from flax import nnx
from random_arrays import assert_close, draw, random_mask
from random_weights import random_module

from coreformulas.transformer import MultiHeadAttention

BATCH, QUERIES, KEYS = 2, 4, 5
MASK = random_mask(BATCH, 3, QUERIES, KEYS)


def layers(memory_features: int | None = None) -> tuple[Any, Any]:
    """Ours, and Flax's with the same parameters, drawn biases and all."""
    ours = random_module(
        lambda rngs: MultiHeadAttention(12, 3, memory_features=memory_features, rngs=rngs)
    )
    theirs = random_module(
        lambda rngs: nnx.MultiHeadAttention(
            3, in_features=12, in_kv_features=memory_features, decode=False, rngs=rngs
        ),
        seed=1,
    )
    nnx.update(theirs, nnx.state(ours, nnx.Param))
    return ours, theirs


def test_the_layer_is_that_of_flax():
    ours, theirs = layers(memory_features=7)
    words = draw(BATCH, QUERIES, 12, seed=20)
    memory = draw(BATCH, KEYS, 7, seed=21)

    def loss(layer, words, memory):
        value = layer(words, memory, mask=MASK)
        return jnp.sum(jnp.sin(value)), value

    @nnx.jit
    def results(*both):
        return [
            nnx.grad(loss, argnums=(0, 1, 2), has_aux=True)(layer, words, memory) for layer in both
        ]

    (slopes, value), (their_slopes, their_value) = results(ours, theirs)
    assert_close(value, their_value, 2e-5)
    assert len(jax.tree.leaves(slopes)) == 10
    assert_close(slopes, their_slopes, 5e-5)


def test_without_a_memory_the_inputs_attend_to_themselves_in_each_head():
    ours, theirs = layers()
    words = draw(BATCH, KEYS, 12, seed=22)

    @nnx.jit
    def results(ours, theirs):
        value, weights = ours.value(words), ours.weights(words)
        out, bias = ours.out.kernel[...], ours.out.bias[...]
        heads = [weights[:, h] @ value[:, :, h] @ out[h] for h in range(3)]
        return weights, ours(words), theirs(words), ours(words, words), sum(heads, bias[None, None])

    weights, alone, *same = results(ours, theirs)
    assert weights.shape == (BATCH, 3, KEYS, KEYS)
    for other in same:
        assert_close(alone, other, 2e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"features": 12, "heads": 5}, "heads must divide features, 12, got 5"),
        ({"features": 0, "heads": 1}, "features must be a whole number >= 1, got 0"),
        ({"features": 4, "heads": True}, "heads must be a whole number >= 1, got True"),
        ({"features": 4, "heads": 2, "memory_features": -1}, "memory_features must be .* got -1"),
    ],
)
def test_sizes_that_do_not_fit_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        MultiHeadAttention(**arguments, rngs=nnx.Rngs(0))


def test_inputs_of_the_layer_that_do_not_fit_are_named():
    ours, _ = layers(memory_features=7)
    call = inspect.unwrap(MultiHeadAttention.__call__)
    words, memory = jnp.zeros((BATCH, QUERIES, 12)), jnp.zeros((BATCH, KEYS, 7))
    with pytest.raises(ValueError, match=r"inputs must have shape \(..., length, 12\), got \(2,"):
        call(ours, words[..., :5], memory)
    with pytest.raises(ValueError, match=r"memory must have shape \(..., length, 7\), got"):
        call(ours, words)
