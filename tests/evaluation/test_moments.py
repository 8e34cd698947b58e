"""The map between moments gives a sample the moments of another one, and moves it least."""

import numpy as np
import pytest

from coreformulas.evaluation import match_moments

DRAW = np.random.default_rng(0)
SOURCE = DRAW.normal(size=(400, 3)) @ DRAW.normal(size=(3, 3)) + [1.0, -2.0, 0.5]
TARGET = DRAW.normal(size=(500, 3)) @ DRAW.normal(size=(3, 3)) - 3.0


def test_the_mapped_sample_has_the_moments_of_the_target() -> None:
    moved = match_moments(SOURCE, TARGET, SOURCE, floor=1e-9)
    np.testing.assert_allclose(moved.mean(axis=0), TARGET.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(np.cov(moved.T), np.cov(TARGET.T), atol=1e-6)


def test_no_other_map_with_these_moments_moves_it_less() -> None:
    moved = match_moments(SOURCE, TARGET, SOURCE, floor=1e-9)
    root = np.linalg.cholesky(np.cov(TARGET.T))
    white = (SOURCE - SOURCE.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(SOURCE.T))).T
    other = white @ root.T + TARGET.mean(axis=0)
    np.testing.assert_allclose(np.cov(other.T), np.cov(TARGET.T), atol=1e-9)
    costs = [((part - SOURCE) ** 2).sum(axis=1).mean() for part in (moved, other)]
    assert costs[0] < costs[1]


def test_points_need_not_be_those_of_the_source() -> None:
    scaled = match_moments(SOURCE, 2 * SOURCE + 1, np.zeros((1, 3)), floor=1e-9)
    np.testing.assert_allclose(scaled, np.ones((1, 3)), atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "floor", "message"),
    [
        ((SOURCE, TARGET, SOURCE[:, :2]), 1e-3, "rows of equal length"),
        ((SOURCE[:1], TARGET, SOURCE), 1e-3, "two rows"),
        ((SOURCE, TARGET, SOURCE), 0.0, "floor must be positive"),
    ],
)
def test_bad_input_is_named(arguments, floor, message) -> None:
    with pytest.raises(ValueError, match=message):
        match_moments(*arguments, floor=floor)
