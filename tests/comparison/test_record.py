"""What is kept of a race."""

import pytest

from coreformulas.comparison import Score, budgets, score_record


def families(parameters, wall):
    return {
        name: {"parameters": p, "wall_seconds": w, "processor_seconds": 2 * w}
        for name, p, w in zip(("vae", "gan", "transformer"), parameters, wall, strict=True)
    }


def test_budgets_that_agree():
    found = budgets(families((100, 105, 108), (10.0, 10.5, 10.2)))
    assert found == {"parameters_ratio": 1.08, "wall_ratio": 1.05, "processor_ratio": 1.05}


@pytest.mark.parametrize(
    ("parameters", "wall", "name"),
    [((100, 100, 111), (1, 1, 1), "parameters"), ((1, 1, 1), (10, 11.5, 10), "wall_seconds")],
)
def test_unequal_budgets_are_refused(parameters, wall, name):
    with pytest.raises(ValueError, match=f"{name} must agree within 10 %"):
        budgets(families(parameters, wall))


def test_scores_of_all_seeds():
    found = score_record([Score(1.0, 0.1, "exact", None), Score(2.0, 0.2, "exact", None)])
    assert found["negative_log_likelihood"] == [1.0, 2.0]
    assert found["negative_log_likelihood_standard_error"] == [0.1, 0.2]
    assert found["negative_elbo"] is None
    assert set(score_record([]).values()) == {None, "none"}
