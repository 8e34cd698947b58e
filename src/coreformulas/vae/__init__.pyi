from .autoregressive import (
    AutoregressiveConfig,
    AutoregressiveState,
    AutoregressiveVAE,
    autoregressive_state,
    make_autoregressive_update,
    sample_pixels,
    to_autoregressive_model,
)
from .compression import Codec, Message, compress, decompress, make_codec
from .denoising import add_noise, denoise, make_denoising_update
from .free_bits import free_bits, kl_warmup
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
from .refinement import Posterior, refine_posterior
from .sampling import Generated, LatentGrid, expected, latent_grid, reconstruct, sample
from .update import initial_state, make_update, to_model

__all__ = [
    "PPCA",
    "VAE",
    "AutoregressiveConfig",
    "AutoregressiveState",
    "AutoregressiveVAE",
    "Codec",
    "ElboTerms",
    "Generated",
    "LatentGrid",
    "LinearVAE",
    "LinearVAEConfig",
    "Message",
    "Posterior",
    "VAEConfig",
    "add_noise",
    "autoregressive_state",
    "bernoulli_log_likelihood",
    "binomial_log_likelihood",
    "cholesky_factor",
    "compress",
    "decompress",
    "denoise",
    "dreg_bound",
    "elbo",
    "expected",
    "fit_ppca",
    "free_bits",
    "gaussian_kl",
    "gaussian_kl_full",
    "gaussian_log_likelihood",
    "initial_state",
    "iwae_bound",
    "kl_warmup",
    "latent_grid",
    "linear_elbo",
    "linear_state",
    "log_importance_weights",
    "make_autoregressive_update",
    "make_codec",
    "make_denoising_update",
    "make_iwae_update",
    "make_linear_update",
    "make_update",
    "mean_field_gap",
    "negative_elbo",
    "ppca_log_likelihood",
    "ppca_posterior",
    "reconstruct",
    "refine_posterior",
    "reparameterize",
    "sample",
    "sample_pixels",
    "to_autoregressive_model",
    "to_linear_model",
    "to_model",
]
