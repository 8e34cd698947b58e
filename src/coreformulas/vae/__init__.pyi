from .full_covariance import cholesky_factor, gaussian_kl_full
from .model import VAE, VAEConfig
from .objective import (
    ElboTerms,
    bernoulli_log_likelihood,
    binomial_log_likelihood,
    elbo,
    gaussian_kl,
    negative_elbo,
    reparameterize,
)
from .sampling import Generated, LatentGrid, expected, latent_grid, reconstruct, sample
from .update import VAEState, initial_state, make_update, to_model

__all__ = [
    "VAE",
    "ElboTerms",
    "Generated",
    "LatentGrid",
    "VAEConfig",
    "VAEState",
    "bernoulli_log_likelihood",
    "binomial_log_likelihood",
    "cholesky_factor",
    "elbo",
    "expected",
    "gaussian_kl",
    "gaussian_kl_full",
    "initial_state",
    "latent_grid",
    "make_update",
    "negative_elbo",
    "reconstruct",
    "reparameterize",
    "sample",
    "to_model",
]
