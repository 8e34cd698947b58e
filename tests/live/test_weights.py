"""Weights and images as text: what comes back, and what is refused."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from coreformulas.live import pack_weights, unpack_weights
from coreformulas.transformer import MultiHeadAttention


@pytest.mark.parametrize("bits", [6, 8])
def test_weights_come_back_within_half_a_step_of_their_row(bits):
    rng = np.random.default_rng(0)
    # Rows of very different sizes, so that a scale for the whole matrix would fail.
    kernel = rng.normal(size=(30, 8)) * 10.0 ** np.arange(-6, 2)
    table = rng.normal(size=(8, 30)) * 10.0 ** np.arange(-6, 2)[:, None]
    bias = rng.normal(size=8)
    packed = pack_weights(
        {"map": {"kernel": kernel, "bias": bias}, "table": {"embedding": table}}, bits=bits
    )
    back = unpack_weights(json.loads(json.dumps(packed)))
    for found, exact in ((back["map"]["kernel"].T, kernel.T), (back["table"]["embedding"], table)):
        largest = 2 ** (bits - 1) - 1
        step = np.abs(exact).max(axis=1, keepdims=True) / largest
        assert (np.abs(found - exact) <= 0.51 * step + largest * 6e-8).all()
        assert np.abs(found - exact).max() > 0
    np.testing.assert_allclose(back["map"]["bias"], bias, rtol=2**-11)
    text = packed["map"]["kernel"]["bytes" if bits == 8 else "letters"]
    assert len(text) == kernel.size * bits / 6


def test_bits_are_six_or_eight():
    with pytest.raises(ValueError, match="bits must be 6 or 8, got 7"):
        pack_weights({"bias": np.ones(2)}, bits=7)


def test_the_outputs_of_heads_are_rows():
    attention = MultiHeadAttention(8, 2, rngs=nnx.Rngs(jax.random.key(0)))
    parameters = nnx.state(attention, nnx.Param)
    packed = pack_weights(parameters)
    assert len(packed["query"]["kernel"]["scales"]) == len(packed["out"]["kernel"]["scales"]) == 24
    back = unpack_weights(packed)
    assert jax.tree.map(jnp.shape, jax.tree.leaves(back)) == jax.tree.map(
        jnp.shape, jax.tree.leaves(parameters)
    )
    for name in ("query", "out"):
        exact = np.asarray(parameters[name]["kernel"])
        np.testing.assert_allclose(back[name]["kernel"], exact, atol=np.abs(exact).max() / 200)


def test_rows_of_zeros_and_places_in_lists_come_back():
    packed = pack_weights({0: {"kernel": np.zeros((3, 2)), "bias": np.array([0.0, 1.0])}})
    back = unpack_weights(packed)
    assert not back[0]["kernel"].any()
    assert back[0]["bias"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"kernel": np.array([[np.nan]])}, "kernel must hold finite"),
        ({"map": {"bias": np.array([1e6])}}, "bias must hold finite numbers that fit float16"),
        ({"kernel": np.zeros((0, 2))}, "kernel must hold"),
        ({"other": np.ones((2, 2))}, "names kernel, embedding, bias, scale, got other of shape"),
        ({"kernel": np.ones(3)}, r"got kernel of shape \(3,\)"),
    ],
)
def test_bad_weights_are_named(weights, message):
    with pytest.raises(ValueError, match=message):
        pack_weights(weights)
