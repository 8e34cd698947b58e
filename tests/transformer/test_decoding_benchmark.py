"""The programs of the benchmark write the same text, and what is measured is kept."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import decoding as benchmark


@pytest.fixture
def small(monkeypatch, tmp_path):
    sizes = replace(benchmark.CONFIG, length=12, width=8, heads=2, layers=1, hidden=8)
    monkeypatch.setattr(benchmark, "CONFIG", sizes)
    monkeypatch.setattr(benchmark, "LENGTHS", (7,))
    monkeypatch.setattr(benchmark, "BLOCK", 4)
    path = tmp_path / "decoding.json"
    arguments = ["benchmarks.decoding", "--rounds", "1", "--output", str(path)]
    monkeypatch.setattr("sys.argv", arguments)
    return path


def test_benchmark_prints_a_table_and_writes_all_numbers(small, capsys):
    benchmark.main()
    shown = capsys.readouterr().out
    found = json.loads(small.read_text())
    assert set(found["milliseconds_per_step"]) == {"full passes, 7 tokens", "cached, 7 tokens"}
    assert np.isfinite(found["ratios"]["full passes / cached, 7 tokens"]["median"])
    assert "full passes / cached, 7 tokens" in shown
    assert found["settings"]["command"].startswith("python -m benchmarks.decoding")


@pytest.mark.usefixtures("small")
def test_programs_that_write_different_texts_are_not_compared(monkeypatch):
    def other(_, prompt, count, **settings):
        return np.zeros((1, prompt.shape[1] + count + len(settings)))

    monkeypatch.setattr(benchmark, "sample_by_full_passes", other)
    with pytest.raises(RuntimeError, match="drew different texts of 7 tokens"):
        benchmark.measure(7, rounds=1)


def test_the_network_is_that_of_the_command():
    from coreformulas.transformer import command_tiny_shakespeare

    recipe = command_tiny_shakespeare.RECIPE
    assert recipe.language_model(length=256, vocabulary=65) == benchmark.CONFIG
