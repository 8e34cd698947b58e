"""Bad input gets one clear error before anything runs."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coreformulas.training import fit
from coreformulas.training.checks import check_key, check_whole


@pytest.fixture
def call(fresh, state, rows, key):
    """`fit` with good arguments, but for those given."""

    def run(**changes):
        arguments: dict[str, Any] = {"update": fresh, "state": state, "data": rows, "key": key}
        arguments |= {"steps": 3, "batch_size": 2}
        return fit(**(arguments | changes))

    return run


def test_good_arguments_pass(call):
    call()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 0}, "steps must be a whole number >= 1, got 0"),
        ({"steps": -3}, "steps must be a whole number >= 1, got -3"),
        ({"batch_size": 0}, "batch_size must be a whole number from 1 to 10, got 0"),
        ({"batch_size": 11}, "batch_size must be a whole number from 1 to 10, got 11"),
        ({"chunk_size": 0}, "chunk_size must be a whole number >= 1, got 0"),
        ({"start": -1}, "start must be a whole number from 0 to"),
        ({"data": {}}, "data must hold at least one array"),
        ({"data": jnp.zeros((0, 2))}, "data must hold at least one example"),
        ({"data": jnp.float32(1)}, "data must have a leading axis"),
        (
            {"data": {"x": jnp.zeros((10, 2)), "y": jnp.zeros(9)}},
            r"same number of examples in every array: data\['x'\] has 10, data\['y'\] has 9",
        ),
        ({"key": jax.random.split(jax.random.key(0))}, r"key must be a single key.*\(2,\)"),
    ],
)
def test_values_out_of_range(call, fresh, changes, message):
    with pytest.raises(ValueError, match=message):
        call(**changes)
    assert fresh.traces == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": jnp.zeros(2, jnp.uint32)}, r"jax\.random\.key.*got uint32\[2\]"),
        ({"steps": True}, "steps must be a whole number >= 1, got True"),
        ({"state": {"weights": "none"}}, r"state\['weights'\] must be an array, got str 'none'"),
        ({"data": ["words"]}, r"data\[0\] must be an array, got str 'words'"),
    ],
)
def test_values_of_a_wrong_type(call, fresh, changes, message):
    with pytest.raises(TypeError, match=message):
        call(**changes)
    assert fresh.traces == 0


def test_a_number_is_no_key():
    for wrong in (0, None, np.uint32(0)):
        with pytest.raises(TypeError, match=r"key must be a typed random key.*jax\.random\.key"):
            check_key(wrong)


def test_fractions_are_no_counts():
    assert check_whole("steps", np.int64(3), low=1) == 3
    for wrong in (2.5, 3.0, "3", None, np.True_):
        with pytest.raises(TypeError, match="steps must be a whole number"):
            check_whole("steps", wrong, low=1)


STATE = {"a": jnp.zeros(2), "b": jnp.zeros((), jnp.int32)}


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (lambda s: s, "update must return .state, metrics., got dict"),
        (lambda s: (s, {}, {}), "update must return .state, metrics., got tuple"),
        (lambda s: (s, jnp.float32(0)), "dict of metrics, got ShapeDtypeStruct"),
        (lambda s: (s, {1: jnp.float32(0)}), "names of metrics must be strings, got 1"),
        (lambda s: (s, {"m": {"n": 0.0}}), "metric 'm' must be an array of numbers, got dict"),
        (lambda s: (s, {"m": jax.random.key(0)}), "metric 'm' must be an array of numbers"),
        (lambda s: ({"a": s["a"]}, {"m": 0.0}), "state of the structure that it was given"),
        (lambda s: (s | {"a": jnp.zeros(3)}, {}), r"state\['a'\] was float32\[2\] and became .*3"),
        (lambda s: (s | {"b": s["b"] + 0.5}, {}), r"state\['b'\] was int32\[\] and became float32"),
    ],
)
def test_update_that_breaks_its_contract(call, result, message):
    with pytest.raises(TypeError, match=message):
        call(update=lambda state, *_: result(state), state=STATE)


def test_error_inside_the_update_comes_through(call):
    def update(*_):
        raise RuntimeError("no gradient today")

    with pytest.raises(RuntimeError, match="no gradient today"):
        call(update=update)
