from .dynamics import (
    clip_critic,
    consensus_field,
    instance_noise_field,
    jacobian_eigenvalues,
    minimax_field,
    nonsaturating_field,
    penalized_wasserstein_field,
    r1_field,
    wasserstein_field,
)
from .experiment import METHODS, MIXTURES, MixtureRun, MixtureSettings, train_on_mixture
from .game import Rules, pack
from .model import Discriminator, GANConfig, Generator
from .networks import ConvolutionalDiscriminator, ConvolutionalGenerator
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
from .sampling import sample
from .seeds import fit_seeds
from .trajectories import (
    alternating_step,
    fitted_eigenvalues,
    flow_step,
    simultaneous_step,
    trajectory,
)
from .update import GANState, initial_state, make_update, to_generator

__all__ = [
    "METHODS",
    "MIXTURES",
    "ConvolutionalDiscriminator",
    "ConvolutionalGenerator",
    "Discriminator",
    "GANConfig",
    "GANState",
    "Generator",
    "MixtureRun",
    "MixtureSettings",
    "Rules",
    "alternating_step",
    "clip_critic",
    "consensus_field",
    "discriminator_loss",
    "fit_seeds",
    "fitted_eigenvalues",
    "flow_step",
    "generator_loss",
    "gradient_penalty",
    "hinge_discriminator_loss",
    "hinge_generator_loss",
    "initial_state",
    "instance_noise_field",
    "jacobian_eigenvalues",
    "least_squares_discriminator_loss",
    "least_squares_generator_loss",
    "make_update",
    "minimax_field",
    "nonsaturating_field",
    "pack",
    "penalized_wasserstein_field",
    "r1_field",
    "r1_penalty",
    "sample",
    "saturating_generator_loss",
    "simultaneous_step",
    "spectral_norms",
    "to_generator",
    "train_on_mixture",
    "trajectory",
    "wasserstein_critic_loss",
    "wasserstein_field",
    "wasserstein_generator_loss",
]
