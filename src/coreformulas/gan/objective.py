r"""The losses of generative adversarial networks, as functions of what the discriminator says.

Pure JAX functions of one row of logits (or critic values) for real data and one for generated
data. Every loss is a mean over the batch; cross-entropies are in nats. The probability that the
discriminator assigns to "real" is :math:`D = \sigma(\ell) = 1 / (1 + e^{-\ell})`, and no loss ever
computes it: :math:`-\log D = \mathrm{softplus}(-\ell)` and :math:`-\log(1 - D) =
\mathrm{softplus}(\ell)` hold their digits where D itself is 0 or 1 to the last one.
"""

import jax.core
import jax.numpy as jnp
import numpy as np
from jax.nn import relu, softplus
from jaxtyping import Array, Float

__all__ = [
    "discriminator_loss",
    "generator_loss",
    "hinge_discriminator_loss",
    "hinge_generator_loss",
    "least_squares_discriminator_loss",
    "least_squares_generator_loss",
    "saturating_generator_loss",
    "wasserstein_critic_loss",
    "wasserstein_generator_loss",
]


def discriminator_loss(
    real_logits: Float[Array, " batch"], fake_logits: Float[Array, " batch"]
) -> Float[Array, ""]:
    r"""Binary cross-entropy of real against generated data, in nats.

    .. math::
        L_D = -\frac12 E_{x \sim p_\mathrm{data}}[\log D(x)]
            - \frac12 E_{z \sim p(z)}[\log(1 - D(G(z)))]

    The halves are the class priors: a classifier that sees as many real as generated examples.
    They move no optimum. At the optimum the loss is log 2 minus the Jensen-Shannon divergence.

    Args:
        real_logits: :math:`\ell` of real data.
        fake_logits: :math:`\ell` of generated data, as many.

    Raises:
        ValueError: if the two do not have one shape, (batch,), with batch >= 1, or, where values
            are known (outside ``jit``), one of them is not finite.

    References:
        Goodfellow (2016), section 3.2.1; Goodfellow et al. (2014), equation (1), is minus twice it.
    """
    _require_rows(real_logits=real_logits, fake_logits=fake_logits)
    return 0.5 * jnp.mean(softplus(-real_logits)) + 0.5 * jnp.mean(softplus(fake_logits))


def generator_loss(fake_logits: Float[Array, " batch"]) -> Float[Array, ""]:
    r"""The non-saturating loss of the generator, in nats.

    .. math:: L_G = -\frac12 E_{z \sim p(z)}[\log D(G(z))]

    This is not minus the discriminator's loss, so the game is no longer zero-sum. The gradient
    with respect to a logit is :math:`-\frac12 (1 - D)`: it is largest where the discriminator is
    sure of a fake.

    Raises:
        ValueError: as :func:`discriminator_loss`.

    References:
        Goodfellow (2016), section 3.2.3; Goodfellow et al. (2014), section 3.
    """
    _require_rows(fake_logits=fake_logits)
    return 0.5 * jnp.mean(softplus(-fake_logits))


def saturating_generator_loss(fake_logits: Float[Array, " batch"]) -> Float[Array, ""]:
    r"""The generator's part of the minimax game, in nats: minus its share of the other's loss.

    .. math:: L_G = \frac12 E_{z \sim p(z)}[\log(1 - D(G(z)))]

    The gradient with respect to a logit is :math:`-\frac12 D`: it vanishes (saturates) where the
    discriminator is sure of a fake.

    Raises:
        ValueError: as :func:`discriminator_loss`.

    References:
        Goodfellow et al. (2014), equation (1); Goodfellow (2016), section 3.2.2.
    """
    _require_rows(fake_logits=fake_logits)
    return -0.5 * jnp.mean(softplus(fake_logits))


def wasserstein_critic_loss(
    real_values: Float[Array, " batch"], fake_values: Float[Array, " batch"]
) -> Float[Array, ""]:
    r"""Minus what a critic f tells apart, in its own unit (that of x if f is 1-Lipschitz).

    .. math:: L_f = E_{z \sim p(z)}[f(G(z))] - E_{x \sim p_\mathrm{data}}[f(x)]

    Over all 1-Lipschitz f the least value is minus the Wasserstein distance
    :math:`W_1(p_\mathrm{data}, p_G)`. Nothing here keeps f 1-Lipschitz: see
    :func:`gradient_penalty` and ``GANConfig.spectral_norm``.

    Raises:
        ValueError: as :func:`discriminator_loss`.

    References:
        Arjovsky et al. (2017), equation (2).
    """
    _require_rows(real_values=real_values, fake_values=fake_values)
    return jnp.mean(fake_values) - jnp.mean(real_values)


def wasserstein_generator_loss(fake_values: Float[Array, " batch"]) -> Float[Array, ""]:
    r"""The part of the distance that the generator can change.

    .. math:: L_G = -E_{z \sim p(z)}[f(G(z))]

    Raises:
        ValueError: as :func:`discriminator_loss`.

    References:
        Arjovsky et al. (2017), theorem 3.
    """
    _require_rows(fake_values=fake_values)
    return -jnp.mean(fake_values)


def least_squares_discriminator_loss(
    real_values: Float[Array, " batch"],
    fake_values: Float[Array, " batch"],
    *,
    real_target: float = 1.0,
    fake_target: float = 0.0,
) -> Float[Array, ""]:
    r"""Squared distance of the discriminator's values (not squashed) from their targets.

    .. math::
        L_D = \frac12 E_{x \sim p_\mathrm{data}}[(D(x) - b)^2]
            + \frac12 E_{z \sim p(z)}[(D(G(z)) - a)^2]

    with :math:`b` = ``real_target`` and :math:`a` = ``fake_target``.

    Raises:
        ValueError: as :func:`discriminator_loss`.

    References:
        Mao et al. (2017), equation (2).
    """
    _require_rows(real_values=real_values, fake_values=fake_values)
    real = jnp.mean((real_values - real_target) ** 2)
    return 0.5 * real + 0.5 * jnp.mean((fake_values - fake_target) ** 2)


def least_squares_generator_loss(
    fake_values: Float[Array, " batch"], *, wanted: float = 1.0
) -> Float[Array, ""]:
    r"""Squared distance of the discriminator's values from what the generator wants to hear.

    .. math:: L_G = \frac12 E_{z \sim p(z)}[(D(G(z)) - c)^2]

    with :math:`c` = ``wanted``.

    Raises:
        ValueError: as :func:`discriminator_loss`.

    References:
        Mao et al. (2017), equation (2).
    """
    _require_rows(fake_values=fake_values)
    return 0.5 * jnp.mean((fake_values - wanted) ** 2)


def hinge_discriminator_loss(
    real_values: Float[Array, " batch"], fake_values: Float[Array, " batch"]
) -> Float[Array, ""]:
    r"""The hinge loss of a support vector machine between real and generated data.

    .. math::
        L_D = E_{x \sim p_\mathrm{data}}[\max(0, 1 - D(x))]
            + E_{z \sim p(z)}[\max(0, 1 + D(G(z)))]

    Raises:
        ValueError: as :func:`discriminator_loss`.

    References:
        Lim and Ye (2017); Miyato et al. (2018), equation (17).
    """
    _require_rows(real_values=real_values, fake_values=fake_values)
    return jnp.mean(relu(1 - real_values)) + jnp.mean(relu(1 + fake_values))


def hinge_generator_loss(fake_values: Float[Array, " batch"]) -> Float[Array, ""]:
    r"""The generator's loss against a hinge discriminator, the same as against a critic.

    .. math:: L_G = -E_{z \sim p(z)}[D(G(z))]

    Raises:
        ValueError: as :func:`discriminator_loss`.

    References:
        Lim and Ye (2017); Miyato et al. (2018), section 4.
    """
    _require_rows(fake_values=fake_values)
    return -jnp.mean(fake_values)


def _require_rows(**rows: Array):
    """Raise where rows differ in shape, are empty, or hold what is known not to be finite."""
    first_name, first = next(iter(rows.items()))
    for name, row in rows.items():
        if row.ndim != 1 or not row.size:
            raise ValueError(f"{name} must have shape (batch,), batch >= 1, got {row.shape}")
        if row.shape != first.shape:
            raise ValueError(
                f"{name} must have the shape of {first_name}, {first.shape}, got {row.shape}"
            )
        if isinstance(row, jax.core.Tracer):
            continue
        concrete = np.asarray(row)
        if not np.isfinite(concrete).all():
            bad = concrete[~np.isfinite(concrete)][0]
            raise ValueError(f"{name} must hold finite numbers, got {bad}")
