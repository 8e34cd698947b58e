"""The loss of a Transformer: the cross-entropy of the tokens to come, padding left out."""

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Integer

from coreformulas.transformer.checks import require_filled, require_tokens

__all__ = ["sequence_cross_entropy", "token_accuracy"]


def sequence_cross_entropy(
    logits: Float[Array, "*batch length vocabulary"],
    targets: Integer[Array | np.ndarray, "*batch length"],
    *,
    mask: Bool[Array | np.ndarray, "*batch length"] | None = None,
    smoothing: float | Float[Array, ""] = 0.0,
) -> Float[Array, ""]:
    r"""Cross-entropy in nats for each token that is not masked.

    .. math::
        L = -\frac{1}{N} \sum_{t \,:\, m_t} \sum_{v=1}^{V} q_t(v) \log p_t(v), \qquad
        q_t(v) = (1 - \varepsilon) \, [v = y_t] + \frac{\varepsilon}{V}, \qquad N = \sum_t m_t

    with :math:`p_t` the softmax of the logits. N counts the tokens of the whole batch, so that each
    token weighs the same, whatever the length of its sequence; what is masked has no part in the
    sum, in N or in the gradient. Without smoothing L is the mean of :math:`-\log p_t(y_t)`. With
    it, L cannot fall below the entropy of q.

    Args:
        logits: of the next token, at each position.
        targets: y, the token that comes; any number where the mask is False.
        mask: m, True where a token counts; None where all do.
        smoothing: :math:`\varepsilon`, at least 0 and below 1. May be traced.

    Returns:
        L in nats; 0 where nothing counts, which is an error outside compiled code.

    Raises:
        ValueError: if shapes do not fit, the batch is empty or masked whole, a target that counts
            is outside the vocabulary, or ``smoothing`` is out of range.

    References:
        Vaswani et al. (2017), section 5.4; Szegedy et al. (2016), section 7.
    """
    counted, targets = _checked(logits, targets, mask)
    if not isinstance(smoothing, jax.core.Tracer) and not 0 <= float(smoothing) < 1:
        raise ValueError(f"smoothing must be at least 0 and below 1, got {smoothing}")
    # log p(v) = logit(v) - log sum exp: the vocabulary is reduced, never written out again.
    logits = logits.astype(jnp.promote_types(logits.dtype, jnp.float32))
    expected = (1 - smoothing) * _of_targets(logits, targets) + smoothing * logits.mean(axis=-1)
    losses = jax.nn.logsumexp(logits, axis=-1) - expected
    return jnp.where(counted, losses, 0).sum() / jnp.maximum(counted.sum(), 1)


def token_accuracy(
    logits: Float[Array, "*batch length vocabulary"],
    targets: Integer[Array | np.ndarray, "*batch length"],
    *,
    mask: Bool[Array | np.ndarray, "*batch length"] | None = None,
) -> Float[Array, ""]:
    """Share of the tokens that count whose logit no other token's exceeds.

    Arguments and errors are those of :func:`sequence_cross_entropy`.
    """
    counted, targets = _checked(logits, targets, mask)
    hits = _of_targets(logits, targets) >= logits.max(axis=-1)
    return (hits & counted).sum() / jnp.maximum(counted.sum(), 1)


def _checked(
    logits: Array, targets: Array | np.ndarray, mask: Array | np.ndarray | None
) -> tuple[Array, Array]:
    """The mask, and the targets with a valid token in every masked place."""
    require_filled("logits", logits)
    if targets.shape != logits.shape[:-1]:
        raise ValueError(f"targets must have shape {logits.shape[:-1]}, got {targets.shape}")
    counted = jnp.ones(targets.shape, bool) if mask is None else jnp.asarray(mask)
    if counted.shape != targets.shape or counted.dtype != bool:
        raise ValueError(
            f"mask must be boolean and have shape {targets.shape}, "
            f"got {counted.dtype}{list(counted.shape)}"
        )
    if not isinstance(counted, jax.core.Tracer) and not np.asarray(counted).any():
        raise ValueError("mask must leave at least one token, got none")
    targets = jnp.where(counted, jnp.asarray(targets), 0)
    require_tokens("targets", targets, logits.shape[-1])
    return counted, targets


def _of_targets(logits: Array, targets: Array) -> Array:
    return jnp.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
