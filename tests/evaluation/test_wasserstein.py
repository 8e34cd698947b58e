"""The exact distance in one dimension, against SciPy and against known answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from coreformulas.evaluation import wasserstein_1d

NUMBERS = hnp.arrays(float, st.integers(1, 9), elements=st.floats(-50, 50))


@given(NUMBERS, NUMBERS)
@settings(max_examples=100)
def test_it_is_scipys_distance(first, second):
    wanted = stats.wasserstein_distance(first, second)
    np.testing.assert_allclose(wasserstein_1d(first, second), wanted, rtol=1e-9, atol=1e-9)


@given(NUMBERS, NUMBERS, st.integers(0, 2**31))
@settings(max_examples=50)
def test_weights_are_those_of_scipy(first, second, seed):
    generator = np.random.default_rng(seed)
    u, v = generator.uniform(0.1, 2, len(first)), generator.uniform(0.1, 2, len(second))
    wanted = stats.wasserstein_distance(first, second, u, v)
    found = wasserstein_1d(first, second, first_weights=u, second_weights=v)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


def test_known_answers():
    assert wasserstein_1d([0.0], [3.0]) == 3
    assert wasserstein_1d([0.0, 1.0], [1.0, 0.0]) == 0
    assert wasserstein_1d([0.0, 4.0], [0.0], first_weights=[3, 1]) == pytest.approx(1)
    row = np.random.default_rng(0).normal(size=100)
    assert wasserstein_1d(row, row + 0.25) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], [1.0]), r"first must be one row of at least one number, got shape \(0,\)"),
        (([1.0], [[1.0]]), r"second must be one row .* got shape \(1, 1\)"),
        (([1.0], [np.nan]), "second must be finite, got nan"),
    ],
)
def test_bad_rows_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        wasserstein_1d(*arguments)


def test_bad_weights_are_named():
    with pytest.raises(ValueError, match="second_weights must be 1 numbers"):
        wasserstein_1d([1.0], [2.0], second_weights=[1.0, 2.0])
    with pytest.raises(ValueError, match=r"first_weights must be nonnegative .* got -1"):
        wasserstein_1d([1.0, 2.0], [2.0], first_weights=[-1.0, 2.0])
    with pytest.raises(ValueError, match="not all zero"):
        wasserstein_1d([1.0], [2.0], first_weights=[0.0])
