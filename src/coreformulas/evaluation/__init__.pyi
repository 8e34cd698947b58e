from .active_units import active_units
from .likelihood import MarginalLogLikelihood, marginal_log_likelihood
from .mutual_information import aggregate_kl, mutual_information
from .sharpness import gradient_energy, laplacian_variance
from .uncertainty import Estimate, mean_and_standard_error
from .wasserstein import wasserstein_1d

__all__ = [
    "Estimate",
    "MarginalLogLikelihood",
    "active_units",
    "aggregate_kl",
    "gradient_energy",
    "laplacian_variance",
    "marginal_log_likelihood",
    "mean_and_standard_error",
    "mutual_information",
    "wasserstein_1d",
]
