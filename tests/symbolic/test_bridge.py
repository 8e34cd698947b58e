"""Closed forms as JAX functions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from coreformulas.symbolic import Density, to_jax

a = sp.Symbol("a", real=True)
d, size = sp.symbols("d D", integer=True, positive=True)
v = sp.IndexedBase("v", real=True)


def test_a_formula_and_its_gradient():
    function = to_jax(sp.exp(a) * sp.sin(a), [a])
    point = 0.7
    np.testing.assert_allclose(function(point), np.exp(point) * np.sin(point), rtol=1e-6)
    slope = np.exp(point) * (np.sin(point) + np.cos(point))
    np.testing.assert_allclose(jax.grad(function)(point), slope, rtol=1e-6)


def test_sums_run_over_the_last_axis():
    function = to_jax(sp.Sum(a * v[d] ** 2, (d, 1, size)), [a, v], size=3)
    values = jnp.array([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]])
    np.testing.assert_allclose(function(2.0, values), [28.0, 2.0])


def test_a_binomial_coefficient_becomes_log_gamma():
    n, k = sp.symbols("n k", integer=True, positive=True)
    function = to_jax(sp.log(sp.binomial(n, k)), [n, k])
    np.testing.assert_allclose(function(16.0, 3.0), np.log(560), rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: to_jax(Density("p", a), [a]), r"a closed form is expected, got p\(a\)"),
        (lambda: to_jax(a + sp.Symbol("b"), [a]), r"\['b'\] are missing"),
        (lambda: to_jax(sp.Sum(v[d], (d, 1, size)), [v]), "size: needed for the array"),
    ],
)
def test_what_is_no_function_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
