"""What vae/applications derives is what the package and plain linear algebra compute."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
from flax import nnx
from scipy.stats import binom

from coreformulas.evaluation import gradient_energy
from coreformulas.symbolic import KL, Expectation, Variance, to_jax
from coreformulas.vae import (
    VAE,
    VAEConfig,
    binomial_log_likelihood,
    elbo,
    make_codec,
)
from coreformulas.vae import derivation_blur as blur
from coreformulas.vae import derivation_compression as compression
from coreformulas.vae import derivation_denoising as denoising

CHANCE = np.random.default_rng(0)


def function_of(expr: sp.Expr, *names: str):
    symbols = {str(symbol): symbol for symbol in expr.free_symbols}
    return to_jax(expr, [symbols[name] for name in names])


@pytest.mark.parametrize("scale", [0.3, 1.0, 4.0])
def test_no_linear_filter_beats_the_derived_error(scale):
    """Least squares over all matrices, from the covariances, with nothing known of the axes."""
    factor = CHANCE.normal(size=(5, 5))
    covariance = factor @ factor.T
    best = covariance @ np.linalg.inv(covariance + scale**2 * np.eye(5))
    left = np.trace((best - np.eye(5)) @ covariance @ (best - np.eye(5)).T)
    error = left + scale**2 * np.trace(best @ best.T)
    formula = function_of(denoising.wiener_filter().end, "v", "s")
    derived = sum(float(formula(v, scale)) for v in np.linalg.eigvalsh(covariance))
    assert error == pytest.approx(derived, rel=1e-4)


def test_the_slope_of_the_likelihood_is_the_derived_one():
    derived = blur.binomial_slope().end
    (mean,) = derived.atoms(Expectation)
    formula = function_of(derived.xreplace({mean: sp.Symbol("m", real=True)}), "ell", "n", "m")
    counts = CHANCE.integers(0, 17, 50)

    def loss(logit):
        logits = jnp.full((50, 1), logit)
        return -binomial_log_likelihood(counts[:, None], logits, 16).mean()

    for logit in (-2.0, 0.1, 0.7):
        slope = jax.grad(loss)(logit)
        np.testing.assert_allclose(slope, formula(logit, 16, counts.mean()), rtol=1e-4, atol=1e-5)


def test_drawing_adds_the_derived_energy():
    """Two pixels at a time: the formula against exact sums over all pairs of counts."""
    pi = np.array([0.2, 0.7])
    counts = np.arange(17)
    chances = np.outer(*(binom.pmf(counts, 16, p) for p in pi))
    pairs = np.stack(np.meshgrid(counts, counts, indexing="ij"), axis=-1).reshape(-1, 1, 2)
    exact = (chances.ravel() * gradient_energy(pairs)).sum()
    words = [*blur.speckle().end.atoms(Variance), *blur.speckle().end.atoms(Expectation)]
    values = {}
    for word in words:
        p = pi[int(str(word.body)[-1]) - 1]  # x_1 or x_2
        values[word] = 16 * p * (1 - p) if isinstance(word, Variance) else 16 * p
    found = float(blur.speckle().end.xreplace(values))
    assert exact == pytest.approx(found)


def test_the_net_length_over_bins_is_the_derived_one():
    """One latent number: sums over all bins for the three lengths, and the divergence for two."""
    config = VAEConfig(observed=4, hidden=(8,), latent=1)
    model = VAE(config, rngs=nnx.Rngs(jax.random.key(0)))
    codec = make_codec(model, bin_bits=10)
    image = np.array([3, 16, 0, 9])
    q = codec.posterior(image)[0]
    q = np.maximum(q / q.sum(), 1e-300)
    pi = np.stack([codec.likelihood(np.array([k])) for k in range(codec.bins)])
    pixels = -binom.logpmf(image, 16, pi).sum(axis=1)
    lengths = pixels + np.log(codec.bins) + np.log(q)
    derived = compression.bits_back_length().end
    (divergence,), (log_likelihood,) = derived.atoms(KL), derived.atoms(Expectation)
    values = {divergence: (q * np.log(q * codec.bins)).sum(), log_likelihood: -(q * pixels).sum()}
    assert (q * lengths).sum() == pytest.approx(float(derived.xreplace(values)))
    terms = elbo(
        jnp.asarray(image[None]),
        encode=model.encode,
        decode=model.decode,
        log_likelihood=model.log_likelihood,
        key=jax.random.key(1),
        samples=4000,
    )
    assert (q * lengths).sum() == pytest.approx(-float(terms.value[0]), rel=0.01)
