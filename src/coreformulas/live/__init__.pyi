from .figure import LiveFigure

__all__ = ["LiveFigure"]
