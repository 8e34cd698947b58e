"""The command line, as a user calls it."""

import json
from dataclasses import replace

import pytest

from coreformulas.catalogue import load_all
from coreformulas.cli import main
from coreformulas.symbolic import registry

load_all()
SHORT = registry.get("log-sum-exp-shift")


@pytest.fixture
def only(monkeypatch):
    """Leave one derivation in the registry."""

    def choose(derivation):
        monkeypatch.setattr(registry, "_BUILDERS", {derivation.label: lambda: derivation})

    return choose


def test_verify_prints_a_table_with_totals(only, capsys):
    only(SHORT)
    assert main(["verify"]) == 0
    out = capsys.readouterr().out
    assert "log-sum-exp-shift      2" in out
    assert "exact for n = 3 (2)" in out
    assert out.splitlines()[-1].startswith("1 derivations, 2 lines with evidence, 0 failed")


def test_verify_fails_where_a_line_fails_and_shows_it(only, capsys):
    wrong = replace(SHORT.lines[1], expr=SHORT.end + 1)
    only(replace(SHORT, lines=(SHORT.lines[0], wrong)))
    assert main(["verify"]) == 1
    out = capsys.readouterr().out
    assert "FAILED: derivation 'log-sum-exp-shift', line 2" in out
    assert "1 failed" in out.splitlines()[-1]


def test_verify_as_json(only, capsys):
    only(SHORT)
    assert main(["verify", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["label"] == "log-sum-exp-shift"
    assert row["lines"] == 2
    assert row["evidence"] == {"exact for n = 3": 2}
    assert row["error"] is None


def test_verify_corrupt_reports_the_kill_rate(only, capsys):
    only(SHORT)
    assert main(["verify", "--corrupt"]) == 0
    assert "100.00% rejected" in capsys.readouterr().out.splitlines()[-1]
    assert main(["verify", "--corrupt", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["made"] == row["rejected"] > row["by_worlds"] > 0


def test_derive_prints_one_derivation(capsys):
    assert main(["derive", "elbo-by-jensen"]) == 0
    out = capsys.readouterr().out
    assert ">= E_{q(z | x)}[log(p(x, z)/q(z | x))]" in out
    assert "Jensen's inequality" in out
    assert "exact for K = 3" in out


def test_derive_with_an_unknown_label_lists_the_known_ones(capsys):
    assert main(["derive", "elbow-by-jensen"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Did you mean 'elbo-by-jensen'?" in captured.err
    assert "gaussian-kl-diagonal" in captured.err
