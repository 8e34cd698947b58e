"""The products of the benchmark are those of the training step, and its programs run."""

import json
from typing import Any

import jax
import numpy as np
import pytest
from jax.extend.core import ClosedJaxpr, Jaxpr

from benchmarks import translation as benchmark
from benchmarks.roofline import flops_of
from coreformulas.transformer import Pairs, initial_state, make_update


def _shape(variable: Any) -> tuple[int, ...]:
    return variable.aval.shape


def _product_flops(program: Jaxpr) -> int:
    """Multiplications and additions of every matrix product of a traced program."""
    total = 0
    for equation in program.eqns:
        if equation.primitive.name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            left, result = (_shape(v) for v in (equation.invars[0], equation.outvars[0]))
            inner = int(np.prod([left[axis] for axis in contracted]))
            total += 2 * inner * int(np.prod(result))
        for value in equation.params.values():
            if isinstance(value, ClosedJaxpr):
                total += _product_flops(value.jaxpr)
            elif isinstance(value, Jaxpr):
                total += _product_flops(value)
    return total


def test_products_are_those_of_a_training_step():
    batch, source, target = 3, 7, 5
    tokens = np.random.default_rng(0)
    pairs = Pairs(
        *(tokens.integers(3, 9, (batch, length), np.int32) for length in (source, target))
    )
    optimizer = benchmark.make_optimizer()
    state = initial_state(benchmark.CONFIG, optimizer, key=jax.random.key(0))
    update = make_update(benchmark.CONFIG, optimizer, smoothing=0.1)
    traced = jax.make_jaxpr(update)(state, pairs, jax.random.key(1))
    layers = benchmark.products_of(benchmark.CONFIG, batch=batch, source=source, target=target)
    assert _product_flops(traced.jaxpr) == flops_of(layers)


@pytest.fixture
def small(monkeypatch, tmp_path):
    monkeypatch.setattr(benchmark, "EXAMPLES", 300)
    path = tmp_path / "translation.json"
    arguments = ["benchmarks.translation", "--rounds", "1", "--steps", "2", "--output", str(path)]
    monkeypatch.setattr("sys.argv", arguments)
    return path


def test_benchmark_prints_a_table_and_writes_all_numbers(small, capsys):
    benchmark.main()
    shown = capsys.readouterr().out
    found = json.loads(small.read_text())
    assert set(found["ratios"]) == {
        "usual loop / fit",
        "usual loop, loss not read / fit",
        "matrix products / fit",
    }
    for name, timing in found["milliseconds_per_step"].items():
        assert name in shown
        assert np.isfinite(timing["rounds"]).all()
    assert found["settings"]["command"].startswith("python -m benchmarks.translation")
