"""The estimators that the chapter measures are the derived ones, and so are their variances."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
from jax.scipy.stats import norm

from coreformulas.comparison import effective_beta, effective_scale
from coreformulas.symbolic import Expectation, to_jax
from coreformulas.vae import derivation_gradients, gaussian_kl_full, reparameterize

MU, SIGMA, DRAWS = 1.3, 0.7, 200_000


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def draws() -> jax.Array:
    return MU + SIGMA * jax.random.normal(jax.random.key(0), (DRAWS,))


def score_estimates(parameter: int) -> jax.Array:
    """f(z) times the gradient of the log density, the latter by automatic differentiation."""
    slope = jax.grad(norm.logpdf, parameter + 1)
    return jax.vmap(lambda z: z**2 * slope(z, MU, SIGMA))(draws())


def reparameterized_estimates(parameter: int) -> jax.Array:
    """Through the package's own reparameterize, by the mean or by the standard deviation."""

    def square(point, key):
        mean, scale = point
        return reparameterize(mean[None], 2 * jnp.log(scale)[None], key=key)[0] ** 2

    keys = jax.random.split(jax.random.key(1), DRAWS)
    point = (jnp.array(MU), jnp.array(SIGMA))
    return jax.vmap(lambda key: jax.grad(square)(point, key)[parameter])(keys)


@pytest.mark.parametrize(
    ("derivation", "estimates", "parameter"),
    [
        ("variance_of_reparameterized_mean", reparameterized_estimates, 0),
        ("variance_of_reparameterized_scale", reparameterized_estimates, 1),
        ("variance_of_score_mean", score_estimates, 0),
        ("variance_of_score_scale", score_estimates, 1),
    ],
)
def test_mean_and_variance_of_the_estimates_are_the_derived_ones(derivation, estimates, parameter):
    d = derivation_gradients
    exact = to_jax(getattr(d, derivation)().end, [d.mu, d.sigma])(MU, SIGMA)
    values = np.asarray(estimates(parameter))
    mean_error = values.std(ddof=1) / np.sqrt(DRAWS)
    assert abs(values.mean() - 2 * (MU, SIGMA)[parameter]) < 4 * mean_error
    squares = (values - values.mean()) ** 2
    error = squares.std(ddof=1) / np.sqrt(DRAWS)
    assert error < 0.05 * exact
    assert abs(squares.mean() - exact) < 4 * error


@pytest.mark.parametrize(
    ("name", "parameter"),
    [("score_function_gradient_of_mean", 0), ("score_function_gradient_of_scale", 1)],
)
def test_the_derived_score_is_the_gradient_of_the_log_density(name, parameter):
    d = derivation_gradients
    end = getattr(d, name)().end
    assert isinstance(end, Expectation)
    assert end.density == d.q
    score = to_jax(end.body / sp.Function("f", real=True)(d.z), [d.z, d.mu, d.sigma])
    points = draws()[:100]
    wanted = jax.vmap(jax.grad(norm.logpdf, parameter + 1), (0, None, None))(points, MU, SIGMA)
    np.testing.assert_allclose(score(points, MU, SIGMA), wanted, rtol=1e-10, atol=1e-12)


def test_gaussian_kl_full_is_the_formula_in_two_dimensions():
    end = derivation_gradients.gaussian_kl_full().end
    symbols = {str(symbol): symbol for symbol in end.free_symbols}
    formula = to_jax(end, [symbols[k] for k in ("mu_1", "mu_2", "L_11", "L_21", "L_22")])
    mean = jax.random.normal(jax.random.key(2), (6, 2))
    low = jax.random.normal(jax.random.key(3), (6,))
    diagonal = jnp.exp(jax.random.normal(jax.random.key(4), (6, 2)))

    def by_package(mean, low, diagonal):
        top = jnp.stack([diagonal[:, 0], jnp.zeros(6)], axis=-1)
        bottom = jnp.stack([low, diagonal[:, 1]], axis=-1)
        return gaussian_kl_full(mean, jnp.stack([top, bottom], axis=-2))

    def by_formula(mean, low, diagonal):
        return formula(mean[:, 0], mean[:, 1], diagonal[:, 0], low, diagonal[:, 1])

    point = (mean, low, diagonal)
    np.testing.assert_allclose(by_package(*point), by_formula(*point), rtol=1e-12)
    ours = jax.grad(lambda *a: jnp.sum(by_package(*a)), (0, 1, 2))(*point)
    theirs = jax.grad(lambda *a: jnp.sum(by_formula(*a)), (0, 1, 2))(*point)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)


def test_effective_beta_is_the_derived_factor():
    end = derivation_gradients.hidden_beta().end
    symbols = {str(symbol): symbol for symbol in end.free_symbols}
    inner = next(factor for factor in end.args if isinstance(factor, sp.Add))
    (term,) = (t for t in inner.args if "kappa" in str(t))
    beta = term / next(iter(term.atoms(sp.Sum)))
    values = {"D": 784, "K": 32, "w": sp.Rational(1, 10), "s": 3}
    wanted = beta.subs({symbols[name]: value for name, value in values.items()})
    found = effective_beta(
        averaged_pixels=784, averaged_latents=32, likelihood_weight=3, kl_weight=0.1
    )
    assert found == pytest.approx(float(wanted), rel=1e-12)


def test_effective_scale_is_the_scale_of_the_derived_density():
    derived = derivation_gradients.hidden_scale()
    (density,) = derived.start.atoms(type(derivation_gradients.q))
    (beta,) = density.scale.free_symbols
    value = effective_beta(averaged_pixels=12288, kl_weight=0.00025)
    wanted = density.scale.subs({beta: value})
    found = effective_scale(averaged_pixels=12288, kl_weight=0.00025)
    assert found == pytest.approx(float(wanted), rel=1e-12)
