"""Mode counts where the answer is known."""

import jax
import numpy as np
import pytest

from coreformulas.datasets import ring
from coreformulas.evaluation import forward_kl, mode_coverage, reverse_kl

MEANS = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


def test_modes_and_quality_are_counted():
    samples = np.array([[0.0, 2.9], [0.0, 3.1], [10.0, 0.0], [11.0, 1.0], [0.0, 6.0]])
    found = mode_coverage(samples, MEANS, 1.0)
    assert found.covered == 2  # the last sample is nearest to the third mode, but 4 away
    assert found.high_quality == 3 / 5
    assert found.counts.tolist() == [2, 2, 1]


def test_wider_circles_hold_more():
    samples = np.array([[0.0, 6.0]])
    assert mode_coverage(samples, MEANS, 1.0).covered == 0
    assert mode_coverage(samples, MEANS, 1.0, radius=4).covered == 1


def test_the_data_themselves_score_what_theory_says():
    mixture = ring()
    count = 50_000
    draws = np.asarray(mixture.sample(count, key=jax.random.key(0)))
    found = mode_coverage(draws, mixture.means, mixture.standard_deviation)
    share = 1 - np.exp(-4.5)
    assert found.covered == 8
    assert abs(found.high_quality - share) < 5 * np.sqrt(share * (1 - share) / count)
    # n times twice the divergence is chi-squared with 7 degrees of freedom
    assert 2 * count * reverse_kl(found.counts) < 40


def test_reverse_kl_of_known_shares():
    assert reverse_kl(np.array([5, 5, 5, 5])) == 0
    np.testing.assert_allclose(reverse_kl(np.array([0, 9, 0, 0])), np.log(4))
    np.testing.assert_allclose(
        reverse_kl(np.array([3, 1])), 0.75 * np.log(1.5) + 0.25 * np.log(0.5)
    )


def test_forward_kl_of_known_shares():
    assert forward_kl(np.array([5, 5, 5, 5])) == 0
    np.testing.assert_allclose(forward_kl(np.array([3, 1])), -0.5 * np.log(1.5 * 0.5))
    assert forward_kl(np.array([0, 9, 0, 0])) == np.inf
    exact = -(np.log(4 * 9.5 / 11) + 3 * np.log(4 * 0.5 / 11)) / 4
    np.testing.assert_allclose(forward_kl(np.array([0, 9, 0, 0]), added=0.5), exact)


def test_nothing_negative_is_added():
    with pytest.raises(ValueError, match="added must be at least 0, got -1"):
        forward_kl(np.array([1, 2]), added=-1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"samples": np.zeros((0, 2))}, "samples must have shape"),
        ({"samples": np.full((1, 2), np.inf)}, "samples must be finite, got inf"),
        ({"standard_deviation": 0.0}, "standard_deviation must be positive, got 0.0"),
        ({"radius": -1}, "radius must be positive, got -1"),
    ],
)
def test_bad_input_is_named(change, message):
    arguments = {"samples": np.zeros((2, 2)), "means": MEANS, "standard_deviation": 1.0} | change
    with pytest.raises(ValueError, match=message):
        mode_coverage(**arguments)


@pytest.mark.parametrize("counts", [[0, 0], [-1, 2]])
def test_counts_without_shares_are_refused(counts):
    for divergence in (reverse_kl, forward_kl):
        with pytest.raises(ValueError, match="counts must be one row of numbers >= 0"):
            divergence(np.array(counts))
