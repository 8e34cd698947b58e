"""Log-likelihoods of a decoder: log p(x | z) for counts, bits and real numbers, in nats.

Each sums over the last axis, the dimensions of x, and averages over nothing.
"""

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln
from jaxtyping import Array, Float, Num

__all__ = ["bernoulli_log_likelihood", "binomial_log_likelihood", "gaussian_log_likelihood"]


def binomial_log_likelihood(
    counts: Num[Array | np.ndarray, "*batch observed"],
    logits: Float[Array, "*batch observed"],
    trials: int,
) -> Float[Array, "*batch"]:
    r"""Log-probability of counts under independent binomial distributions, in nats.

    .. math::
        \log p(x \mid z) = \sum_i \left[ \log\binom{n}{x_i}
            + x_i \log \pi_i + (n - x_i) \log(1 - \pi_i) \right],
        \qquad \pi_i = \frac{1}{1 + e^{-l_i}}

    Args:
        counts: :math:`x`, whole numbers from 0 to ``trials``, of any number type.
        logits: :math:`l`, of the shape of ``counts``.
        trials: :math:`n`, at least 1.

    Returns:
        The sum over the last axis. Inside ``jit``, where values cannot be checked, a whole number
        outside 0 to ``trials`` gets its true log-probability, minus infinity.

    Raises:
        ValueError: if the shapes differ, ``trials`` is below 1, or ``counts`` holds anything but
            whole numbers from 0 to ``trials``.
    """
    if trials < 1:
        raise ValueError(f"trials must be at least 1, got {trials}")
    require_same_shape("counts", counts, "logits", logits)
    _require_values("counts", counts, trials, whole=True)
    successes = jnp.asarray(counts, logits.dtype)
    failures = trials - successes
    log_coefficient = gammaln(trials + 1.0) - gammaln(successes + 1) - gammaln(failures + 1)
    return jnp.sum(log_coefficient + _logit_terms(successes, logits, trials), axis=-1)


def bernoulli_log_likelihood(
    observed: Num[Array | np.ndarray, "*batch observed"], logits: Float[Array, "*batch observed"]
) -> Float[Array, "*batch"]:
    r"""Log-probability of binary data under independent Bernoulli distributions, in nats.

    .. math::
        \log p(x \mid z) = \sum_i \left[ x_i \log \pi_i + (1 - x_i) \log(1 - \pi_i) \right],
        \qquad \pi_i = \frac{1}{1 + e^{-l_i}}

    For values strictly between 0 and 1 the same expression is a negative cross-entropy, and no
    log-probability: it does not integrate to one.

    Args:
        observed: :math:`x`, values in [0, 1].
        logits: :math:`l`, of the shape of ``observed``.

    Returns:
        The sum over the last axis.

    Raises:
        ValueError: if the shapes differ, or ``observed`` holds anything outside [0, 1].

    References:
        Kingma and Welling (2014), appendix C.1, equation (11).
    """
    require_same_shape("observed", observed, "logits", logits)
    _require_values("observed", observed, 1, whole=False)
    ones = jnp.asarray(observed, logits.dtype)
    return jnp.sum(_logit_terms(ones, logits, 1), axis=-1)


def gaussian_log_likelihood(
    observed: Num[Array | np.ndarray, "*batch observed"],
    mean: Float[Array, "*batch observed"],
    log_variance: float | Float[Array, ""] = 0.0,
) -> Float[Array, "*batch"]:
    r"""Log-density of real numbers under a Gaussian with one variance for all dimensions, in nats.

    .. math::
        \log p(x \mid z) = -\frac12 \sum_i \left[ \frac{(x_i - m_i)^2}{\sigma^2}
            + \log(2 \pi \sigma^2) \right]

    A density may exceed one, so this may be positive, and it changes with the units of x.

    Args:
        observed: :math:`x`.
        mean: :math:`m`, of the shape of ``observed``.
        log_variance: :math:`\log \sigma^2`; learned with the weights, it settles at the logarithm
            of the mean squared error.

    Returns:
        The sum over the last axis.

    Raises:
        ValueError: if the shapes differ.

    References:
        Rybkin et al. (2021), on learning one :math:`\sigma`.
    """
    require_same_shape("observed", observed, "mean", mean)
    squares = (jnp.asarray(observed, mean.dtype) - mean) ** 2
    return -0.5 * jnp.sum(
        squares * jnp.exp(-log_variance) + jnp.log(2 * jnp.pi) + log_variance, axis=-1
    )


def _logit_terms(
    successes: Float[Array, "*shape"], logits: Float[Array, "*shape"], trials: int
) -> Float[Array, "*shape"]:
    """x l - n log(1 + e^l), with one exponential that cannot overflow.

    Grouped so that x l cancels against n max(l, 0) before the small rest is taken off: no digit is
    lost where all trials succeed at a large logit. Both parts take the same side at l = 0, so that
    the gradient there is x - n / 2; those of ``maximum`` and ``abs`` would not add up to it.
    """
    is_positive = logits > 0
    linear = successes * logits - trials * jnp.where(is_positive, logits, 0)
    return linear - trials * jnp.log1p(jnp.exp(jnp.where(is_positive, -logits, logits)))


def require_same_shape(name: str, array: Array | np.ndarray, other_name: str, other: Array):
    """Raise where two arrays do not have one shape; shapes are known inside jit too."""
    if array.shape != other.shape:
        raise ValueError(
            f"{name} must have the shape of {other_name}, {other.shape}, got {array.shape}"
        )


def _require_values(name: str, values: Array | np.ndarray, upper: int, *, whole: bool):
    """Raise where values leave 0 to upper; traced values have none yet and are let through."""
    if isinstance(values, jax.core.Tracer):
        return
    # NumPy, because a jax.numpy comparison of a constant would be staged, and unknown, inside jit.
    concrete = np.asarray(values)
    allowed = (concrete >= 0) & (concrete <= upper)
    if whole:
        allowed &= np.floor(concrete) == concrete
    if not allowed.all():
        kind = "whole numbers" if whole else "values"
        raise ValueError(f"{name} must hold {kind} from 0 to {upper}, got {concrete[~allowed][0]}")
