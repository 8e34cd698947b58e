"""The marginal likelihood by importance sampling, against sums by hand and a known integral."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special, stats

from coreformulas.evaluation import marginal_log_likelihood

KEY = jax.random.key(4)
OBSERVED = jnp.array([[-1.0], [0.3], [2.0], [0.5], [1.2]])


def prior_weights(observed, key, count):
    """z ~ N(0, 1) as its own proposal, x | z ~ N(z, 1): the weight is the likelihood."""
    latent = jax.random.normal(key, (count, observed.shape[0]))
    return jax.scipy.stats.norm.logpdf(observed[:, 0][None], latent)


def test_the_known_integral_is_met_within_the_standard_error():
    found = marginal_log_likelihood(prior_weights, OBSERVED, samples=40_000, key=KEY)
    exact = stats.norm.logpdf(np.asarray(OBSERVED[:, 0]), scale=2**0.5)
    assert np.all(found.standard_error < 0.01)
    assert np.all(abs(found.estimate - exact) < 4 * found.standard_error)
    assert np.all(found.effective_samples < 40_000)
    assert np.all(found.effective_samples > 10_000)


def test_the_standard_error_is_the_spread_over_repetitions():
    many = jnp.broadcast_to(OBSERVED[2], (2000, 1))
    found = marginal_log_likelihood(prior_weights, many, samples=200, batch_size=500, key=KEY)
    spread = float(np.std(found.estimate, ddof=1))
    assert float(np.mean(found.standard_error)) == pytest.approx(spread, rel=0.08)


@pytest.mark.parametrize(("samples", "chunk_size"), [(12, 12), (12, 4), (13, 4), (3, 50), (1, 1)])
def test_chunks_add_up_to_the_whole(samples, chunk_size):
    """The weights are told apart by what the key draws, so that every draw must be counted."""
    drawn = []

    def recorded(observed, key, count):
        values = 3 * jax.random.normal(key, (count, 1)) + observed[0, 0]
        jax.debug.callback(lambda v: drawn.append(np.asarray(v)), values)
        return values

    found = marginal_log_likelihood(
        recorded, OBSERVED[:1], samples=samples, chunk_size=chunk_size, key=KEY
    )
    jax.effects_barrier()
    values = np.concatenate([part.ravel() for part in drawn]).astype(float)
    assert len(np.unique(values)) == samples
    weights = np.exp(values)
    np.testing.assert_allclose(found.estimate[0], np.log(weights.mean()), rtol=1e-5)
    effective = weights.sum() ** 2 / np.sum(weights**2)
    np.testing.assert_allclose(found.effective_samples[0], effective, rtol=1e-4)
    if samples > 1:
        error = weights.std(ddof=1) / samples**0.5 / weights.mean()
        np.testing.assert_allclose(found.standard_error[0], error, rtol=1e-3)
    else:
        assert np.isnan(found.standard_error[0])


def test_neither_batch_size_nor_neighbors_change_an_example():
    whole, small = (
        marginal_log_likelihood(prior_weights, OBSERVED, samples=30, batch_size=size, key=KEY)
        for size in (100, 2)
    )
    np.testing.assert_allclose(whole.estimate, small.estimate, rtol=1e-6)
    assert len(np.unique(np.asarray(whole.estimate))) == len(OBSERVED)
    same = jnp.zeros((4, 1))
    apart = marginal_log_likelihood(prior_weights, same, samples=30, key=KEY)
    assert len(np.unique(np.asarray(apart.estimate))) == 4  # each example has draws of its own


def test_weights_far_outside_the_range_of_numbers_are_summed():
    def far(observed, key, count):
        return prior_weights(observed, key, count) - 5000.0

    near = marginal_log_likelihood(prior_weights, OBSERVED, samples=64, key=KEY)
    away = marginal_log_likelihood(far, OBSERVED, samples=64, key=KEY)
    np.testing.assert_allclose(away.estimate, near.estimate - 5000, rtol=1e-6)
    np.testing.assert_allclose(away.effective_samples, near.effective_samples, rtol=2e-2)


def test_equal_weights_leave_no_error():
    found = marginal_log_likelihood(
        lambda observed, _, count: jnp.full((count, observed.shape[0]), -3.0),
        OBSERVED,
        samples=77,
        chunk_size=10,
        key=KEY,
    )
    np.testing.assert_allclose(found.estimate, -3.0, rtol=1e-6)
    np.testing.assert_allclose(found.effective_samples, 77, rtol=1e-5)
    assert np.all(found.standard_error < 1e-3)


def test_impossible_data_has_no_likelihood():
    found = marginal_log_likelihood(
        lambda observed, _, count: jnp.full((count, observed.shape[0]), -jnp.inf),
        OBSERVED,
        samples=7,
        key=KEY,
    )
    assert np.all(np.isneginf(found.estimate))


def test_the_latest_weights_are_used():
    shift = [0.0]

    def moved(observed, key, count):
        return prior_weights(observed, key, count) + shift[0]

    before = marginal_log_likelihood(moved, OBSERVED, samples=5, key=KEY).estimate
    shift[0] = 1.0
    after = marginal_log_likelihood(moved, OBSERVED, samples=5, key=KEY).estimate
    np.testing.assert_allclose(after, before + 1, rtol=1e-5)


@pytest.mark.parametrize("name", ["samples", "chunk_size", "batch_size"])
def test_numbers_below_one_are_named(name):
    numbers = {"samples": 10, "chunk_size": 5, "batch_size": 5, name: 0}
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        marginal_log_likelihood(prior_weights, OBSERVED, key=KEY, **numbers)


def test_bad_shapes_are_named():
    with pytest.raises(ValueError, match="observed must hold at least one example"):
        marginal_log_likelihood(prior_weights, OBSERVED[:0], samples=2, key=KEY)
    with pytest.raises(ValueError, match=r"\(count, batch\), here \(2, 1\), got \(1, 2\)"):
        marginal_log_likelihood(
            lambda observed, key, count: prior_weights(observed, key, count).T,
            OBSERVED,
            samples=2,
            key=KEY,
        )


def test_the_sum_of_weights_is_stable_in_single_precision():
    values = np.linspace(-900, -880, 50)

    def fixed(*_):
        return jnp.asarray(values, jnp.float32)[:, None]

    found = marginal_log_likelihood(fixed, OBSERVED[:1], samples=100, chunk_size=50, key=KEY)
    np.testing.assert_allclose(found.estimate[0], special.logsumexp(values) - np.log(50), rtol=1e-6)
