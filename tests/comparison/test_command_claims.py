"""``python -m coreformulas claims``, as a user calls it."""

import json
from dataclasses import replace

import pytest

from coreformulas import cli
from coreformulas.comparison import claims, command_claims

LEDGER = claims.ledger()
FORMULA, MEASURED = LEDGER[2], next(one for one in LEDGER if one.id == "R8.gan")


@pytest.fixture
def only(monkeypatch):
    """Leave some claims in the ledger."""

    def choose(*chosen):
        monkeypatch.setattr(command_claims, "ledger", lambda: chosen)

    return choose


def test_claims_prints_each_verdict_with_its_number(only, capsys):
    only(FORMULA, MEASURED)
    assert cli.main(["claims"]) == 0
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("F2b     holds                   It is the cross-entropy")
    assert " ± " in second
    assert last.startswith("2 claims: 1 holds, 1 holds with a condition, 0 wrong; 0 lack evidence")


def test_claims_as_json(only, capsys):
    only(FORMULA, MEASURED)
    assert cli.main(["claims", "--json"]) == 0
    formula, measured = json.loads(capsys.readouterr().out)
    assert formula["id"] == "F2b"
    assert formula["derivations"] == list(FORMULA.derivations)
    assert formula["faults"] == measured["faults"] == []
    assert 0 < measured["numbers"]["precision_gan"]["value"] < 100
    assert measured["numbers"]["precision_gan"]["standard_error"] > 0


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (replace(FORMULA, derivations=("elbo-by-wishing",)), "no derivation 'elbo-by-wishing'"),
        (replace(FORMULA, sentence="It is {gap:.1f}."), "no number for gap"),
        (replace(MEASURED, readings=("tea_leaves",)), "reading tea_leaves: there is none"),
    ],
)
def test_claims_fails_where_evidence_is_lacking_and_names_it(only, capsys, claim, words):
    only(FORMULA, claim)
    assert cli.main(["claims"]) == 1
    out = capsys.readouterr().out
    assert f"LACKS EVIDENCE: {words}" in out.replace("derivation elbo-by-wishing: ", "")
    assert "1 lack evidence" in out.splitlines()[-1]
    assert cli.main(["claims", "--json"]) == 1
    assert words in json.loads(capsys.readouterr().out)[1]["faults"][0]


def test_claims_fails_where_a_number_no_longer_bears_the_verdict_out(only, capsys, monkeypatch):
    only(MEASURED)
    kept = claims.kept_record("comparison-digits")
    kept["families"]["gan"]["precision"] = kept["families"]["transformer"]["precision"]
    monkeypatch.setattr(command_claims, "kept_record", lambda _: kept)
    assert cli.main(["claims"]) == 1
    assert "it is not so that the GAN's precision is clearly highest" in capsys.readouterr().out


def test_claims_fails_where_a_derivation_fails(only, capsys, monkeypatch):
    only(FORMULA)
    failed = cli.Verdict("discriminator-loss", 0, {}, 0.0, "line 2 is not so")
    monkeypatch.setattr(cli, "verify_one", lambda _: failed)
    assert cli.main(["claims"]) == 1
    out = capsys.readouterr().out
    assert "LACKS EVIDENCE: derivation discriminator-loss: line 2 is not so" in out
