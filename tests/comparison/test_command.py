"""The command trains and measures what its options say, and keeps what the book's pages read."""

import argparse
import json

import pytest

from coreformulas.comparison import command
from coreformulas.comparison.race import train


def parsed(subject, *words):
    parser = argparse.ArgumentParser()
    command.add_options(parser)
    parser.set_defaults(subject=subject)
    return parser.parse_args([*words, "--seed", "1", "--seconds", "1", "--samples", "2"])


def test_one_seed_is_refused():
    with pytest.raises(ValueError, match="--seeds must be at least 2"):
        command.compare(parsed("grid", "--seeds", "1"))


def test_no_key_is_used_twice():
    found = command.keys_of(3)
    keys = [found.data, found.reference]
    keys += [key for uses in found.families.values() for key in uses.values()]
    assert len({str(key) for key in keys}) == len(keys) == 17


def test_the_grid_is_measured_whole(monkeypatch):
    monkeypatch.setattr(
        command,
        "train_for",
        lambda contender, seconds, **rest: train(contender, steps=2, **rest)._replace(
            wall_seconds=seconds
        ),
    )
    record = json.loads(json.dumps(command.compare(parsed("grid", "--seeds", "2"))))
    assert list(record["families"]) == ["vae", "gan", "transformer"]
    for name, found in record["families"].items():
        assert len(found["modes"]) == len(found["high_quality"]) == 2
        assert len(found["samples"]) == 400
        assert found["steps"] == 2
        assert found["flops_per_step"] > 0
        assert (found["negative_log_likelihood"] is None) == (name == "gan")
    assert record["budgets"]["parameters_ratio"] <= 1.1
    assert record["reference"]["discretization_cost"] > 0
