from .figure import LiveFigure
from .ranges import pack_range, unpack_range

__all__ = ["LiveFigure", "pack_range", "unpack_range"]
