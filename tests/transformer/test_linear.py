"""Linear attention is attention by a kernel of features, with the brackets elsewhere."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coreformulas.transformer import linear_attention, positive_features

SHAPES = [(2, 5, 3, 4), (2, 7, 3, 4), (2, 7, 3, 6)]


def drawn(shapes=SHAPES):
    keys = jax.random.split(jax.random.key(0), len(shapes))
    return [jax.random.normal(key, shape) for key, shape in zip(keys, shapes, strict=True)]


def by_kernel(query, key, value):
    """The quadratic form: a matrix of weights for every head."""
    kernel = jnp.einsum("...qhf,...khf->...hqk", positive_features(query), positive_features(key))
    weights = kernel / kernel.sum(axis=-1, keepdims=True)
    return jnp.einsum("...hqk,...khe->...qhe", weights, value)


@pytest.mark.parametrize("batched", [True, False])
def test_value_and_gradient_are_those_of_the_kernel(batched) -> None:
    arrays = drawn() if batched else [array[0] for array in drawn()]
    found = linear_attention(*arrays)
    np.testing.assert_allclose(found, by_kernel(*arrays), rtol=1e-5, atol=1e-6)
    slopes = [
        jax.grad(lambda *parts, f=f: jnp.sin(f(*parts)).sum(), argnums=(0, 1, 2))(*arrays)
        for f in (linear_attention, by_kernel)
    ]
    for mine, wanted in zip(*slopes, strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-4, atol=1e-5)


def test_the_features_are_positive_and_may_be_others() -> None:
    x = jnp.array([-80.0, -20.0, -1.0, 0.0, 3.0])
    assert positive_features(x).min() > 0
    np.testing.assert_allclose(positive_features(x)[2:], jax.nn.elu(x[2:]) + 1, rtol=1e-6)
    assert jnp.isfinite(jax.grad(lambda x: positive_features(x).sum())(1e4 * x)).all()
    query, key, value = drawn()
    alike = linear_attention(query, key, value, features=jnp.ones_like)
    mean = jnp.broadcast_to(value.mean(axis=1, keepdims=True), alike.shape)
    np.testing.assert_allclose(alike, mean, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(5, 3, 4), (7, 3, 8), (7, 3, 6)], "head size of query"),
        ([(5, 3, 4), (7, 3, 4), (6, 3, 6)], "value must have shape"),
        ([(5, 3, 4), (0, 3, 4), (0, 3, 6)], "must not be empty"),
    ],
)
def test_shapes_that_do_not_fit_are_named(shapes, message) -> None:
    unchecked = getattr(linear_attention, "__wrapped__", linear_attention)
    with pytest.raises(ValueError, match=message):
        unchecked(*(jnp.zeros(shape) for shape in shapes))
