from .checkpoints import restore, save
from .history import History, NonFiniteMetric
from .loop import fit
from .progress import NoProgress, Progress, TqdmProgress
from .record import kept_record, surroundings, write_record
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
    "kept_record",
    "restore",
    "save",
    "surroundings",
    "write_record",
]
