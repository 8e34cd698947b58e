"""What the fits of one Gaussian compute is what was derived."""

import numpy as np
import pytest
import sympy as sp
from scipy.stats import norm

from coreformulas.comparison import Bimodal, bimodal_divergence, bimodal_fits
from coreformulas.comparison import derivation_fits as derived


def formula(derivation, *symbols):
    return sp.lambdify(symbols, derivation().end, modules="numpy")


def test_the_curvature_of_the_log_density_is_the_derived_one():
    target, step = Bimodal(1.7, 0.6), 1e-3
    points = np.linspace(-4, 4, 33)
    below, here, above = (-target.log_density(points + shift) for shift in (-step, 0.0, step))
    curvature = formula(derived.curvature_of_two_bells, derived.x, derived.a, derived.s)
    np.testing.assert_allclose(
        (below - 2 * here + above) / step**2, curvature(points, 1.7, 0.6), atol=2e-4
    )


def test_maximum_likelihood_has_the_derived_variance():
    variance = formula(derived.second_moment_of_two_bells, derived.a, derived.s)
    for a, s in ((0.4, 1.0), (3.0, 0.5)):
        (fit,) = bimodal_fits("forward_kl", Bimodal(a, s))
        assert fit.width**2 == pytest.approx(variance(a, s), abs=1e-6)


def test_no_reverse_divergence_is_above_the_derived_bound():
    for a in (0.5, 2.0, 5.0):
        for mean, width in ((a, 1.0), (0.3, 1.4), (2.5, 0.7)):
            one = np.log(1 / width) + (width**2 + (mean - a) ** 2) / 2 - 0.5  # from the right mode
            value, _ = bimodal_divergence("reverse_kl", Bimodal(a), mean, width)
            assert value < np.log(2) + one


def test_the_slopes_of_the_reverse_divergence_are_means_of_the_curvature():
    """In the width sigma E[f''] - 1/sigma, and in the mean once more E[f'']."""
    a, mean, width, step = 2.0, 0.4, 1.3, 1e-4
    target = Bimodal(a)
    points = mean + width * np.linspace(-12, 12, 20_001)
    weights = norm.pdf(points, mean, width) * (points[1] - points[0])
    curvature = formula(derived.curvature_of_two_bells, derived.x, derived.a, derived.s)
    averaged = weights @ curvature(points, a, 1.0)
    _, slopes = bimodal_divergence("reverse_kl", target, mean, width)
    assert slopes[1] / width == pytest.approx(width * averaged - 1 / width, abs=1e-9)
    ahead, behind = (
        bimodal_divergence("reverse_kl", target, mean + shift, width)[1][0]
        for shift in (step, -step)
    )
    assert (ahead - behind) / (2 * step) == pytest.approx(averaged, abs=1e-6)


def test_modes_far_apart_cost_the_derived_jsd():
    limit = formula(derived.jsd_of_one_mode, derived.w)
    best, *_ = bimodal_fits("jsd", Bimodal(9.0))
    assert best.value == pytest.approx(limit(0.5), abs=1e-9)
