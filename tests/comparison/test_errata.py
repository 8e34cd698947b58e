"""Each erratum is refused as it was written, and the same check lets the right formula pass."""

from urllib.parse import urlparse

import pytest
import sympy as sp

from coreformulas.catalogue import load_all
from coreformulas.comparison import ERRATA
from coreformulas.comparison import derivation_errata as derived
from coreformulas.symbolic import ClaimError, registry

LABELS = load_all()
STATEMENTS = derived.statements()
BY_ID = pytest.mark.parametrize("erratum", ERRATA, ids=lambda erratum: erratum.id)


def test_ids_are_unique_and_each_has_its_statement():
    ids = [erratum.id for erratum in ERRATA]
    assert len(set(ids)) == len(ids)
    assert set(ids) == set(STATEMENTS)


@BY_ID
def test_the_place_is_named(erratum):
    assert erratum.quotation.strip()
    assert erratum.source.strip()
    assert erratum.label in LABELS
    assert STATEMENTS[erratum.id].label == erratum.label
    if erratum.source.startswith("the source article"):
        assert erratum.url == ""
        return
    address = urlparse(erratum.url)
    assert (address.scheme, address.netloc) == ("https", "github.com")
    commit = address.path.split("/")[4]
    assert len(commit) == 40
    int(commit, 16)


@BY_ID
def test_the_kernel_refuses_what_was_written(erratum):
    statement = STATEMENTS[erratum.id]
    verdict = derived.judge(statement.wrong, statement.difference)
    assert not verdict.accepted
    assert verdict.message
    if verdict.difference is not None:
        assert sp.simplify(verdict.difference) != 0


@BY_ID
def test_the_kernel_accepts_what_is_right(erratum):
    verdict = derived.judge(STATEMENTS[erratum.id].right)
    assert verdict.accepted, verdict.message
    assert verdict.message == ""


@BY_ID
def test_a_program_agrees_with_what_is_right_and_not_with_what_was_written(erratum):
    finding = erratum.measure()
    assert finding.found == pytest.approx(finding.right, rel=1e-5)
    assert abs(finding.found - finding.stated) > 0.1


def test_a_formula_is_judged_by_its_value_and_not_by_its_spelling():
    ell = sp.Symbol("ell", real=True)
    slope = registry.get("saturating-slope")
    other_words = sp.exp(ell) / (1 + sp.exp(ell))
    assert slope.end != -other_words / 2
    assert derived.restate(slope, "=", -other_words / 2) is slope
    with pytest.raises(ClaimError, match="claimed"):
        derived.restate(slope, "=", -other_words)
    with pytest.raises(ClaimError, match=">="):
        derived.restate(slope, ">=", -other_words / 2)


def test_a_line_that_does_not_hold_is_refused_too():
    """``judge`` works the lines out, and does not only look at the last one."""
    from coreformulas.symbolic import corruptions

    label = "slope-of-the-discriminator"
    broken = next(iter(corruptions(registry.get(label)))).derivation
    verdict = derived.judge(lambda: broken)
    assert not verdict.accepted
    assert derived.judge(lambda: registry.get(label)).accepted
