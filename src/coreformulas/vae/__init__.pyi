from .full_covariance import cholesky_factor, gaussian_kl_full
from .importance import dreg_bound, iwae_bound, log_importance_weights
from .iwae_update import make_iwae_update
from .likelihood import (
    bernoulli_log_likelihood,
    binomial_log_likelihood,
    gaussian_log_likelihood,
)
from .linear import (
    LinearVAE,
    LinearVAEConfig,
    linear_elbo,
    linear_state,
    make_linear_update,
    to_linear_model,
)
from .model import VAE, VAEConfig
from .objective import ElboTerms, elbo, gaussian_kl, negative_elbo, reparameterize
from .ppca import PPCA, fit_ppca, mean_field_gap, ppca_log_likelihood, ppca_posterior
from .sampling import Generated, LatentGrid, expected, latent_grid, reconstruct, sample
from .update import initial_state, make_update, to_model

__all__ = [
    "PPCA",
    "VAE",
    "ElboTerms",
    "Generated",
    "LatentGrid",
    "LinearVAE",
    "LinearVAEConfig",
    "VAEConfig",
    "bernoulli_log_likelihood",
    "binomial_log_likelihood",
    "cholesky_factor",
    "dreg_bound",
    "elbo",
    "expected",
    "fit_ppca",
    "gaussian_kl",
    "gaussian_kl_full",
    "gaussian_log_likelihood",
    "initial_state",
    "iwae_bound",
    "latent_grid",
    "linear_elbo",
    "linear_state",
    "log_importance_weights",
    "make_iwae_update",
    "make_linear_update",
    "make_update",
    "mean_field_gap",
    "negative_elbo",
    "ppca_log_likelihood",
    "ppca_posterior",
    "reconstruct",
    "reparameterize",
    "sample",
    "to_linear_model",
    "to_model",
]
