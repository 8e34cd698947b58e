import numpy as np
import pytest
from scipy import stats

from coreformulas.evaluation import mean_and_standard_error


def test_matches_scipy():
    values = np.random.default_rng(0).normal(3, 2, 50)
    estimate = mean_and_standard_error(values)
    np.testing.assert_allclose(estimate.mean, values.mean())
    np.testing.assert_allclose(estimate.standard_error, stats.sem(values))


def test_covers_the_true_mean_as_often_as_it_should():
    """Within two standard errors in about 95 % of repeated measurements of 30 values."""
    repeats = np.random.default_rng(1).exponential(size=(2000, 30))
    estimates = [mean_and_standard_error(values) for values in repeats]
    covered = np.mean([abs(mean - 1) < 2 * error for mean, error in estimates])
    assert 0.90 < covered < 0.97


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0], r"at least two values, got shape \(1,\)"),
        (np.array(3.0), r"at least two values, got shape \(\)"),
        ([[1.0, 2.0], [3.0, 4.0]], r"one row of at least two values, got shape \(2, 2\)"),
        ([1.0, np.nan], "values must be finite, got nan"),
        ([1.0, -np.inf], "values must be finite, got -inf"),
    ],
)
def test_bad_values_are_named(values, message):
    with pytest.raises(ValueError, match=message):
        mean_and_standard_error(values)
