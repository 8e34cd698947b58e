"""Parameters and operations are those that the model has and its traced program does."""

import inspect
from typing import Any

import jax
import jax.extend.core
import numpy as np
import pytest
from flax import nnx

from coreformulas.transformer import (
    LanguageModel,
    LanguageModelConfig,
    forward_flops,
    parameter_count,
)

SIZES: dict[str, Any] = {"length": 12, "width": 8, "heads": 2, "layers": 2, "hidden": 20}


def abstract(config: LanguageModelConfig) -> Any:
    return nnx.eval_shape(lambda: LanguageModel(config, rngs=nnx.Rngs(0)))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"positions": "learned", "norm": "post"},
        {"positions": "rotary", "heads": 4},
        {"layers": 3, "width": 12, "heads": 1},
    ],
)
def test_the_parameters_are_counted(changes):
    config = LanguageModelConfig(vocabulary=7, **{**SIZES, **changes})
    leaves = jax.tree.leaves(nnx.state(abstract(config), nnx.Param))
    assert parameter_count(config) == sum(leaf.size for leaf in leaves)


def products(jaxpr: Any) -> int:
    """Twice the number of multiplications in every matrix product of a traced program."""
    total = 0
    for equation in jaxpr.eqns:
        if equation.primitive.name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            inner = np.prod([equation.invars[0].aval.shape[axis] for axis in contracted])
            total += 2 * int(np.prod(equation.outvars[0].aval.shape) * inner)
        for inside in jax.extend.core.jaxprs_in_params(equation.params):
            total += products(inside)
    return total


@pytest.mark.parametrize(("batch", "length", "heads"), [(1, 12, 2), (3, 5, 4)])
def test_the_operations_are_those_of_the_traced_program(batch, length, heads):
    config = LanguageModelConfig(vocabulary=7, **{**SIZES, "heads": heads})
    graph, state = nnx.split(abstract(config))
    tokens = np.zeros((batch, length), int)
    traced = jax.make_jaxpr(lambda state, tokens: nnx.merge(graph, state)(tokens))(state, tokens)
    assert forward_flops(config, length=length, batch=batch) == products(traced.jaxpr)


def test_bad_sizes_are_named():
    config = LanguageModelConfig(vocabulary=7, **SIZES)
    count = inspect.unwrap(forward_flops)
    with pytest.raises(ValueError, match="length must be from 1 to 12, got 13"):
        count(config, length=13)
    with pytest.raises(ValueError, match="batch must be at least 1, got 0"):
        count(config, length=2, batch=0)
