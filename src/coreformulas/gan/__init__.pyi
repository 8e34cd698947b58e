from .model import Discriminator, GANConfig, Generator
from .objective import (
    discriminator_loss,
    generator_loss,
    hinge_discriminator_loss,
    hinge_generator_loss,
    least_squares_discriminator_loss,
    least_squares_generator_loss,
    saturating_generator_loss,
    wasserstein_critic_loss,
    wasserstein_generator_loss,
)
from .penalties import gradient_penalty, r1_penalty, spectral_norms

__all__ = [
    "Discriminator",
    "GANConfig",
    "Generator",
    "discriminator_loss",
    "generator_loss",
    "gradient_penalty",
    "hinge_discriminator_loss",
    "hinge_generator_loss",
    "least_squares_discriminator_loss",
    "least_squares_generator_loss",
    "r1_penalty",
    "saturating_generator_loss",
    "spectral_norms",
    "wasserstein_critic_loss",
    "wasserstein_generator_loss",
]
