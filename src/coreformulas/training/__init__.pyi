from .checkpoints import restore, save
from .history import History, NonFiniteMetric
from .loop import fit
from .progress import NoProgress, Progress, TqdmProgress
from .record import kept_record, surroundings, write_record
from .seeds import fit_seeds
from .setting import with_setting
from .step import ModelState, descend
from .stopwatch import Stopwatch

__all__ = [
    "History",
    "ModelState",
    "NoProgress",
    "NonFiniteMetric",
    "Progress",
    "Stopwatch",
    "TqdmProgress",
    "descend",
    "fit",
    "fit_seeds",
    "kept_record",
    "restore",
    "save",
    "surroundings",
    "with_setting",
    "write_record",
]
