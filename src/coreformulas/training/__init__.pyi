from .checkpoints import restore, save
from .history import History, NonFiniteMetric
from .loop import fit
from .progress import NoProgress, Progress, TqdmProgress
from .record import surroundings, write_record
from .step import ModelState, descend

__all__ = [
    "History",
    "ModelState",
    "NoProgress",
    "NonFiniteMetric",
    "Progress",
    "TqdmProgress",
    "descend",
    "fit",
    "restore",
    "save",
    "surroundings",
    "write_record",
]
