"""Attention in chunks computes what the derivations say, and as many operations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from coreformulas.symbolic import registry, to_jax
from coreformulas.transformer import chunked_attention, scaled_dot_product_attention
from coreformulas.transformer import derivation_cost as derived

LABELS = (
    "merge-of-two-blocks",
    "merge-is-associative",
    "empty-block-changes-nothing",
    "weight-from-log-sum-exp",
    "score-gradient-by-row-sum",
    "attention-by-reassociation",
    "operations-of-attention",
    "causal-chunks",
)
KEYS, FEATURES = 6, 3


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def one_query(scores, values):
    """A query of 1 and keys that are the scores, so that a key's gradient is its score's."""
    query = jnp.ones((1, 1, 1))
    keys, contents = jnp.asarray(scores)[:, None, None], jnp.asarray(values)[:, None]
    return chunked_attention(query, keys, contents, scale=1.0, key_chunk=3)


def drawn():
    draw = np.random.default_rng(0)
    return 2 * draw.normal(size=KEYS), draw.normal(size=(KEYS, FEATURES))


@pytest.mark.parametrize("label", LABELS)
def test_every_line_is_proved_or_exact(label):
    assert {line[0].kind for line in registry.get(label).evidence} <= {"proved", "exact"}


def test_two_chunks_are_merged_as_derived():
    scores, values = drawn()
    names = {str(symbol): symbol for symbol in derived.merge_of_two_blocks().end.free_symbols}
    arrays = [sp.IndexedBase(name, real=True) for name in "svtw"]
    arguments = [*arrays, names["m"], names["m_1"], names["m_2"]]
    merged = to_jax(derived.merge_of_two_blocks().end, arguments, size=3)
    references = scores.max(), scores[:3].max(), scores[3:].max()
    ones = jnp.ones(3)
    total = merged(scores[:3], ones, scores[3:], ones, *references)
    found = one_query(scores, values)[0, 0]
    for c in range(FEATURES):
        weighted = merged(scores[:3], values[:3, c], scores[3:], values[3:, c], *references)
        np.testing.assert_allclose(found[c], weighted / total, rtol=1e-13)


def test_the_gradient_of_a_score_is_the_derived_one():
    scores, values = drawn()
    gradient = np.array([0.3, -1.2, 0.7])
    found = jax.grad(lambda s: one_query(s, values)[0, 0] @ gradient)(jnp.asarray(scores))
    g, v, rest = (sp.IndexedBase(name, real=True) for name in "gvA")
    end = derived.score_gradient_by_row_sum().end
    names = {str(symbol): symbol for symbol in end.free_symbols}
    formula = to_jax(end, [g, v, rest, names["s"], names["R"]], size=FEATURES)
    weights = np.exp(scores)
    for i in range(KEYS):
        others = np.arange(KEYS) != i
        sums = (weights[others] @ values[others], scores[i], weights[others].sum())
        np.testing.assert_allclose(found[i], formula(gradient, values[i], *sums), rtol=1e-12)


def flops(length, size, value_size):
    """XLA's own count for the plain form, one head."""
    query = jax.ShapeDtypeStruct((length, 1, size), jnp.float32)
    value = jax.ShapeDtypeStruct((length, 1, value_size), jnp.float32)
    cost = jax.jit(scaled_dot_product_attention).lower(query, query, value).cost_analysis()
    assert cost is not None
    return cost["flops"]


def test_operations_are_those_that_the_compiler_counts():
    """The softmax costs as much whatever the sizes are, so it drops out of a difference."""
    end = derived.operations_of_attention().end
    names = {str(symbol): symbol for symbol in end.free_symbols}

    def counted(*sizes):
        return int(end.subs(dict(zip((names["n"], names["d"], names["e"]), sizes, strict=True))))

    for more in ((64, 32, 24), (64, 16, 48)):
        found = flops(*more) - flops(64, 16, 24)
        assert found == counted(*more) - counted(64, 16, 24)


def test_causal_attention_computes_the_derived_number_of_chunks():
    """A value that is no number spoils each chunk of queries that touches its chunk of keys."""
    chunks, size = 5, 2
    length = chunks * size
    query = jnp.asarray(np.random.default_rng(1).normal(size=(length, 1, 3)))
    spoiled = np.where(np.arange(length) // size == np.arange(chunks)[:, None], np.nan, 1.0)
    attend = jax.vmap(
        lambda value: chunked_attention(
            query, query, value, causal=True, query_chunk=size, key_chunk=size
        )
    )
    # The last query of a chunk tells: the chunk's own keys it may see.
    out = jax.jit(attend)(jnp.asarray(spoiled)[..., None, None])[:, size - 1 :: size, 0, 0]
    scores = derived.causal_chunks().end
    names = {str(symbol): symbol for symbol in scores.free_symbols}
    assert np.isnan(out).sum() * size**2 == scores.subs({names["N"]: chunks, names["b"]: size})
