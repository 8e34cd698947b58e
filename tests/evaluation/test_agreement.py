"""The comparison of measured and exact numbers that the chapters make."""

import numpy as np
import pytest

from coreformulas.evaluation import meet


def test_two_numbers_are_shown_with_the_tolerance(capsys: pytest.CaptureFixture[str]):
    meet("a period", 3.1416, np.pi, 1e-3)
    shown = " ".join(capsys.readouterr().out.split())
    assert shown == "a period measured 3.1416, exact 3.14159, within 0.001"


def test_of_arrays_the_largest_difference_counts(capsys: pytest.CaptureFixture[str]):
    meet("rows", np.array([1.0, 2.5]), np.array([1.0, 2.0]), 0.5)
    assert "difference 5.0e-01, within 0.5" in capsys.readouterr().out
    with pytest.raises(AssertionError, match=r"rows: off by 0\.5, tolerance 0\.49"):
        meet("rows", np.array([1.0, 2.5]), np.array([1.0, 2.0]), 0.49)


@pytest.mark.parametrize("measured", [2.0, -2.0, np.nan, np.inf])
def test_what_differs_fails(measured: float):
    with pytest.raises(AssertionError, match="one: off by"):
        meet("one", measured, 1.0, 0.5)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match=r"measured is of shape \(2,\), exact of \(3,\)"):
        meet("sizes", np.zeros(2), np.zeros(3), 1.0)
    with pytest.raises(ValueError, match="nothing was measured"):
        meet("empty", np.zeros(0), 0.0, 1.0)
