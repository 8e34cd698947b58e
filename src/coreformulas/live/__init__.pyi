from .figure import LiveFigure
from .ranges import pack_range, unpack_range
from .weights import pack_weights, unpack_weights

__all__ = ["LiveFigure", "pack_range", "pack_weights", "unpack_range", "unpack_weights"]
