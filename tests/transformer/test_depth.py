"""The profile by depth is that of the real model, and follows the wiring as derived."""

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from coreformulas.transformer import (
    Decoder,
    StackConfig,
    depth_profile,
    fresh_weights,
    layer_branches,
)

SIZES: dict[str, Any] = {"length": 6, "width": 8, "heads": 2, "layers": 2, "hidden": 12}
DRAW = np.random.default_rng(0)
VECTORS, ASKED = jnp.asarray(DRAW.normal(size=(2, 2, 6, 8)), jnp.float32)


def loss(last: jax.Array) -> jax.Array:
    return jnp.sum(ASKED * jnp.sin(last))


BRANCHES = layer_branches(StackConfig(**SIZES))


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_the_profile_is_that_of_a_decoder(norm):
    config = StackConfig(positions="none", norm=norm, **SIZES)
    shapes = jax.eval_shape(lambda: fresh_weights(config, key=jax.random.key(0)))
    weights = jax.tree.map(
        lambda leaf: jnp.asarray(0.5 * DRAW.normal(size=leaf.shape), leaf.dtype), shapes
    )
    found = depth_profile(BRANCHES, weights, VECTORS, loss, wiring=norm)
    decoder = nnx.eval_shape(lambda: Decoder(config, cross=False, rngs=nnx.Rngs(0)))
    graph = nnx.split(decoder)[0]
    plain = {"scale": jnp.ones(8), "bias": jnp.zeros(8)}
    state: dict[str, Any] = {"last": plain} if norm == "pre" else {}
    state["layers"] = {
        n: {**jax.tree.map(lambda leaf, n=n: leaf[n], weights), "norms": {0: plain, 1: plain}}
        for n in range(2)
    }

    def loss_of(state, vectors):
        return loss(nnx.merge(graph, state)(vectors)[0])

    by_state, by_vectors = jax.jit(jax.grad(loss_of, (0, 1)))(state, VECTORS)
    np.testing.assert_allclose(found.gradient[0], jnp.linalg.norm(by_vectors), rtol=1e-4)
    for place in range(2):
        own = by_state["layers"][place]
        wanted = optax.tree.norm([own["attention"], own["forward"]])
        np.testing.assert_allclose(found.weight_gradient[place], wanted, rtol=1e-4)
    np.testing.assert_allclose(found.signal[0], jnp.sqrt(jnp.mean(VECTORS**2)), rtol=1e-6)
    if norm == "post":
        np.testing.assert_allclose(found.signal[1:], 1, rtol=1e-4)


def test_each_wiring_does_what_its_formula_says():
    weights, x = jnp.array([2.0, 0.5]), VECTORS[:1, :1]

    def asked(last):
        return jnp.sum(ASKED[:1, :1] * last)

    def times(own, x):
        return own * x

    def profile(wiring):
        return depth_profile([times], weights, x, asked, wiring=wiring)

    size = jnp.linalg.norm(ASKED[0, 0])
    np.testing.assert_allclose(profile("bare").gradient, size * np.array([1, 0.5, 1]), rtol=1e-5)
    np.testing.assert_allclose(
        profile("residual").gradient, size * np.array([4.5, 1.5, 1]), rtol=1e-5
    )
    signal = jnp.sqrt(jnp.mean(x**2))
    grown = signal * np.array([1, 3, 4.5])
    np.testing.assert_allclose(profile("residual").signal, grown, rtol=1e-5)
    np.testing.assert_allclose(profile("post").signal[1:], 1, rtol=1e-4)
    # The mean that a normalization takes out is still in the stream, so it is no multiple.
    one = (x - x.mean()) / x.std()
    np.testing.assert_allclose(
        profile("pre").signal[1], jnp.sqrt(jnp.mean((x + 2 * one) ** 2)), rtol=1e-4
    )


def test_an_unknown_wiring_is_named():
    with pytest.raises(ValueError, match=r"wiring must be 'bare' or .* got 'none'"):
        inspect.unwrap(depth_profile)([], jnp.ones((1, 1)), VECTORS, loss, wiring="none")  # type: ignore[arg-type]
