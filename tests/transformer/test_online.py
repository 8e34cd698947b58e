"""States of a softmax merge to the whole softmax, however the keys are cut and bracketed."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coreformulas.transformer import SoftmaxState, merge_states, softmax_state


def drawn(scale=1.0):
    score_key, value_key = jax.random.split(jax.random.key(0))
    scores = scale * jax.random.normal(score_key, (2, 3, 12))
    return scores, jax.random.normal(value_key, (2, 3, 12, 4))


def output(state):
    return state.weighted / state.total[..., None]


def pieces(cuts, scale=1.0):
    scores, values = drawn(scale)
    parts = zip(jnp.split(scores, cuts, axis=-1), jnp.split(values, cuts, axis=-2), strict=True)
    return [softmax_state(*part) for part in parts]


@pytest.mark.parametrize("scale", [1.0, 300.0])
@pytest.mark.parametrize("cuts", [[6], [1, 2, 11], [4, 8]])
def test_merged_pieces_are_the_softmax(cuts, scale):
    scores, values = drawn(scale)
    first, *others = pieces(cuts, scale)
    for other in others:
        first = merge_states(first, other)
    wanted = jnp.einsum("...k,...ke->...e", jax.nn.softmax(scores), values)
    np.testing.assert_allclose(output(first), wanted, rtol=1e-5, atol=1e-6)
    logs = jax.nn.logsumexp(scores, axis=-1)
    np.testing.assert_allclose(first.top + jnp.log(first.total), logs, rtol=1e-6)


def test_brackets_and_order_do_not_matter():
    one, two, three = pieces([4, 8])
    left = merge_states(merge_states(one, two), three)
    for other in (
        merge_states(one, merge_states(two, three)),
        merge_states(three, merge_states(two, one)),
    ):
        for mine, wanted in zip(other, left, strict=True):
            np.testing.assert_allclose(mine, wanted, rtol=1e-5, atol=1e-6)


def test_an_empty_state_changes_nothing():
    (state,) = pieces([])
    empty = SoftmaxState(jnp.full((2, 3), -1e30), jnp.zeros((2, 3)), jnp.zeros((2, 3, 4)))
    for mine, wanted in zip(merge_states(empty, state), state, strict=True):
        np.testing.assert_array_equal(mine, wanted)
