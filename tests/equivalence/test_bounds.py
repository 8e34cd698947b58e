"""The bound, its gap and its gradient in the package are the derived ones."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from coreformulas.symbolic import Average, Expectation, Variance, to_jax
from coreformulas.vae import derivation_bounds, dreg_bound, iwae_bound, log_importance_weights

KEY, SAMPLES, X = jax.random.key(12), 5, 0.8
MEAN, LOG_VARIANCE = 0.1, -0.3


@pytest.fixture(autouse=True)
def _float64():
    with jax.enable_x64(True):
        yield


def model(mean=MEAN):
    """z ~ N(0, 1), x | z ~ N(z, 1), and q = N(mean, exp(LOG_VARIANCE)) for every x."""
    return {
        "encode": lambda x: (jnp.zeros_like(x) + mean, jnp.full_like(x, LOG_VARIANCE)),
        "decode": lambda z: z,
        "log_likelihood": lambda x, center: jax.scipy.stats.norm.logpdf(x, center)[:, 0],
    }


def observed():
    return jnp.array([[X]])


def test_the_bound_is_the_log_of_the_derived_average():
    average = next(iter(derivation_bounds.iwae_bound().end.atoms(Average)))
    weights = sp.IndexedBase("w", real=True)
    closed = sp.log(average.formula().xreplace({average.term: weights[average.index]}))
    closed = closed.subs(average.count, SAMPLES).doit()
    names = sp.symbols(f"w_1:{SAMPLES + 1}", positive=True)
    closed = closed.xreplace({weights[n + 1]: name for n, name in enumerate(names)})
    values = jnp.exp(log_importance_weights(observed(), **model(), key=KEY, samples=SAMPLES))
    found = iwae_bound(observed(), **model(), key=KEY, samples=SAMPLES)
    np.testing.assert_allclose(found[0], to_jax(closed, names)(*values[:, 0]), rtol=1e-12)


def test_the_double_gradient_is_the_sum_of_the_derived_terms():
    d = derivation_bounds
    end = d.doubly_reparameterized_gradient().end
    weight, slope = sp.symbols("weight slope", real=True)
    prime = sp.Function("w'", real=True)(d.z)
    term = to_jax(end.xreplace({d.w(d.z): weight, prime: slope}), [weight, slope, d.c])
    noise = jax.vmap(lambda key: jax.random.normal(key, (1, 1)))(jax.random.split(KEY, SAMPLES))
    latent = MEAN + np.exp(LOG_VARIANCE / 2) * noise[:, 0, 0]

    def weight_at(z):
        logpdf = jax.scipy.stats.norm.logpdf
        log_q = logpdf(z, MEAN, np.exp(LOG_VARIANCE / 2))
        return jnp.exp(logpdf(z) + logpdf(X, z) - log_q)

    values, slopes = jax.vmap(jax.value_and_grad(weight_at))(latent)
    wanted = jnp.sum(term(values, slopes, values.sum() - values))
    bound = lambda mean: dreg_bound(observed(), **model(mean), key=KEY, samples=SAMPLES)[0]  # noqa: E731
    np.testing.assert_allclose(jax.grad(bound)(MEAN), wanted, rtol=1e-10)


def test_the_gap_is_the_derived_one_where_the_variance_is_known():
    """Integrals over a line for the moments of the weight; many draws for the bound."""
    line = jnp.linspace(-12, 12, 20_001)
    logpdf = jax.scipy.stats.norm.logpdf
    log_q = logpdf(line, MEAN, np.exp(LOG_VARIANCE / 2))
    ratio = jnp.exp(logpdf(line) + logpdf(X, line) - log_q - logpdf(X, 0, 2**0.5))
    cell = line[1] - line[0]
    variance = jnp.sum(jnp.exp(log_q) * (ratio - 1) ** 2) * cell
    samples, groups = 40, 40_000
    drawn = log_importance_weights(observed(), **model(), key=KEY, samples=samples * groups)
    log_mean = jax.nn.logsumexp(drawn.reshape(groups, samples), axis=1) - np.log(samples)
    log_mean = log_mean - logpdf(X, 0, 2**0.5)
    quiet = np.asarray(jnp.exp(log_mean) - 1 - log_mean)
    expected = to_jax(_gap_formula(), sp.symbols("k V", positive=True))(samples, variance)
    error = quiet.std(ddof=1) / groups**0.5
    assert error < 0.02 * expected
    assert abs(quiet.mean() - expected) < 4 * error + 0.03 * expected


def _gap_formula() -> sp.Expr:
    """log p(x) less the end of the derivation, with V for Var[w] and p = 1."""
    end = derivation_bounds.iwae_gap().end
    k, size = sp.symbols("k V", positive=True)
    mean, spread = next(iter(end.atoms(Expectation))), next(iter(end.atoms(Variance)))
    return -end.xreplace({spread: size, mean: sp.Integer(1), derivation_bounds.k: k})
