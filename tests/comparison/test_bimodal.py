"""One Gaussian for two modes, held against what is known exactly."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import check_grad
from scipy.stats import norm

from coreformulas.comparison import Bimodal, bimodal_divergence, bimodal_fits

NAMES = ("forward_kl", "jsd", "reverse_kl")


def plain(name, target, mean, width):
    """The divergence once more, by adaptive quadrature of its definition."""

    def log_p(x):
        return float(target.log_density(np.array([x]))[0])

    def integrand(x):
        p, q = log_p(x), float(norm.logpdf(x, mean, width))
        middle = np.logaddexp(p, q) - np.log(2)
        return {
            "forward_kl": np.exp(p) * (p - q),
            "reverse_kl": np.exp(q) * (q - p),
            "jsd": (np.exp(p) * (p - middle) + np.exp(q) * (q - middle)) / 2,
        }[name]

    return quad(integrand, -30, 30, points=[-2, 0, 2], limit=400, epsabs=1e-12)[0]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", [(0.0, 1.0), (0.7, 1.6), (2.1, 0.5)])
def test_a_divergence_is_its_definition(name, place):
    target = Bimodal(2.0, 0.8)
    value, _ = bimodal_divergence(name, target, *place)
    assert value == pytest.approx(plain(name, target, *place), abs=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_its_slopes_are_those_of_its_value(name):
    target = Bimodal(1.5)
    place = np.array([0.6, 0.3])

    def value(at):
        return bimodal_divergence(name, target, at[0], np.exp(at[1]))[0]

    def slopes(at):
        return bimodal_divergence(name, target, at[0], np.exp(at[1]))[1]

    assert check_grad(value, slopes, place) < 1e-6


def test_the_forward_divergence_has_one_minimum_which_has_the_moments_of_the_target():
    for a in (0.5, 2.0, 6.0):
        (only,) = bimodal_fits("forward_kl", Bimodal(a, 0.7))
        assert only.mean == pytest.approx(0, abs=1e-6)
        assert only.width == pytest.approx(np.hypot(a, 0.7), abs=1e-6)


def test_far_apart_the_reverse_divergence_takes_one_mode_and_pays_log_two():
    best, *_ = bimodal_fits("reverse_kl", Bimodal(8.0))
    assert best == pytest.approx((8.0, 1.0, np.log(2)), abs=1e-6)


def test_far_apart_the_jensen_shannon_divergence_takes_one_mode_and_pays_less():
    best, *_ = bimodal_fits("jsd", Bimodal(8.0))
    assert best == pytest.approx((8.0, 1.0, 0.75 * np.log(4 / 3)), abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_one_mode_is_fitted_exactly(name):
    (only,) = bimodal_fits(name, Bimodal(0.0, 1.3))
    assert only == pytest.approx((0.0, 1.3, 0.0), abs=1e-5)


def test_every_fit_is_lower_than_all_around_it():
    for name in NAMES:
        for fit in bimodal_fits(name, Bimodal(3.0)):
            for angle in np.linspace(0, 2 * np.pi, 8, endpoint=False):
                near = fit.mean + 0.01 * np.cos(angle), fit.width + 0.01 * np.sin(angle)
                assert bimodal_divergence(name, Bimodal(3.0), *near)[0] > fit.value


def test_a_broad_fit_of_the_reverse_divergence_stays_a_minimum_beside_the_better_one():
    narrow, broad = bimodal_fits("reverse_kl", Bimodal(5.0))
    assert narrow.mean > 4.9
    assert broad.mean == pytest.approx(0, abs=1e-5)
    assert broad.value > np.log(2) >= narrow.value


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Bimodal(-1.0), "half_distance"),
        (lambda: Bimodal(1.0, 0.0), "width"),
        (lambda: bimodal_divergence("jsd", Bimodal(1.0), 0.0, 0.0), "width"),
        (lambda: bimodal_divergence("tv", Bimodal(1.0), 0.0, 1.0), "name"),  # pyright: ignore[reportArgumentType]
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
