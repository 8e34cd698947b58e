"""Denoising: a variational autoencoder whose encoder sees noisy images of clean ones."""

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Key, Num

from coreformulas.training import ModelState, descend
from coreformulas.vae.model import VAE, VAEConfig
from coreformulas.vae.objective import negative_elbo, reparameterize
from coreformulas.vae.sampling import expected
from coreformulas.vae.update import Update, to_model

__all__ = ["add_noise", "denoise", "make_denoising_update"]


def add_noise(
    images: Num[Array | np.ndarray, "batch observed"],
    scale: float | Float[Array, ""],
    *,
    key: Key[Array, ""],
) -> Float[Array, "batch observed"]:
    r"""Noisy images :math:`y = x + s \epsilon`, :math:`\epsilon \sim N(0, I)`, not clipped.

    Args:
        images: x, in the unit of the data.
        scale: s, the standard deviation of the noise, in the same unit, not negative.
        key: from ``jax.random.key``.

    Raises:
        ValueError: if ``scale`` is negative or not finite.
    """
    _require_scale(scale)
    clean = jnp.asarray(images, float)
    return clean + scale * jax.random.normal(key, clean.shape)


def make_denoising_update(
    config: VAEConfig,
    optimizer: optax.GradientTransformation,
    *,
    noise_scale: float | Float[Array, ""],
) -> Update:
    r"""Build the step that teaches the encoder to read clean images from noisy ones.

    .. math::
        L = -\frac1M \sum_i \left( E_{q(z \mid y^{(i)})}[\log p(x^{(i)} \mid z)]
            - D_{KL}(q(z \mid y^{(i)}) \| p(z)) \right), \qquad y = x + s \epsilon

    It is a bound on the log-likelihood of the *clean* image, because the ELBO is one for any q.

    Args:
        config: of the model that ``initial_state`` made.
        optimizer: the one given to ``initial_state``.
        noise_scale: s, in the unit of the data. It may be traced, so that ``jax.vmap`` trains for
            several at once.

    Returns:
        ``update(state, batch, key) -> (state, metrics)`` on batches of *clean* images, for
        ``coreformulas.training.fit``; metrics as those of ``make_update``.

    Raises:
        ValueError: if ``noise_scale`` is negative or not finite.

    References:
        Im et al. (2017), Denoising Criterion for Variational Auto-Encoding Framework.
    """
    _require_scale(noise_scale)

    def update(
        state: ModelState, batch: Num[Array, "batch observed"], key: Key[Array, ""]
    ) -> tuple[ModelState, dict[str, Float[Array, ""]]]:
        noise_key, latent_key = jax.random.split(key)
        noisy = add_noise(batch, noise_scale, key=noise_key)

        def loss_of(parameters):
            model = to_model(config, ModelState(parameters, state.optimizer))
            return negative_elbo(
                batch,
                encode=lambda _: model.encode(noisy),  # all that differs from make_update
                decode=model.decode,
                log_likelihood=model.log_likelihood,
                key=latent_key,
            )

        state, loss, terms = descend(state, optimizer, loss_of)
        return state, {"loss": loss, **terms}

    return update


def denoise(
    model: VAE,
    noisy: Float[Array | np.ndarray, "batch observed"],
    *,
    key: Key[Array, ""],
    samples: int = 16,
) -> Float[Array, "batch observed"]:
    r"""The mean image :math:`E_{q(z \mid y)}[E[x \mid z]]` of what the encoder reads from y.

    Args:
        model: trained on clean images, or by :func:`make_denoising_update`.
        noisy: y, in the unit of the data.
        key: from ``jax.random.key``.
        samples: draws of z for each image; their images are averaged, which is the best guess
            under squared error, where the image of the mean of z is not.

    Raises:
        ValueError: if ``samples`` is below 1.
    """
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    mean, log_variance = model.encode(noisy)

    def one(key: Key[Array, ""]) -> Float[Array, "batch observed"]:
        return expected(model, reparameterize(mean, log_variance, key=key))

    return jnp.mean(jax.vmap(one)(jax.random.split(key, samples)), axis=0)


def _require_scale(scale: float | Array) -> None:
    if not isinstance(scale, jax.core.Tracer) and not 0 <= scale < float("inf"):
        raise ValueError(f"noise scale must be a finite number of at least 0, got {scale}")
