"""Two cures for posterior collapse: a divergence with a free allowance, and one that warms up."""

import jax
import jax.core
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Num

__all__ = ["free_bits", "kl_warmup"]


def free_bits(
    kl: Float[Array, "batch groups"], free_nats: float | Num[Array, ""]
) -> Float[Array, ""]:
    r"""KL divergence of a batch in which every group may use some nats for free.

    .. math:: \sum_{j} \max\!\left( \lambda,\; \frac1M \sum_{i=1}^{M} D_{KL}^{(j)}(x^{(i)}) \right)

    It takes the place of the KL divergence in the loss. A group below its allowance gets no
    gradient from it, so that nothing drives its divergence to zero; above, the gradient is that of
    the KL. As :math:`\max(\lambda, t) \ge t`, the objective with free bits is a lower bound of the
    ELBO.

    Args:
        kl: divergence of each example and group, in nats. A group is one latent dimension or
            several together; the terms of a diagonal Gaussian are
            ``gaussian_kl(mean[..., None], log_variance[..., None])``.
        free_nats: :math:`\lambda`, nats for each group, at least 0; with 0 this is the mean KL.
            It may be traced.

    Raises:
        ValueError: if ``free_nats`` is not a finite number of at least 0, or ``kl`` has no rows
            and columns.

    References:
        Kingma et al. (2016), "Improving variational inference with inverse autoregressive flow",
        on free bits.
    """
    if kl.ndim != 2 or 0 in kl.shape:
        raise ValueError(f"kl must have the shape (batch, groups), got {kl.shape}")
    _require_nonnegative("free_nats", free_nats)
    return jnp.sum(jnp.maximum(kl.mean(axis=0), free_nats))


def kl_warmup(step: int | Int[Array, ""], steps: float | Num[Array, ""]) -> Float[Array, ""]:
    r"""Weight of the KL divergence that rises in a straight line from 0 to 1.

    .. math:: \beta_t = \min(1, t / T)

    Args:
        step: t, steps taken so far, at least 0.
        steps: T, at least 0; with 0 the weight is 1 from the start. It may be traced.

    Raises:
        ValueError: if ``step`` or ``steps`` is not a finite number of at least 0.

    References:
        Bowman et al. (2016), section 3.1.
    """
    _require_nonnegative("step", step)
    _require_nonnegative("steps", steps)
    return jnp.where(step < steps, step / jnp.maximum(steps, 1e-9), 1.0)


def _require_nonnegative(name: str, value: int | float | Array):
    if not isinstance(value, jax.core.Tracer) and not 0 <= value < float("inf"):
        raise ValueError(f"{name} must be a finite number of at least 0, got {value}")
