"""Attention in JAX is that of the derivations: weights, bounds, and every gradient, in float64."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from coreformulas.symbolic import registry, to_jax
from coreformulas.symbolic.worlds import FiniteWorld
from coreformulas.symbolic.worlds.interpretation import interpret
from coreformulas.transformer import attention_weights, scaled_dot_product_attention
from coreformulas.transformer import derivation as why
from coreformulas.transformer import derivation_gradients as slopes

KEYS, SIZE = 3, 4  # as many keys as the finite world has states
PROVED = [
    why.lagrangian_of_one_weight,
    why.multiplier_of_the_weights,
    why.softmax_ignores_a_shift,
    why.product_variance,
    slopes.softmax_jacobian_diagonal,
    slopes.softmax_jacobian_off_diagonal,
    slopes.softmax_jacobian_row_bound,
    slopes.attention_gradient_of_value,
    slopes.attention_gradient_of_score,
    slopes.attention_gradient_of_key,
]
EXACT = [
    why.softmax_is_the_maximum,
    why.weighted_mean_is_the_best_constant,
    why.distance_as_dot_product,
    why.score_variance,
    slopes.softmax_jacobian_is_a_covariance,
    slopes.softmax_jacobian_is_semidefinite,
    slopes.attention_gradient_of_query,
]


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def evaluate(expr: sp.Expr, **values):
    symbols = sorted(expr.free_symbols, key=str)
    return float(to_jax(expr, symbols)(*(float(values[str(symbol)]) for symbol in symbols)))


@jax.jit
def weights_of(scores: jax.Array) -> jax.Array:
    """The weights that attention gives to these scores: unit keys, and the scores as the query."""
    query, key = scores[None, None], jnp.eye(len(scores))[:, None]
    return attention_weights(query, key, scale=1.0)[0, 0]


@jax.jit
def attend(query: jax.Array, key: jax.Array, value: jax.Array) -> jax.Array:
    """One query (size,), keys (keys, size), one number for each value (keys,)."""
    return scaled_dot_product_attention(query[None, None], key[:, None], value[:, None, None])[
        0, 0, 0
    ]


jacobian_of = jax.jit(jax.jacobian(weights_of))


def test_every_derivation_of_the_chapter_is_here():
    modules = (why.__name__, slopes.__name__)
    own = {label for label in registry.labels() if origin(label) in modules}
    assert {build().label for build in (*PROVED, *EXACT)} == own


def origin(label: str) -> str | None:
    name = label.replace("-", "_")
    return next((m.__name__ for m in (why, slopes) if name in vars(m)), None)


@pytest.mark.parametrize("build", PROVED)
def test_what_holds_for_any_number_of_keys_is_proved(build):
    assert {item.kind for line in build().evidence for item in line} == {"proved"}


@pytest.mark.parametrize("build", EXACT)
def test_what_is_about_a_sum_is_exact_in_a_small_world(build):
    kinds = [{item.kind for item in line} for line in build().evidence]
    assert all("exact" in kind and "numeric" not in kind for kind in kinds)


def test_the_weights_reach_the_derived_maximum_and_no_others_do():
    scores = draw(5, seed=1)
    best = np.asarray(weights_of(scores))

    def objective(weights):
        return np.sum(weights * (scores - np.log(weights)))

    bound = np.log(np.exp(scores).sum())
    np.testing.assert_allclose(objective(best), bound, rtol=1e-14)
    for seed in range(5):
        other = np.asarray(weights_of(draw(5, seed=10 + seed)))
        gap = np.sum(other * np.log(other / best))
        np.testing.assert_allclose(bound - objective(other), gap, rtol=1e-12)
        assert gap > 1e-3


def test_the_best_weight_of_the_lagrangian_is_the_weight_of_attention():
    scores = draw(5, seed=2)
    multiplier = np.log(np.exp(scores).sum()) - 1
    np.testing.assert_allclose(np.exp(scores - 1 - multiplier), weights_of(scores), rtol=1e-13)


def test_a_dot_product_with_equal_norms_is_a_gaussian_kernel():
    query, raw = draw(SIZE, seed=3), draw(5, SIZE, seed=4)
    key = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    kernel = np.exp(-np.sum((query[None] - key) ** 2, axis=1) / (2 * np.sqrt(SIZE)))
    weights = jax.jit(attention_weights)(query[None, None], key[:, None])[0, 0]
    np.testing.assert_allclose(weights, kernel / kernel.sum(), rtol=1e-12)


def test_the_distance_is_the_derived_dot_product():
    query, key = draw(SIZE, seed=3), draw(SIZE, seed=4)
    derivation = why.distance_as_dot_product()
    (q,) = (b for b in derivation.end.atoms(sp.IndexedBase) if str(b) == "q")
    (k,) = (b for b in derivation.end.atoms(sp.IndexedBase) if str(b) == "k")
    expected = -np.sum((query - key) ** 2) / 2
    np.testing.assert_allclose(to_jax(derivation.end, (q, k), SIZE)(query, key), expected)


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.3, 1.0])
def test_the_variance_of_a_product_is_the_derived_one(rho):
    points, chances = np.polynomial.hermite_e.hermegauss(6)
    chances = chances / chances.sum()
    q, noise = np.meshgrid(points, points, indexing="ij")
    product, weight = q * (rho * q + np.sqrt(1 - rho**2) * noise), np.outer(chances, chances)
    mean = (weight * product).sum()
    variance = (weight * (product - mean) ** 2).sum()
    np.testing.assert_allclose(variance, evaluate(why.product_variance().end, rho=rho), rtol=1e-12)
    np.testing.assert_allclose(mean, rho, atol=1e-12)


def test_the_jacobian_of_the_weights_is_the_derived_one():
    scores = draw(5, seed=5)
    jacobian = jacobian_of(scores)
    diagonal = slopes.softmax_jacobian_diagonal().end
    off = slopes.softmax_jacobian_off_diagonal().end
    total = np.exp(scores).sum()
    for a, b in itertools.product(range(5), repeat=2):
        s, t = scores[a], scores[b]
        rest = total - np.exp(s) - (np.exp(t) if a != b else 0)
        derived = evaluate(diagonal, s=s, R=rest) if a == b else evaluate(off, s=s, t=t, R=rest)
        np.testing.assert_allclose(jacobian[a, b], derived, rtol=1e-11)


def test_the_jacobian_keeps_its_bounds():
    for seed in range(20):
        scores = 4 * draw(5, seed=seed)
        jacobian = np.asarray(jacobian_of(scores))
        np.testing.assert_allclose(jacobian.sum(axis=1), 0, atol=1e-15)
        assert np.linalg.eigvalsh(jacobian).min() > -1e-15
        assert np.abs(jacobian).sum(axis=1).max() <= 0.5 + 1e-15
        assert np.linalg.norm(jacobian, 2) <= 0.5 + 1e-15
    even = jacobian_of(jnp.array([0.0, 0.0, -60.0, -60.0, -60.0]))
    np.testing.assert_allclose(np.linalg.norm(even, 2), 0.5, rtol=1e-12)  # and the bound is met


def test_the_gradients_with_respect_to_values_and_keys_are_the_derived_ones():
    query, key, value = draw(SIZE, seed=6), draw(KEYS, SIZE, seed=7), draw(KEYS, seed=8)
    by_key, by_value = jax.jit(jax.grad(attend, (1, 2)))(query, key, value)
    alpha = SIZE**-0.5
    exponential = np.exp(alpha * key @ query)
    for n, c in itertools.product(range(KEYS), range(SIZE)):
        rest = {
            "A": (exponential * value).sum() - exponential[n] * value[n],
            "R": exponential.sum() - exponential[n],
            "v": value[n],
            "s": alpha * key[n] @ query,
        }
        others = key[n] @ query - key[n, c] * query[c]
        derived = evaluate(
            slopes.attention_gradient_of_key().end,
            **rest,
            alpha=alpha,
            q=query[c],
            k=key[n, c],
            r=others,
        )
        np.testing.assert_allclose(by_key[n, c], derived, rtol=1e-11)
        derived = evaluate(slopes.attention_gradient_of_value().end, **rest)
        np.testing.assert_allclose(by_value[n], derived, rtol=1e-12)


def test_the_gradient_with_respect_to_scores_is_the_derived_one():
    scores, value = draw(KEYS, seed=9), draw(KEYS, seed=10)
    found = jax.jit(jax.grad(lambda s: weights_of(s) @ value))(scores)
    exponential = np.exp(scores)
    for n in range(KEYS):
        derived = evaluate(
            slopes.attention_gradient_of_score().end,
            s=scores[n],
            v=value[n],
            A=(exponential * value).sum() - exponential[n] * value[n],
            R=exponential.sum() - exponential[n],
        )
        np.testing.assert_allclose(found[n], derived, rtol=1e-11)


def test_the_gradient_with_respect_to_the_query_is_the_derived_covariance():
    query, key, value = draw(SIZE, seed=11), draw(KEYS, SIZE, seed=12), draw(KEYS, seed=13)
    found = jax.jit(jax.grad(attend))(query, key, value)
    plain = interpret(slopes.attention_gradient_of_query().end, FiniteWorld({}, size=KEYS))
    for c in range(SIZE):
        values = {"q": query[c], "alpha": SIZE**-0.5}
        for n in range(KEYS):
            values |= {f"k_{n + 1}": key[n, c], f"v_{n + 1}": value[n]}
            values[f"r_{n + 1}"] = key[n] @ query - key[n, c] * query[c]
        np.testing.assert_allclose(found[c], evaluate(plain, **values), rtol=1e-11)
