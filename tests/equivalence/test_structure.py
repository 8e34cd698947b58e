"""Order, positions, counts and gains in JAX are those of the derivations."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
from flax import nnx

from coreformulas.symbolic import registry, to_jax
from coreformulas.symbolic.worlds.interpretation import interpret
from coreformulas.transformer import (
    LanguageModelConfig,
    MultiHeadAttention,
    StackConfig,
    depth_profile,
    forward_flops,
    fresh_weights,
    layer_branches,
    parameter_count,
    rotate,
    scaled_dot_product_attention,
    sinusoidal_positions,
)
from coreformulas.transformer import derivation_positions as order
from coreformulas.transformer import derivation_structure as structure

PROVED = [
    order.sinusoid_shift_of_sine,
    order.sinusoid_shift_of_cosine,
    order.sinusoid_inner_product,
    order.rotary_turn_of_first,
    order.rotary_turn_of_second,
    order.rotary_inner_product,
    structure.layer_parameters,
    structure.model_parameters,
    structure.layer_flops,
    structure.residual_variance,
    structure.pre_norm_gain,
]
EXACT = [
    order.attention_is_equivariant,
    structure.head_as_low_rank_map,
    structure.gradient_of_scale_invariant,
]


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def draw(*shape: int, seed: int = 0) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape))


def evaluate(expr: sp.Expr, **values):
    symbols = sorted(expr.free_symbols, key=str)
    return to_jax(expr, symbols)(*(values[str(symbol)] for symbol in symbols))


def test_every_derivation_of_the_chapter_is_here():
    def own(label: str) -> bool:
        return any(label.replace("-", "_") in vars(module) for module in (order, structure))

    assert {build().label for build in (*PROVED, *EXACT)} == set(filter(own, registry.labels()))


@pytest.mark.parametrize("build", PROVED)
def test_what_holds_for_all_sizes_is_proved(build):
    assert {item.kind for line in build().evidence for item in line} == {"proved"}


@pytest.mark.parametrize("build", EXACT)
def test_what_is_about_sums_and_unknown_functions_is_exact(build):
    assert {item.kind for line in build().evidence for item in line} == {"exact"}


@pytest.mark.parametrize("world", order.ORDERS)
def test_shuffled_attention_is_the_derived_row(world):
    """Both sides of the derivation, worked out in the world, are rows that attention computes."""
    derivation = order.attention_is_equivariant()
    shuffle = np.array([world._order[place] for place in range(3)])
    query, key, value = draw(3, 1, 4, seed=1), draw(3, 1, 4, seed=2), draw(3, 1, 1, seed=3)
    moved = scaled_dot_product_attention(query[shuffle], key[shuffle], value[shuffle])[0, 0, 0]
    scores = jnp.einsum("qhd,khd->qk", query, key) / 2
    values = {f"v_{n + 1}": value[n, 0, 0] for n in range(3)}
    values |= {f"s_{q + 1}{n + 1}": scores[q, n] for q in range(3) for n in range(3)}
    for side in (derivation.start, derivation.end):
        np.testing.assert_allclose(evaluate(interpret(side, world), **values), moved, rtol=1e-12)


def test_sinusoids_shift_and_compare_as_derived():
    omega = 10000.0 ** (-np.arange(0, 8, 2) / 8)
    now, later = (sinusoidal_positions(jnp.array(place), 8) for place in (5.0, 12.0))
    ends = order.sinusoid_shift_of_sine().end, order.sinusoid_shift_of_cosine().end
    for n, end in enumerate(ends):
        np.testing.assert_allclose(
            later[n::2], evaluate(end, t=5.0, k=7.0, omega=omega), rtol=1e-12
        )
    shares = evaluate(order.sinusoid_inner_product().end, t=5.0, s=12.0, omega=omega)
    np.testing.assert_allclose(now @ later, shares.sum(), rtol=1e-12)


def test_rotary_positions_turn_and_compare_as_derived():
    omega = 10000.0 ** (-np.arange(0, 6, 2) / 6)
    query, key = draw(1, 1, 6, seed=4), draw(1, 1, 6, seed=5)
    turned = [rotate(x, jnp.array([place])) for x, place in ((query, 3.0), (key, 11.0))]
    polar = {}
    for (a, alpha), x in zip((("a", "alpha"), ("b", "beta")), (query, key), strict=True):
        first, second = x[0, 0, 0::2], x[0, 0, 1::2]
        polar |= {a: jnp.hypot(first, second), alpha: jnp.arctan2(second, first)}
    ends = order.rotary_turn_of_first().end, order.rotary_turn_of_second().end
    for n, end in enumerate(ends):
        wanted = evaluate(end, a=polar["a"], alpha=polar["alpha"], t=3.0, omega=omega)
        np.testing.assert_allclose(turned[0][0, 0, n::2], wanted, rtol=1e-12)
    shares = evaluate(order.rotary_inner_product().end, **polar, t=3.0, s=11.0, omega=omega)
    np.testing.assert_allclose(jnp.sum(turned[0] * turned[1]), shares.sum(), rtol=1e-12)


def test_each_head_is_the_derived_map_of_low_rank():
    layer = MultiHeadAttention(6, 3, rngs=nnx.Rngs(jax.random.key(0)))
    into, out = layer.value.kernel[...], layer.out.kernel[...]
    x, end = draw(6, seed=6), structure.head_as_low_rank_map().end
    maps = jnp.einsum("dhs,hse->hde", into, out)
    assert np.all(np.linalg.matrix_rank(np.asarray(maps), tol=1e-5) == 2)
    names = {str(base): base for base in end.atoms(sp.IndexedBase)}
    size = sp.Symbol("d_k", integer=True, positive=True)
    for head in range(3):
        plain = end.subs({structure.d: 6, size: 2}).doit()
        values = {names["x"][n + 1]: x[n] for n in range(6)}
        for n, m in np.ndindex(6, 2):
            values[names["V"][n + 1, m + 1]] = into[n, head, m]
            values[names["O"][m + 1]] = out[head, m, 4]
        found = sp.lambdify(list(values), plain)(*values.values())
        np.testing.assert_allclose(found, (x @ maps[head])[4], rtol=1e-6)


@pytest.mark.parametrize(
    ("width", "hidden", "layers", "vocabulary"), [(8, 20, 2, 7), (12, 5, 3, 9)]
)
def test_counts_are_the_derived_ones(width, hidden, layers, vocabulary):
    config = LanguageModelConfig(
        width=width, hidden=hidden, layers=layers, vocabulary=vocabulary, heads=2
    )
    sizes = {"d": width, "L": layers, "V": vocabulary}
    sizes["N"] = evaluate(structure.layer_parameters().end, d=width, f=hidden)
    assert parameter_count(config) == evaluate(structure.model_parameters().end, **sizes)
    products = layers * evaluate(structure.layer_flops().end, d=width, f=hidden, n=10)
    assert forward_flops(config, length=10) == products + 2 * 10 * width * vocabulary


WIDE = StackConfig(width=256, hidden=256, heads=4, layers=12)
FORWARD = layer_branches(WIDE)[1:]


def asked(last: jax.Array) -> jax.Array:
    return jnp.sum(draw(1, 8, 256, seed=8) * last)


def feed_forward_profile(wiring: Any) -> tuple[np.ndarray, np.ndarray]:
    """A wide stack of feed-forward networks alone: each adds half, and gives half back."""
    weights, vectors = fresh_weights(WIDE, key=jax.random.key(1)), draw(1, 8, 256, seed=7)
    found = depth_profile(FORWARD, weights, vectors, asked, wiring=wiring)
    signal, gradient = np.asarray(found.signal), np.asarray(found.gradient)
    return signal**2, (gradient / gradient[-1]) ** 2


def test_gains_of_deep_stacks_are_the_derived_ones():
    steps, v = np.arange(13), 0.5
    variance = evaluate(structure.residual_variance().end, v=v)
    gain = np.array([evaluate(structure.pre_norm_gain().end, k=float(k), v=v) for k in range(12)])
    signal, gradient = feed_forward_profile("bare")
    np.testing.assert_allclose(signal, v**steps, rtol=0.5)
    np.testing.assert_allclose(gradient, v ** (12 - steps), rtol=0.5)
    signal, gradient = feed_forward_profile("residual")
    np.testing.assert_allclose(signal, variance**steps, rtol=0.3)
    np.testing.assert_allclose(gradient, variance ** (12 - steps), rtol=0.3)
    signal, gradient = feed_forward_profile("pre")
    np.testing.assert_allclose(signal, 1 + steps * v, rtol=0.2)
    wanted = np.append(np.cumprod(gain[::-1])[::-1], 1)
    np.testing.assert_allclose(gradient, wanted, rtol=0.2)
