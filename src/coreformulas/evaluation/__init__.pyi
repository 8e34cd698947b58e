from .likelihood import MarginalLogLikelihood, marginal_log_likelihood
from .sharpness import gradient_energy, laplacian_variance
from .uncertainty import Estimate, mean_and_standard_error
from .wasserstein import wasserstein_1d

__all__ = [
    "Estimate",
    "MarginalLogLikelihood",
    "gradient_energy",
    "laplacian_variance",
    "marginal_log_likelihood",
    "mean_and_standard_error",
    "wasserstein_1d",
]
