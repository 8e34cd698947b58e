"""The benchmark counts what it says it counts, and its programs run."""

import json
from functools import partial

import jax
import numpy as np
import pytest

from benchmarks import fit as benchmark
from benchmarks.roofline import Product, flops_of, layers_of, operands_of, products
from benchmarks.rounds import Timing, ratio, take_turns


def test_layers_are_those_of_the_model():
    from flax import nnx

    from coreformulas.vae import VAE

    model = nnx.eval_shape(lambda: VAE(benchmark.CONFIG, rngs=nnx.Rngs(0)))
    kernels = [
        layer.kernel.shape for part in (model.encoder, model.decoder) for layer in part.layers
    ]
    assert kernels == [(layer.inner, layer.columns) for layer in benchmark.LAYERS]
    assert {layer.rows for layer in benchmark.LAYERS} == {benchmark.BATCH}


def test_operations_are_those_that_the_compiler_counts():
    layers = [*layers_of(3, (7, 5, 4), (2, 5, 7)), Product(3, 4, 5, stack=6)]
    operands = operands_of(layers, jax.random.key(0))
    cost = jax.jit(partial(products, layers)).lower(*operands).cost_analysis()
    assert cost is not None
    assert cost["flops"] == flops_of(layers)


def test_ratio_is_formed_round_by_round():
    slower, faster = Timing(np.array([4.0, 9.0, 8.0]), 1.0), Timing(np.array([2.0, 3.0, 1.0]), 1.0)
    assert ratio(slower, faster).median == 3.0


def test_programs_take_turns():
    calls = []
    programs = {name: lambda name=name: calls.append(name) for name in "AB"}
    timings = take_turns(programs, rounds=2, steps=1)
    assert calls == ["A", "B", "A", "B", "A", "B"]
    assert timings["A"].milliseconds.shape == (2,)


@pytest.fixture
def small(monkeypatch, tmp_path):
    monkeypatch.setattr(benchmark, "EXAMPLES", 300)
    path = tmp_path / "fit.json"
    arguments = ["benchmarks", "--rounds", "2", "--steps", "2", "--output", str(path)]
    monkeypatch.setattr("sys.argv", arguments)
    return path


def test_benchmark_prints_a_table_and_writes_all_numbers(small, capsys):
    benchmark.main()
    shown = capsys.readouterr().out
    found = json.loads(small.read_text())
    for name in ("fit", "usual loop", "usual loop, loss not read", "matrix products"):
        assert name in shown
        assert len(found["milliseconds_per_step"][name]["rounds"]) == 2
        assert min(found["milliseconds_per_step"][name]["rounds"]) > 0
    assert set(found["ratios"]) >= {"usual loop / fit", "matrix products / fit"}
    assert found["settings"]["flops_per_step"] > 0
