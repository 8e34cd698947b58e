r"""Each erratum of ``errata`` in numbers: what is stated, what is right, and what a program gives.

The last of the three comes from the losses of the package, from automatic differentiation or from
quadrature, and never from the formula that it judges.
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from coreformulas import gan, vae
from coreformulas.comparison.beta import RECIPES
from coreformulas.datasets import CHINESE, chinese_tokens
from coreformulas.transformer import sequence_cross_entropy

__all__ = ["Finding"]

FAKE, REAL = -6.0, 6.0
"""Logits at which the discriminator is all but sure: D is 0.0025 and 0.9975."""


@dataclass(frozen=True)
class Finding:
    """One quantity, three times.

    Attributes:
        quantity: what it is, with its unit.
        stated: by the formula as it was written.
        right: by the formula that holds.
        found: by a program that uses neither.
    """

    quantity: str
    stated: float
    right: float
    found: float


def _log_densities(x: Float[Array, "..."]) -> tuple[Array, Array]:
    """Logarithms of the densities of data and generator: two Gaussians, two apart."""
    return norm.logpdf(x, 1.0), norm.logpdf(x, -1.0)


def _log_ratio(x: Float[Array, "..."]) -> Array:
    real, fake = _log_densities(x)
    return real - fake


def inverted_discriminator() -> Finding:
    r"""Loss of the discriminator, in nats, by each logit, and the least one that Newton finds."""
    grid = jnp.linspace(-12.0, 12.0, 4801)
    real, fake = (jnp.exp(log) * (grid[1] - grid[0]) for log in _log_densities(grid))

    def loss(logits: Array) -> Array:
        return 0.5 * (real @ jax.nn.softplus(-logits) + fake @ jax.nn.softplus(logits))

    def step(logits: Array, _: None) -> tuple[Array, None]:
        chance = jax.nn.sigmoid(logits)
        slope = fake * chance - real * (1 - chance)
        return logits - slope / ((real + fake) * jnp.maximum(chance * (1 - chance), 0.05)), None

    logits, _ = jax.lax.scan(step, jnp.zeros_like(grid), length=400)
    stated, right = loss(-_log_ratio(grid)), loss(_log_ratio(grid))
    return Finding("loss of D (nats)", float(stated), float(right), float(loss(logits)))


def slope_of_probability() -> Finding:
    r"""Slope of :math:`D^*` at :math:`x = 1`, in 1 / unit of x, by automatic differentiation."""
    at = jnp.float32(1.0)

    def discriminator(x: Array) -> Array:
        real, fake = (jnp.exp(log) for log in _log_densities(x))
        return real / (real + fake)

    difference = sum(
        sign * jax.grad(lambda x, k=k: _log_densities(x)[k])(at) for k, sign in enumerate((1, -1))
    )
    chance = discriminator(at)
    right = chance * (1 - chance) * difference
    return Finding("slope of D", *map(float, (difference, right, jax.grad(discriminator)(at))))


def _slope(loss: Callable[[Array], Array], logit: float) -> float:
    """Slope of a loss of the generator in one logit, without the article's half."""
    return float(2 * jax.grad(lambda value: loss(value[None]))(jnp.float32(logit)))


def saturation_near_one() -> Finding:
    r"""Slope of :math:`\log(1 - D)` in the logit of an example that passes as real."""
    chance = float(jax.nn.sigmoid(REAL))
    found = _slope(gan.saturating_generator_loss, REAL)
    return Finding("slope where D is near 1", -(1 - chance), -chance, found)


def same_descent() -> Finding:
    r"""Slope of :math:`-\log D` in the logit of an example that is seen through."""
    chance = float(jax.nn.sigmoid(FAKE))
    found = _slope(gan.generator_loss, FAKE)
    return Finding("slope where D is near 0", -chance, -(1 - chance), found)


def hidden_beta() -> Finding:
    r"""What a nat of divergence costs in the units of a nat of likelihood, by two gradients."""
    recipe = next(r for r in RECIPES if r.name.startswith("Flax"))
    shape = (1, recipe.averaged_pixels)

    def loss(errors: Array, divergences: Array) -> Array:
        return (errors.mean(axis=-1) + recipe.kl_weight * divergences.mean(axis=-1)).mean()

    terms = jnp.ones(shape), jnp.ones((1, recipe.averaged_latents))
    of_error, of_divergence = jax.grad(loss, argnums=(0, 1))(*terms)
    found = float(of_divergence[0, 0] / of_error[0, 0])
    return Finding("β", recipe.kl_weight, recipe.beta, found)


def padding_counted() -> Finding:
    r"""Loss, in nats, of a model that guesses every token of 10000 numerals and knows padding."""
    tokens = chinese_tokens(np.arange(10_000))
    tokens = tokens[:, : (tokens != 0).sum(axis=-1).max()]  # as short as the longest row allows
    counted = tokens != 0
    logits = jnp.where(counted[..., None], 0.0, 30.0 * jax.nn.one_hot(tokens, len(CHINESE)))
    of_tokens = float(sequence_cross_entropy(logits, tokens, mask=counted))
    share, of_padding = (
        1 - counted.mean(),
        float(sequence_cross_entropy(logits, tokens, mask=~counted)),
    )
    right = (1 - share) * of_tokens + share * of_padding
    found = float(sequence_cross_entropy(logits, tokens))
    return Finding("mean over all places (nats)", of_tokens, float(right), found)


def _gaussian_elbo() -> tuple[float, float, float, float]:
    """Four parts for x = 1, with a standard prior and standard noise, and q(z | x) N(-1/2, 1).

    Mean log-likelihood, divergence from the prior, log evidence, and the mean of
    log p(x, z) / q(z | x), all but the second by quadrature.
    """
    z = np.linspace(-12.0, 12.0, 4801)
    width, log_likelihood, log_prior = z[1] - z[0], _log_normal(1.0 - z), _log_normal(z)
    log_q = _log_normal(z + 0.5)
    q = np.exp(log_q) * width
    divergence = float(vae.gaussian_kl(jnp.array([-0.5]), jnp.array([0.0])))
    evidence = np.log(np.exp(log_likelihood + log_prior).sum() * width)
    bound = q @ (log_likelihood + log_prior - log_q)
    return float(q @ log_likelihood), divergence, float(evidence), float(bound)


def _log_normal(x: np.ndarray) -> np.ndarray:
    return -(x**2) / 2 - np.log(2 * np.pi) / 2


def minimized_elbo() -> Finding:
    r"""Evidence minus ELBO: at most 0 as it was written, the divergence from the posterior."""
    _, _, evidence, bound = _gaussian_elbo()
    # z given x = 1 is N(1/2, 1/2); this is the divergence of N(-1/2, 1) from it.
    right = 0.5 * (2 + 2 * 1.0**2 - 1 - np.log(2))
    return Finding("evidence minus ELBO (nats)", 0.0, float(right), evidence - bound)


def maximized_kl() -> Finding:
    r"""The mean of :math:`\log p(x, z) / q(z \mid x)`, in nats, by quadrature."""
    fit, divergence, _, bound = _gaussian_elbo()
    return Finding("ELBO (nats)", fit + divergence, fit - divergence, bound)
