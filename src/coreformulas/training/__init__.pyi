from .checkpoints import restore, save
from .history import History, NonFiniteMetric
from .loop import fit
from .progress import NoProgress, Progress, TqdmProgress

__all__ = [
    "History",
    "NoProgress",
    "NonFiniteMetric",
    "Progress",
    "TqdmProgress",
    "fit",
    "restore",
    "save",
]
