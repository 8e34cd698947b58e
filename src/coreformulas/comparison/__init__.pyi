from .beta import RECIPES, Recipe, effective_beta, effective_scale
from .bimodal import Bimodal, BimodalFit, bimodal_divergence, bimodal_fits
from .claims import READINGS, VERDICTS, Claim, Judgment, judge, ledger, read_ledger
from .contenders import Contender, gan_contender, transformer_contender, vae_contender
from .costs import Costs, costs, parameter_counts, sampling_seconds
from .digits_run import DigitsJudge, digits_contenders, digits_reference, digits_score
from .errata import ERRATA, Erratum
from .errata_measures import Finding
from .grid_run import (
    GRID_CELLS,
    GRID_SAMPLES,
    grid_contenders,
    grid_measures,
    grid_reference,
    grid_score,
)
from .growth import exponents, measure_costs, step_seconds
from .race import Trained, draw_all, train, train_for
from .readings import Quantity, Reading, below, over_seeds
from .record import budgets, contender_record, digest, score_record
from .scores import Score, expected_cross_entropy, sequence_log_likelihood, vae_score
from .stability import Outcomes, failures, stress
from .target import Cells, cell_probabilities, exact_entropy

__all__ = [
    "ERRATA",
    "GRID_CELLS",
    "GRID_SAMPLES",
    "READINGS",
    "RECIPES",
    "VERDICTS",
    "Bimodal",
    "BimodalFit",
    "Cells",
    "Claim",
    "Contender",
    "Costs",
    "DigitsJudge",
    "Erratum",
    "Finding",
    "Judgment",
    "Outcomes",
    "Quantity",
    "Reading",
    "Recipe",
    "Score",
    "Trained",
    "below",
    "bimodal_divergence",
    "bimodal_fits",
    "budgets",
    "cell_probabilities",
    "contender_record",
    "costs",
    "digest",
    "digits_contenders",
    "digits_reference",
    "digits_score",
    "draw_all",
    "effective_beta",
    "effective_scale",
    "exact_entropy",
    "expected_cross_entropy",
    "exponents",
    "failures",
    "gan_contender",
    "grid_contenders",
    "grid_measures",
    "grid_reference",
    "grid_score",
    "judge",
    "ledger",
    "measure_costs",
    "over_seeds",
    "parameter_counts",
    "read_ledger",
    "sampling_seconds",
    "score_record",
    "sequence_log_likelihood",
    "step_seconds",
    "stress",
    "train",
    "train_for",
    "transformer_contender",
    "vae_contender",
    "vae_score",
]
