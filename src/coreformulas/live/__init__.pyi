from .figure import LiveFigure, live_scripts
from .ranges import pack_range, unpack_range
from .weights import pack_weights, unpack_weights

__all__ = [
    "LiveFigure",
    "live_scripts",
    "pack_range",
    "pack_weights",
    "unpack_range",
    "unpack_weights",
]
