"""The attentions of the benchmark run, and what it counts is what it says."""

import json

import jax
import numpy as np
import pytest

from benchmarks import attention as benchmark


@pytest.fixture
def small(monkeypatch, tmp_path):
    monkeypatch.setattr(benchmark, "FULL_TURN", 32)
    monkeypatch.setattr(benchmark, "SQUARE", 16)
    # Room for the plain form forward, and for none of the gradients.
    monkeypatch.setattr(benchmark, "free_bytes", lambda: 2 * 45_000)
    path = tmp_path / "attention.json"
    arguments = ["benchmarks.attention", "--rounds", "2", "--lengths", "16", "--output", str(path)]
    monkeypatch.setattr("sys.argv", arguments)
    return path


def test_benchmark_prints_a_table_and_writes_all_numbers(small, capsys):
    benchmark.main()
    shown = capsys.readouterr().out
    record = json.loads(small.read_text())
    (found,) = record["lengths"]
    assert record["settings"]["command"].startswith("python -m benchmarks.attention")
    others = [name for name in benchmark.ATTENTIONS if name != "chunked"]
    assert found["not_run"] == [[name, "gradient"] for name in others]
    assert shown.count("not run") == len(others)
    assert set(found["ratios"]) == {f"{name} / chunked" for name in others}
    for name in benchmark.ATTENTIONS:
        assert name in shown
        times = found["milliseconds"][name]["forward"]["rounds"]
        assert len(times) == 2
        assert min(times) > 0
        assert found["resident_bytes"][name]["forward"] >= 0
        assert found["extra_bytes"][name]["forward"] < found["extra_bytes"][name]["gradient"]


def test_a_share_of_the_roofline_is_a_ratio_of_rates():
    """Twice the operations of a square product, in four times its time: half the rate."""
    length = 1024
    work = 2 * 2 * length**2 * benchmark.SIZE * benchmark.HEADS / (2 * benchmark.SQUARE**3)
    square = benchmark.Timing(np.array([3.0, 5.0]), 0.0)
    chunked = benchmark.Timing(square.milliseconds * work * 2, 0.0)
    share = benchmark._share(square, chunked, length, products=2)
    np.testing.assert_allclose(share.milliseconds, 0.5)


def test_the_growth_of_memory_is_seen():
    """What a program must hold at once, well above what may lie around: 64 MiB of products."""
    array = jax.numpy.ones((4096, 1))
    program = benchmark.compiled(lambda x: jax.numpy.sort(x @ x.T, axis=0), array)
    _, grown = program.turn(1)
    assert 60 * 2**20 < grown < 400 * 2**20
