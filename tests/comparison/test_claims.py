"""The ledger is whole, its links and numbers exist, and it refuses what has no evidence."""

import re
from dataclasses import replace

import pytest
from architecture import ROOT

from chapters import TEACHING
from coreformulas.catalogue import load_all
from coreformulas.comparison import READINGS, VERDICTS, Reading, judge, ledger, read_ledger
from coreformulas.comparison.readings import Quantity

FAMILIES = ("vae", "gan", "transformer")
IDS = ["F1", "F2a", "F2b", "F3"]
IDS += [f"P{i}" for i in range(1, 11)] + [f"D{i}" for i in range(1, 6)]
IDS += [f"R{i}.{family}" for i in range(1, 16) for family in FAMILIES] + ["C"]
CLAIMS = ledger()
BY_ID = {claim.id: claim for claim in CLAIMS}
GLOSSARY = (ROOT / "chapters" / "glossary.md").read_text("utf-8")
PAGES = {path: path.read_text("utf-8") for path in (ROOT / "chapters").glob("*/*.md")}


def named(claim):
    return claim.id


def test_every_claim_of_the_article_is_judged_in_its_order():
    assert [claim.id for claim in CLAIMS] == IDS
    assert {claim.verdict for claim in CLAIMS} == set(VERDICTS)


def test_the_errors_of_the_article_are_named():
    wrong = {claim.id for claim in CLAIMS if claim.verdict == "wrong"}
    assert wrong == {"D2", "R3.gan", "R4.vae", "C"}


@pytest.mark.parametrize("claim", CLAIMS, ids=named)
def test_a_claim_keeps_the_words_of_the_article(claim):
    assert re.search(r"[\u4e00-\u9fff]", claim.keyword)
    words = claim.keyword.split("、") if claim.keyword != "查询、键、值" else [claim.keyword]
    assert claim.family or all(f"\n{word}\n" in GLOSSARY for word in words)
    rows = {one.keyword for one in CLAIMS if one.family and one.row == claim.row}
    assert len(rows) <= 1, "the cells of a row have one keyword"
    assert claim.sentence.endswith(".")
    assert "\n" not in claim.sentence


@pytest.mark.parametrize("claim", CLAIMS, ids=named)
def test_a_claim_types_no_measured_number(claim):
    bare = re.sub(r"\{[^}]*\}", "", claim.sentence)
    assert not re.search(r"\d\.\d", bare)


@pytest.mark.parametrize("claim", CLAIMS, ids=named)
def test_a_claim_leads_to_a_label_that_stands_in_its_chapter(claim):
    path = ROOT / f"{claim.chapter}.md"
    assert claim.chapter.split("/")[1] in TEACHING
    assert re.search(rf"^\({claim.label}\)=$|^:label: {claim.label}$", PAGES[path], re.M)
    assert claim.chapter in (ROOT / "_toc.yml").read_text()


@pytest.mark.parametrize("claim", CLAIMS, ids=named)
def test_a_claim_names_derivations_that_the_book_shows(claim):
    assert set(claim.derivations) <= set(load_all())
    for label in claim.derivations:
        assert any(re.search(rf"\b{label.replace('-', '_')}\b", text) for text in PAGES.values())


@pytest.mark.parametrize("claim", CLAIMS, ids=named)
def test_the_numbers_of_a_claim_exist_and_bear_its_verdict_out(claim):
    found = judge(claim)
    assert found.faults == ()
    assert "{" not in found.sentence
    assert all(quantity.finite for quantity in found.quantities.values())


def test_every_reading_decides_something():
    assert set(READINGS) == {name for claim in CLAIMS for name in claim.readings}


@pytest.mark.parametrize(
    ("row", "readings"),
    [
        ("R7", {"vae_stability", "gan_stability", "transformer_stability", "gradient_by_depth"}),
        ("R7", {"collapsed_code", "modes_over_seeds"}),
        ("R10", {"operations", "width_growth"}),
        ("R11", {"vae_growth", "gan_growth", "transformer_growth", "attention_memory"}),
        ("R12", {"vae_kinds", "gan_kinds", "transformer_kinds"}),
    ],
)
def test_rows_about_training_and_cost_rest_on_what_was_measured(row, readings):
    assert readings <= {name for claim in CLAIMS if claim.row == row for name in claim.readings}


# What the ledger refuses.

WHOLE = """
[[claim]]
id = "F1"
article = "it is so"
keyword = "变分下界"
verdict = "holds"
sentence = "So it is."
chapter = "chapters/vae/elbo"
label = "vae-elbo"
derivations = ["elbo-by-jensen"]
"""


def test_a_claim_is_read_as_it_was_written():
    (claim,) = read_ledger(WHOLE)
    assert (claim.id, claim.derivations, claim.readings) == ("F1", ("elbo-by-jensen",), ())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('label = "vae-elbo"', "", "claim F1: lacks label"),
        ('id = "F1"', "", "claim number 1: lacks id"),
        ('"holds"', '"perhaps"', "claim F1: verdict is 'perhaps'"),
        ('label = "vae-elbo"', 'label = ""', "claim F1: label is ''"),
        ('label = "vae-elbo"', "label = 3", "claim F1: label is 3"),
        ('["elbo-by-jensen"]', '"elbo-by-jensen"', "claim F1: derivations is 'elbo-by-jensen'"),
        ('derivations = ["elbo-by-jensen"]', "", "names neither a derivation nor a reading"),
        ("keyword", "watchword", "claim F1: lacks keyword"),
        ("derivations", 'author = "me"\nderivations', "has unknown fields author"),
        ("[[claim]]", "[[claim]", "the ledger is not TOML"),
    ],
)
def test_a_ledger_with_a_hole_is_refused(old, new, message):
    assert old in WHOLE
    with pytest.raises(ValueError, match=re.escape(message)):
        read_ledger(WHOLE.replace(old, new))


def test_an_id_that_comes_twice_is_refused():
    with pytest.raises(ValueError, match="claim F1: comes twice"):
        read_ledger(WHOLE + WHOLE)


def test_a_missing_record_is_a_fault():
    def none(name):
        raise FileNotFoundError(f"no {name}.json")

    faults = judge(BY_ID["F1"], records=none).faults
    assert faults[0] == "reading elbo_under_likelihood: no comparison-digits.json"
    assert faults[1] == "no number for nats, negative_elbo"


def test_a_missing_field_is_a_fault():
    (fault, _) = judge(BY_ID["F1"], records=lambda _: {"families": {}}).faults
    assert fault == "reading elbo_under_likelihood: the record cannot be read: KeyError: 'vae'"


def test_a_reading_that_does_not_exist_is_a_fault():
    claim = replace(BY_ID["D1"], readings=("tea_leaves",))
    assert judge(claim).faults == ("reading tea_leaves: there is none of that name",)


def test_a_number_that_is_not_finite_is_a_fault(monkeypatch):
    endless = Reading({"x": Quantity(float("inf"))}, "it ends", supports=True)
    monkeypatch.setitem(READINGS, "endless", lambda _: endless)
    claim = replace(BY_ID["D1"], readings=("endless",), sentence="It is {x:.1f}.")
    assert judge(claim).faults == ("reading endless: x is not finite",)


def test_two_readings_that_disagree_are_a_fault(monkeypatch):
    for name, value in (("one", 1.0), ("other", 2.0)):
        found = Reading({"x": Quantity(value)}, "", supports=True)
        monkeypatch.setitem(READINGS, name, lambda _, found=found: found)
    claim = replace(BY_ID["D1"], readings=("one", "other"))
    assert judge(claim).faults == ("reading other: x has another value in another reading",)


def test_a_derivation_that_fails_is_a_fault():
    errors = {"jensen-for-log": "line 2 fails"}
    assert judge(BY_ID["D1"]).faults == ()
    found = judge(BY_ID["D1"], check=errors.get)
    assert found.faults == ("derivation jensen-for-log: line 2 fails",)
