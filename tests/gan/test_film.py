"""A run that is watched: the same as one that is not, and what it refuses."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from coreformulas.datasets import ring
from coreformulas.evaluation import mode_coverage
from coreformulas.gan import MixtureSettings, film_mixture

SMALL = MixtureSettings("ring", "gan", steps=6, hidden=(4,), rows=8, examples=40, samples=50)
KEY = jax.random.key(0)


def film(stops=(2, 6), strengths=(0.0, 0.5), **options):
    options = {"seeds": 2, "side": 4, "workers": 1} | options
    return film_mixture(SMALL, stops=stops, strengths=strengths, key=KEY, **options)


def test_a_film_has_a_look_at_every_stop():
    found = film()
    assert found.samples.shape == (2, 2, 2, 50, 2)
    assert found.field.shape == (2, 2, 2, 4, 4)
    assert found.found.shape == (2, 2, 2, 8)
    assert ((found.field > 0) & (found.field < 1)).all()
    mixture = ring()
    look = mode_coverage(found.samples[1, 0, 1], mixture.means, mixture.standard_deviation)
    np.testing.assert_array_equal(found.found[1, 0, 1], look.found)
    assert found.covered[1, 0, 1] == look.covered
    assert found.high_quality[1, 0, 1] == look.high_quality


def test_stops_and_workers_change_nothing():
    once, twice = film(stops=(6,)), film(stops=(1, 4, 6), workers=2)
    np.testing.assert_allclose(once.samples[-1], twice.samples[-1], atol=1e-5)
    np.testing.assert_allclose(once.field[-1], twice.field[-1], atol=1e-5)


def test_strengths_share_their_beginning_and_then_part():
    early, late = film(stops=(1, 6)), film(strengths=(0.0, 30.0))
    np.testing.assert_allclose(early.samples[0, 0], early.samples[0, 1], atol=0.05)
    assert abs(late.field[-1, 0] - late.field[-1, 1]).max() > 1e-3
    seeds = early.samples[0, 0]
    assert abs(seeds[0] - seeds[1]).max() > 0.01


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stops": ()}, "stops must rise from 1 to 6"),
        ({"stops": (0, 2)}, "stops must rise"),
        ({"stops": (3, 3)}, "stops must rise"),
        ({"stops": (7,)}, r"to 6 at most, got \[7\]"),
        ({"strengths": ()}, "strengths must hold one"),
        ({"strengths": (0.0, -1.0)}, "r1 must be a number >= 0, got -1.0"),
    ],
)
def test_bad_films_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        film(**options)


def test_packs_have_no_field():
    with pytest.raises(ValueError, match="single examples, got 'pacgan'"):
        film_mixture(
            replace(SMALL, method="pacgan"), strengths=(0.0,), seeds=1, key=KEY, stops=(1,)
        )
