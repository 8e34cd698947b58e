"""Kept results: whole or not at all, and what they say of where they were made."""

import json
from importlib.metadata import version

import pytest

from coreformulas.training import kept_record, surroundings, write_record


def test_surroundings_name_command_versions_and_machine():
    found = surroundings("python -m something --seed 1")
    assert found["command"] == "python -m something --seed 1"
    assert found["packages"]["jax"] == version("jax")
    assert found["processors"] >= 1
    assert found["processor"]


def test_a_record_comes_back_as_it_was(tmp_path):
    record = {"settings": {"β": 1}, "nats": [1.5, 2.0]}
    write_record(tmp_path / "record.json", record)
    assert json.loads((tmp_path / "record.json").read_text(encoding="utf-8")) == record
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


def test_a_number_that_is_not_finite_leaves_the_old_record(tmp_path):
    path = tmp_path / "record.json"
    write_record(path, {"loss": 1.0})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_record(path, {"loss": float("nan")})
    assert json.loads(path.read_text()) == {"loss": 1.0}


def test_a_kept_record_is_found_from_inside_the_clone(tmp_path, monkeypatch):
    (tmp_path / "benchmarks" / "results").mkdir(parents=True)
    (tmp_path / "chapters" / "vae").mkdir(parents=True)
    write_record(tmp_path / "benchmarks" / "results" / "some-run.json", {"nats": 1.5})
    monkeypatch.chdir(tmp_path / "chapters" / "vae")
    assert kept_record("some-run") == {"nats": 1.5}
    with pytest.raises(FileNotFoundError, match=r"benchmarks/results/other\.json"):
        kept_record("other")


def test_without_a_clone_the_shipped_records_are_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert kept_record("gan-mixtures")["seeds"] == 10
    with pytest.raises(FileNotFoundError, match=r"upward.*nor is nothing\.json in .*records or"):
        kept_record("nothing")
