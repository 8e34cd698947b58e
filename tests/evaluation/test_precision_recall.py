"""Improved precision and recall against the definition, written as loops."""

import numpy as np
import pytest

from coreformulas.evaluation import nearest, precision_recall


def by_definition(real, generated, neighbors):
    def inside(point, examples):
        for place, center in enumerate(examples):
            others = np.delete(examples, place, axis=0)
            radius = sorted(np.linalg.norm(others - center, axis=1))[neighbors - 1]
            if np.linalg.norm(point - center) <= radius:
                return True
        return False

    return (
        np.mean([inside(point, real) for point in generated]),
        np.mean([inside(point, generated) for point in real]),
    )


@pytest.mark.parametrize("neighbors", [1, 3])
def test_it_is_the_definition(neighbors):
    random = np.random.default_rng(0)
    real, generated = random.normal(size=(40, 3)), 1.5 + 0.8 * random.normal(size=(30, 3))
    found = precision_recall(real, generated, neighbors=neighbors)
    np.testing.assert_allclose(found, by_definition(real, generated, neighbors))
    assert 0 < found.precision < 1
    assert 0 < found.recall < 1


def test_the_same_set_has_both_in_full_and_a_far_one_neither():
    points = np.random.default_rng(1).normal(size=(20, 2))
    assert precision_recall(points, points) == (1, 1)
    assert precision_recall(points, points + 100) == (0, 0)


def test_a_collapsed_model_is_precise_but_forgets():
    random = np.random.default_rng(2)
    real = np.concatenate([random.normal(size=(100, 2)), random.normal(size=(100, 2)) + 50])
    found = precision_recall(real, random.normal(size=(200, 2)))
    assert found.precision > 0.9
    assert found.recall < 0.6


def test_nearest_is_the_nearest():
    random = np.random.default_rng(3)
    queries, examples = random.normal(size=(7, 4)), random.normal(size=(11, 4))
    distances = np.linalg.norm(queries[:, None] - examples[None], axis=-1)
    found = nearest(queries, examples)
    np.testing.assert_array_equal(found.place, distances.argmin(axis=1))
    np.testing.assert_allclose(found.distance, distances.min(axis=1))


@pytest.mark.parametrize(
    ("real", "generated", "neighbors", "message"),
    [
        (np.zeros((3, 2)), np.zeros((9, 2)), 3, "real must hold more than neighbors = 3"),
        (np.zeros((9, 2)), np.zeros((2, 2)), 3, "generated must hold more than neighbors = 3"),
        (np.zeros((9, 2)), np.full((9, 2), np.nan), 3, "generated must be finite, got nan"),
        (np.zeros((9, 2)), np.zeros((9, 2)), 0, "neighbors must be at least 1, got 0"),
    ],
)
def test_bad_input_is_named(real, generated, neighbors, message):
    with pytest.raises(ValueError, match=message):
        precision_recall(real, generated, neighbors=neighbors)
