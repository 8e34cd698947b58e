from .active_units import active_units
from .agreement import meet
from .edit_distance import Edits, character_error_rate, count_edits
from .likelihood import MarginalLogLikelihood, marginal_log_likelihood
from .modes import ModeCoverage, forward_kl, mode_coverage, reverse_kl
from .moments import match_moments
from .mutual_information import aggregate_kl, mutual_information
from .precision_recall import Nearest, PrecisionRecall, nearest, precision_recall
from .sharpness import gradient_energy, laplacian_variance
from .uncertainty import Estimate, mean_and_standard_error
from .wasserstein import wasserstein_1d

__all__ = [
    "Edits",
    "Estimate",
    "MarginalLogLikelihood",
    "ModeCoverage",
    "Nearest",
    "PrecisionRecall",
    "active_units",
    "aggregate_kl",
    "character_error_rate",
    "count_edits",
    "forward_kl",
    "gradient_energy",
    "laplacian_variance",
    "marginal_log_likelihood",
    "match_moments",
    "mean_and_standard_error",
    "meet",
    "mode_coverage",
    "mutual_information",
    "nearest",
    "precision_recall",
    "reverse_kl",
    "wasserstein_1d",
]
