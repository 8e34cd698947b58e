"""The Dirac-GAN in JAX is that of the derivations: fields, Jacobians, steps and rates."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from coreformulas.gan import (
    alternating_step,
    consensus_field,
    gradient_penalty,
    instance_noise_field,
    jacobian_eigenvalues,
    minimax_field,
    nonsaturating_field,
    penalized_wasserstein_field,
    r1_field,
    simultaneous_step,
    wasserstein_critic_loss,
    wasserstein_field,
)
from coreformulas.gan import derivation_dynamics as derived
from coreformulas.gan import derivation_orbits as orbits
from coreformulas.gan import derivation_regularized as remedies
from coreformulas.symbolic import CharacteristicPolynomial, Derivation, registry, to_jax
from coreformulas.symbolic.vocabulary import Gradient

LABELS = [
    label
    for label in registry.labels()
    if registry.get(label).label.startswith(("dirac-", "wgan-gp-", "alternating-"))
    or label in ("simultaneous-steps", "one-objective-eigenvalues", "zero-sum-eigenvalues")
]
POINTS = np.array([[0.3, -0.7], [1.5, 0.4], [-2.0, 1.1], [0.2, 0.9], [-0.6, -1.3]])


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def known(derivation: Derivation, **values: float) -> np.ndarray:
    """The zeros of the derived polynomial, ordered as the package orders them."""
    symbols = {str(symbol): symbol for symbol in derivation.end.free_symbols}
    number = sp.expand(derivation.end.subs({symbols[name]: v for name, v in values.items()}))
    coefficients = sp.Poly(number, symbols["lambda"]).all_coeffs()
    found = np.roots([complex(c) for c in coefficients])
    return found[np.lexsort((-found.real, -found.imag.round(9)))]


def test_all_labels_are_here():
    assert len(LABELS) == 22


@pytest.mark.parametrize("label", LABELS)
def test_every_line_is_proved(label):
    assert {item.kind for line in registry.get(label).evidence for item in line} == {"proved"}


CASES = [
    (derived.dirac_eigenvalues, minimax_field, {}),
    (derived.dirac_nonsaturating_eigenvalues, nonsaturating_field, {}),
    (remedies.dirac_wasserstein_eigenvalues, wasserstein_field, {}),
    (remedies.dirac_r1_eigenvalues, r1_field(0.4), {"gamma": 0.4}),
    (remedies.dirac_r1_eigenvalues, r1_field(1.7), {"gamma": 1.7}),
    (remedies.dirac_consensus_eigenvalues, consensus_field(0.8), {"gamma": 0.8}),
    (remedies.dirac_instance_noise_eigenvalues, instance_noise_field(0.9), {"sigma": 0.9}),
    (remedies.dirac_instance_noise_eigenvalues, instance_noise_field(1.9), {"sigma": 1.9}),
]


@pytest.mark.parametrize(("derivation", "field", "values"), CASES)
def test_eigenvalues_of_the_code_are_the_derived_ones(derivation, field, values):
    np.testing.assert_allclose(
        jacobian_eigenvalues(field), known(derivation(), **values), atol=1e-12
    )


@pytest.mark.parametrize(
    ("derivation", "field", "values"), [case for case in CASES if "sigma" not in case[2]]
)
def test_the_field_of_the_code_is_the_one_that_was_derived(derivation, field, values):
    start = derivation().start
    assert isinstance(start, CharacteristicPolynomial)
    for index, component in enumerate(start.field):
        plain = component.replace(
            lambda node: isinstance(node, Gradient), lambda g: sp.diff(g.body, g.parameter)
        )
        symbols = {str(symbol): symbol for symbol in plain.free_symbols}
        plain = plain.subs({symbols[n]: v for n, v in values.items() if n in symbols})
        formula = to_jax(plain, start.variables)
        wanted = [formula(*point) for point in POINTS]
        found = [field(jnp.asarray(point))[index] for point in POINTS]
        np.testing.assert_allclose(found, wanted, atol=1e-12)


@pytest.mark.parametrize("size", [0.3, 2.0, 3.9, 4.5])
def test_steps_have_the_derived_eigenvalues(size):
    at_once = jacobian_eigenvalues(simultaneous_step(minimax_field, size))
    np.testing.assert_allclose(at_once, known(derived.dirac_simultaneous(), h=size), atol=1e-12)
    in_turn = jacobian_eigenvalues(alternating_step(minimax_field, size))
    np.testing.assert_allclose(in_turn, known(derived.dirac_alternating(), h=size), atol=1e-9)
    np.testing.assert_allclose(np.abs(at_once) ** 2, 1 + size**2 / 4, rtol=1e-12)
    if size < 4:
        np.testing.assert_allclose(np.abs(in_turn), 1, rtol=1e-12)
        turn = 2 * np.arcsin(size / 4)
        np.testing.assert_allclose(in_turn[0], np.exp(1j * turn), rtol=1e-12)
    else:
        growth = 2 * np.arccosh(size / 4)
        np.testing.assert_allclose(np.abs(in_turn).max(), np.exp(growth), rtol=1e-12)


@pytest.mark.parametrize("field", [r1_field(0.7), consensus_field(0.5), instance_noise_field(1.2)])
def test_alternating_steps_of_any_field_follow_the_general_formula(field):
    (a, b), (c, d) = np.asarray(jax.jacfwd(field)(jnp.zeros(2)))
    wanted = known(derived.alternating_steps(), a=a, b=b, c=c, d=d, h=0.6)
    found = jacobian_eigenvalues(alternating_step(field, 0.6))
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_critical_damping_is_where_the_formulas_say():
    for field in (r1_field(1.0), instance_noise_field(np.sqrt(2))):
        first, second = jacobian_eigenvalues(field)
        np.testing.assert_allclose([first, second], [-0.5, -0.5], atol=1e-6)  # a double root
    for make, value in ((r1_field, 1.0), (instance_noise_field, np.sqrt(2))):
        assert np.abs(np.imag(jacobian_eigenvalues(make(0.99 * value)))).min() > 0.01
        assert np.abs(np.imag(jacobian_eigenvalues(make(1.01 * value)))).max() == 0


@pytest.mark.parametrize("point", POINTS)
def test_rates_along_the_flow_are_the_derived_ones(point):
    point = jnp.asarray(point)  # in the test, where numbers have 64 bits
    theta, psi = point

    def rate(body, field):
        return jax.grad(body)(point) @ field(point)

    def energy(p):
        return jnp.sum(p**2) / 2

    np.testing.assert_allclose(rate(energy, minimax_field), 0, atol=1e-15)
    slow = to_jax(orbits.dirac_nonsaturating_loss().end, (derived.theta, derived.psi))
    np.testing.assert_allclose(rate(energy, nonsaturating_field), slow(theta, psi), atol=1e-14)
    np.testing.assert_allclose(rate(energy, r1_field(0.6)), -0.6 * psi**2, atol=1e-14)
    turning = to_jax(orbits.dirac_angular_speed().end, (derived.theta, derived.psi))
    speed = rate(lambda p: jnp.arctan2(p[1], p[0]), minimax_field)
    np.testing.assert_allclose(speed, turning(theta, psi), rtol=1e-12)
    if psi > 0:
        gain = rate(energy, penalized_wasserstein_field(0.6))
        np.testing.assert_allclose(gain, 0.6 * psi * (1 - psi), atol=1e-14)


@pytest.mark.parametrize("point", POINTS)
def test_the_penalized_critic_goes_down_the_loss_of_the_package(point):
    """The package's weight lambda is half of gamma."""
    point = jnp.asarray(point)
    theta, psi = point
    one = jnp.ones((1, 1))

    def loss(slope):
        values = [jnp.reshape(slope * place, (1,)) for place in (0.0, theta)]
        penalty = gradient_penalty(
            lambda x: slope * x[:, 0], 0 * one, theta * one, weight=0.35, key=jax.random.key(0)
        )
        return wasserstein_critic_loss(*values) + penalty

    found = penalized_wasserstein_field(0.7)(point)
    np.testing.assert_allclose(found, [psi, -jax.grad(loss)(psi)], atol=1e-12)
