"""Positions and masks against their formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from coreformulas.transformer import (
    Positions,
    StackConfig,
    causal_mask,
    padding_mask,
    rotate,
    sinusoidal_positions,
)

FREQUENCIES = 10000.0 ** (-np.arange(0, 8, 2) / 8)


def rotations(offset: float, direction: int) -> np.ndarray:
    """R(k): a turn of each pair of 8 entries by offset * frequency, as one matrix."""
    matrix = np.zeros((8, 8))
    for pair, frequency in enumerate(FREQUENCIES):
        angle = direction * offset * frequency
        place = slice(2 * pair, 2 * pair + 2)
        cos, sin = np.cos(angle), np.sin(angle)
        matrix[place, place] = [[cos, -sin], [sin, cos]]
    return matrix


def test_sinusoids_are_those_of_the_formula():
    found = sinusoidal_positions(jnp.array([0.0, 3.0, 41.5]), 8)
    for row, t in zip(np.asarray(found), (0.0, 3.0, 41.5), strict=True):
        np.testing.assert_allclose(row[0::2], np.sin(t * FREQUENCIES), atol=1e-5)
        np.testing.assert_allclose(row[1::2], np.cos(t * FREQUENCIES), atol=1e-5)


@pytest.mark.parametrize("offset", [1, 7, 30])
def test_a_shift_is_one_linear_map_at_every_position(offset):
    """PE(t + k) = R(k) PE(t). A pair is (sin, cos), so the turn goes the other way round."""
    times = jnp.arange(50)
    now, later = sinusoidal_positions(times, 8), sinusoidal_positions(times + offset, 8)
    np.testing.assert_allclose(np.asarray(now) @ rotations(offset, -1).T, later, atol=1e-5)


def test_rotary_positions_turn_pairs():
    vectors = jax.random.normal(jax.random.key(0), (2, 5, 3, 8))
    turned = np.asarray(rotate(vectors, jnp.arange(5) + 2))
    for t in range(5):
        wanted = np.asarray(vectors)[:, t] @ rotations(t + 2, 1).T
        np.testing.assert_allclose(turned[:, t], wanted, atol=1e-5)


def test_a_rotary_inner_product_depends_on_the_distance_alone():
    query, key = jax.random.normal(jax.random.key(1), (2, 1, 1, 8))
    times = jnp.arange(12)

    def all_turned(vector):
        return rotate(jnp.broadcast_to(vector, (12, 1, 8)), times)[:, 0]

    products = np.asarray(all_turned(query) @ all_turned(key).T)
    for distance in range(-11, 12):
        diagonal = np.diagonal(products, distance)
        np.testing.assert_allclose(diagonal, diagonal[0], atol=1e-5)
    assert np.ptp(products[0]) > 0.1  # and it does depend on the distance


def test_what_is_added_is_what_the_config_says():
    vectors, times = jax.random.normal(jax.random.key(2), (2, 4, 8)), jnp.arange(4) + 3

    def added(kind):
        module = Positions(StackConfig(width=8, positions=kind), rngs=nnx.Rngs(0))
        return np.asarray(module(vectors, times) - vectors), module

    assert not added("none")[0].any()
    assert not added("rotary")[0].any()
    wanted = np.broadcast_to(sinusoidal_positions(times, 8), (2, 4, 8))
    np.testing.assert_allclose(added("sinusoidal")[0], wanted, atol=1e-6)
    learned, module = added("learned")
    wanted = np.broadcast_to(module.table.embedding[...][3:7], (2, 4, 8))
    np.testing.assert_allclose(learned, wanted, atol=1e-6)
    assert np.ptp(learned, axis=1).min() > 0


def test_a_query_sees_what_is_not_after_it():
    np.testing.assert_array_equal(causal_mask(4), np.tri(4, dtype=bool))
    np.testing.assert_array_equal(
        causal_mask(4, jnp.array([2, 0])), [[True, True, True, False], [True, False, False, False]]
    )


def test_padding_is_found_wherever_it_stands():
    tokens = np.array([[3, 0, 0], [0, 1, 2]], np.uint8)
    np.testing.assert_array_equal(padding_mask(tokens), [[True, False, False], [False, True, True]])
    np.testing.assert_array_equal(
        padding_mask(tokens, 2), [[True, True, True], [True, True, False]]
    )


def test_bad_sizes_are_named():
    with pytest.raises(ValueError, match="even number of dimensions, got 7"):
        sinusoidal_positions(jnp.arange(3), 7)
    with pytest.raises(ValueError, match="even number of dimensions, got 5"):
        rotate(jnp.ones((3, 1, 5)), jnp.arange(3))
    with pytest.raises(ValueError, match="length must be at least 1, got 0"):
        causal_mask(0)
