"""The derivations about tighter bounds: each line is checked, and each wrong line found."""

import pytest

from coreformulas.symbolic import kill, registry
from coreformulas.vae import derivation_bounds

LABELS = [
    "importance-weight-mean",
    "iwae-bound",
    "iwae-monotone",
    "iwae-gap",
    "score-term-reparameterized",
    "doubly-reparameterized-gradient",
    "elbo-below-evidence",
    "amortization-gap",
]


def test_all_of_them_are_named_here():
    built = {name.replace("_", "-") for name in dir(derivation_bounds)}
    assert set(LABELS) <= built


@pytest.mark.parametrize("label", LABELS)
def test_every_line_holds_and_every_corruption_is_found(label):
    derivation = registry.get(label)
    assert all(derivation.evidence)
    kills = kill(derivation)
    assert kills.made > 15
    assert kills.survivors == ()
    assert kills.by_worlds > 0.8 * kills.made
