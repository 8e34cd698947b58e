from .curves import learning_curves
from .images import image_grid
from .latent import latent_scatter
from .show import AccessibleFigure, show
from .style import COLORS, INK, LINE_STYLES, STYLE, new_figure

__all__ = [
    "COLORS",
    "INK",
    "LINE_STYLES",
    "STYLE",
    "AccessibleFigure",
    "image_grid",
    "latent_scatter",
    "learning_curves",
    "new_figure",
    "show",
]
