"""The programs of the benchmark run, and the usual loop plays the same game."""

import json

import numpy as np
import pytest

from benchmarks import gan as benchmark
from coreformulas.gan import GANConfig


@pytest.fixture
def small(monkeypatch, tmp_path):
    monkeypatch.setattr(benchmark, "EXAMPLES", 300)
    monkeypatch.setattr(benchmark, "SEEDS", 2)
    path = tmp_path / "gan.json"
    arguments = ["benchmarks.gan", "--rounds", "1", "--steps", "2", "--output", str(path)]
    monkeypatch.setattr("sys.argv", arguments)
    return path


def test_benchmark_prints_a_table_and_writes_all_numbers(small, capsys):
    benchmark.main()
    shown = capsys.readouterr().out
    found = json.loads(small.read_text())
    assert set(found["ratios"]) == {"usual loop / fit", "one after another / together"}
    assert len(found["milliseconds_per_step"]) == 4
    for name, timing in found["milliseconds_per_step"].items():
        assert name in shown
        assert np.isfinite(timing["rounds"]).all()
    assert found["settings"]["command"].startswith("python -m benchmarks.gan")


def test_the_network_is_that_of_the_table():
    from coreformulas.gan import MixtureSettings

    settings = MixtureSettings("ring", "gan")
    sizes = GANConfig(latent=settings.latent, hidden=settings.hidden, data=2)
    assert (sizes, settings.rows) == (benchmark.CONFIG, benchmark.BATCH)
