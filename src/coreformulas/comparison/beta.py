r"""The beta that hides in a loss which averages where the ELBO sums.

Averaging over the batch hides nothing. Averaging over pixels or latents, or a weight in front of
either term, changes what the loss says a nat of divergence costs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

__all__ = ["RECIPES", "Recipe", "effective_beta", "effective_scale"]


def effective_beta(
    *,
    averaged_pixels: int = 1,
    averaged_latents: int = 1,
    likelihood_weight: float = 1.0,
    kl_weight: float = 1.0,
) -> float:
    r"""Weight of the KL divergence once the log-likelihood is a sum with weight one.

    .. math::
        \frac{s}{D} \sum_{i=1}^{D} r_i + \frac{w}{K} \sum_{k=1}^{K} \kappa_k
        = \frac{s}{D} \left( \sum_i r_i + \beta \sum_k \kappa_k \right),
        \qquad \beta = \frac{w D}{s K}, \quad r_i = -\log p(x_i \mid z)

    Args:
        averaged_pixels: :math:`D`, the number of dimensions of x that the first term is averaged
            over, channels included; 1 where it is summed.
        averaged_latents: :math:`K`, the number of dimensions of z that the KL divergence
            :math:`\sum_k \kappa_k` is averaged over; 1 where it is summed.
        likelihood_weight: :math:`s`, the factor of the first term.
        kl_weight: :math:`w`, the factor of the KL divergence.

    Returns:
        :math:`\beta`. At 1 the loss is the negative ELBO, but for a factor in front.

    Raises:
        ValueError: if a size is not a whole number of at least 1, ``likelihood_weight`` is not
            positive and finite, or ``kl_weight`` is negative or not finite.

    References:
        Higgins et al. (2017), equation (4); their :math:`\beta_\mathrm{norm} = \beta K / D`
        (section 4.2) is the :math:`w` of a loss that averages both terms.
    """
    for name, size in (
        ("averaged_pixels", averaged_pixels),
        ("averaged_latents", averaged_latents),
    ):
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise ValueError(f"{name} must be a whole number >= 1, got {size!r}")
    if not 0 < likelihood_weight < math.inf:
        raise ValueError(f"likelihood_weight must be positive and finite, got {likelihood_weight}")
    if not 0 <= kl_weight < math.inf:
        raise ValueError(f"kl_weight must be finite and at least 0, got {kl_weight}")
    return kl_weight * averaged_pixels / (likelihood_weight * averaged_latents)


def effective_scale(
    *,
    averaged_pixels: int = 1,
    averaged_latents: int = 1,
    likelihood_weight: float = 1.0,
    kl_weight: float = 1.0,
) -> float:
    r"""Standard deviation of the Gaussian decoder behind a squared error.

    .. math::
        \sum_i (x_i - m_i)^2 + \beta \sum_k \kappa_k
        = \beta \left( -\sum_i \log N(x_i; m_i, \sigma^2) + \sum_k \kappa_k \right) + \text{const},
        \qquad \sigma = \sqrt{\beta / 2}

    A squared error fixes no scale, so any beta is the exact ELBO of *some* Gaussian decoder. The
    first term of the loss is :math:`s \sum_i (x_i - m_i)^2 / D`, without a factor 1/2; where the
    code has one, it belongs into ``likelihood_weight``.

    Args and errors are those of :func:`effective_beta`, and ``kl_weight`` must be positive.

    Returns:
        :math:`\sigma`, in the unit of x.
    """
    beta = effective_beta(
        averaged_pixels=averaged_pixels,
        averaged_latents=averaged_latents,
        likelihood_weight=likelihood_weight,
        kl_weight=kl_weight,
    )
    if beta == 0:
        raise ValueError("kl_weight must be positive: without the KL no Gaussian fits, got 0")
    return math.sqrt(beta / 2)


@dataclass(frozen=True)
class Recipe:
    """How one public program writes its VAE loss.

    Attributes:
        name: the program.
        where: repository and path of the file that was read.
        first_term: what stands for the log-likelihood.
        averaged_pixels: pixels (times channels) that it is averaged over, 1 for a sum.
        averaged_latents: latents that the KL divergence is averaged over, 1 for a sum.
        likelihood_weight: factor of the first term.
        kl_weight: factor of the KL divergence.
    """

    name: str
    where: str
    first_term: Literal["cross-entropy", "squared error"]
    averaged_pixels: int = 1
    averaged_latents: int = 1
    likelihood_weight: float = 1.0
    kl_weight: float = 1.0

    def _arguments(self) -> dict:
        names = ("averaged_pixels", "averaged_latents", "likelihood_weight", "kl_weight")
        return {name: getattr(self, name) for name in names}

    @property
    def beta(self) -> float:
        """:func:`effective_beta` of this loss."""
        return effective_beta(**self._arguments())

    @property
    def scale(self) -> float | None:
        """:func:`effective_scale` for a squared error, None for a cross-entropy."""
        return effective_scale(**self._arguments()) if self.first_term == "squared error" else None


RECIPES: tuple[Recipe, ...] = (
    Recipe(
        "Flax, NNX toy example",
        "google/flax: examples/nnx_toy_examples/05_vae.py",
        "cross-entropy",
        averaged_pixels=784,
        averaged_latents=32,
        kl_weight=0.1,
    ),
    Recipe(
        "JAX AI Stack, digits tutorial",
        "jax-ml/jax-ai-stack: docs/source/digits_vae.md",
        "cross-entropy",
        averaged_pixels=64,
        averaged_latents=8,
        kl_weight=0.1,
    ),
    Recipe(
        "Generative Deep Learning, second edition",
        "davidADSP/Generative_Deep_Learning_2nd_Edition: "
        "notebooks/03_vae/02_vae_fashion/vae_fashion.ipynb",
        "cross-entropy",
        averaged_pixels=1024,
        likelihood_weight=500.0,
    ),
    Recipe(
        "PyTorch-VAE, VanillaVAE",
        "AntixK/PyTorch-VAE: models/vanilla_vae.py, configs/vae.yaml",
        "squared error",
        averaged_pixels=12288,
        kl_weight=0.00025,
    ),
    Recipe(
        "Keras, VAE example",
        "keras-team/keras-io: examples/generative/vae.py",
        "cross-entropy",
    ),
    Recipe("PyTorch, basic VAE example", "pytorch/examples: vae/main.py", "cross-entropy"),
)
"""Losses of public programs, as their code stood when this book read it, in November 2026."""
