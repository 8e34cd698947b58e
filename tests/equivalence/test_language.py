"""What a language model reaches, keeps and costs is what the derivations say."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from coreformulas.datasets import random_chain
from coreformulas.symbolic import to_jax
from coreformulas.transformer import derivation_language as derived
from coreformulas.transformer import scaled_dot_product_attention, sequence_cross_entropy

CHAIN = random_chain(1, 3, concentration=0.8, key=jax.random.key(0))
TEXTS = np.array(list(product(range(3), repeat=4)))


@pytest.fixture
def float64():
    with jax.enable_x64(True):
        yield


def chances_of(texts):
    each = np.take_along_axis(CHAIN.next_probabilities(texts), texts[..., None], axis=-1)
    return each[..., 0].prod(axis=1)


@pytest.mark.usefixtures("float64")
def test_the_loss_of_a_model_is_entropy_plus_divergence():
    """Over all texts, each counted as often as it is likely, as loss-above-entropy says."""
    loss = jax.jit(lambda logits: jax.vmap(sequence_cross_entropy)(logits, TEXTS))
    chances, truth = chances_of(TEXTS), CHAIN.next_probabilities(TEXTS)
    entropy = chances @ stats.entropy(truth, axis=-1).mean(axis=1)
    np.testing.assert_allclose(chances @ loss(jnp.log(truth)), entropy, rtol=1e-12)
    table = np.random.default_rng(0).normal(size=(3, 3))
    first = np.zeros((len(TEXTS), 1, 3))
    for logits in (
        np.broadcast_to(np.log(CHAIN.stationary), truth.shape),
        np.concatenate([first, table[TEXTS[:, :-1]]], axis=1),  # one row for each last symbol
    ):
        said = np.asarray(jax.nn.softmax(logits))
        divergence = chances @ stats.entropy(truth, said, axis=-1).mean(axis=1)
        np.testing.assert_allclose(chances @ loss(logits), entropy + divergence, rtol=1e-12)
        assert divergence > 0.01


def test_the_entropy_of_a_chain_is_that_of_the_derivation():
    """First symbol plus two times the rate, from a table of all texts of three symbols."""
    texts = np.array(list(product(range(3), repeat=3)))
    joint = chances_of(texts).reshape(3, 3, 3)
    rate = stats.entropy(joint.sum(axis=0).ravel()) - stats.entropy(joint.sum(axis=(0, 2)))
    np.testing.assert_allclose(CHAIN.entropy_rate(), rate, rtol=1e-12)
    wanted = stats.entropy(joint.sum(axis=(1, 2))) + 2 * rate
    np.testing.assert_allclose(stats.entropy(joint.ravel()), wanted, rtol=1e-12)


@pytest.mark.usefixtures("float64")
def test_a_row_of_causal_attention_needs_what_is_kept_and_its_own_key():
    """The last line of cached-attention against the masked pass, for each of seven tokens."""
    query, key, value = np.random.default_rng(1).normal(size=(3, 7, 1, 4))
    mask = np.tril(np.ones((7, 7), bool))[None]
    full = scaled_dot_product_attention(*map(jnp.asarray, (query, key, value)), mask=mask)
    weights = np.exp(query[:, 0] @ key[:, 0].T / 2)
    for t in range(7):
        top = weights[t, :t] @ value[:t, 0] + weights[t, t] * value[t, 0]
        np.testing.assert_allclose(full[t, 0], top / (weights[t, :t].sum() + weights[t, t]))
    # The symbolic end itself, in which the sums run over t = 3 kept keys.
    end = derived.cached_attention().end.subs({derived.t: 3}).doit()
    entries = {f"{name}[{j}]": j - 1 for name in "sv" for j in range(1, 5)}
    numbers = {"s": np.log(weights[3]), "v": value[:, 0, 2]}
    found = end.xreplace(
        {
            atom: numbers[str(atom)[0]][entries[str(atom)]]
            for atom in end.free_symbols
            if "[" in str(atom)
        }
    )
    np.testing.assert_allclose(float(found), full[3, 0, 2])


def test_the_costs_are_those_of_counting_step_by_step():
    symbols = [derived.n, derived.per_token, derived.per_key]
    without, cached = (
        to_jax(derivation().end, symbols)
        for derivation in (derived.decoding_without_a_cache, derived.decoding_with_a_cache)
    )
    for length in (1, 2, 17, 64):
        passes = sum(token * (50 + 3 * token) for token in range(1, length + 1))
        steps = sum(50 + 3 * token for token in range(1, length + 1))
        np.testing.assert_allclose(without(length, 50.0, 3.0), passes, rtol=1e-6)
        np.testing.assert_allclose(cached(length, 50.0, 3.0), steps, rtol=1e-6)
