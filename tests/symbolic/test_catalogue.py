"""Every derivation of the package: it holds, it is claimed, and no corruption of it passes."""

import pytest

from coreformulas.catalogue import load_all
from coreformulas.symbolic import corruptions, kill, registry
from coreformulas.symbolic.corruption import rejected_by_rules, rejected_by_worlds

LABELS = load_all()


def test_the_derivations_of_the_book_are_there():
    assert set(LABELS) >= {
        "tangent-of-log",
        "jensen-for-log",
        "gibbs-inequality",
        "log-sum-exp-shift",
        "evidence-decomposition",
        "elbo-by-jensen",
        "elbo-as-reconstruction-minus-kl",
        "gaussian-kl",
        "gaussian-kl-diagonal",
        "reparameterized-gradient-of-mean",
        "reparameterized-gradient-of-scale",
        "binomial-log-likelihood",
    }


@pytest.mark.parametrize("label", LABELS)
def test_every_line_has_evidence(label):
    derivation = registry.get(label)
    assert derivation.lines
    assert all(derivation.evidence)
    assert len(derivation.evidence) == len(derivation.lines)


@pytest.mark.parametrize("label", LABELS)
def test_every_step_says_why(label):
    assert all(line.because for line in registry.get(label).lines)


@pytest.mark.parametrize("label", LABELS)
def test_every_corruption_is_rejected(label):
    found = kill(registry.get(label))
    wrong = [(item.number, item.what) for item in found.survivors]
    assert wrong == []
    assert found.made >= 10
    # The worlds must reject most on their own: the rules, run again, would reject anything.
    assert found.by_worlds > 0


@pytest.mark.parametrize("label", LABELS)
def test_a_true_line_is_not_called_a_corruption(label):
    derivation = registry.get(label)
    originals = [derivation.start, *(line.expr for line in derivation.lines)]
    relations = ["=", *(line.relation for line in derivation.lines)]
    for item in corruptions(derivation):
        lines = item.derivation.lines
        changed = lines[item.number - 1].expr if item.number else item.derivation.start
        relation = lines[item.number - 1].relation if item.number else "="
        assert (changed, relation) != (originals[item.number], relations[item.number])


def test_an_untouched_derivation_is_rejected_by_nothing():
    from coreformulas.symbolic.corruption import Corruption

    for label in LABELS:
        untouched = Corruption("nothing", 1, registry.get(label))
        assert not rejected_by_rules(untouched)
        assert not rejected_by_worlds(untouched)
