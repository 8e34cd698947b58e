from .animation import ScrubbedFigure, scrubbed_paths
from .clouds import point_clouds
from .curves import learning_curves
from .images import image_grid
from .latent import latent_scatter
from .phase import Portrait, phase_grid, phase_portraits
from .show import AccessibleFigure, show
from .style import COLORS, INK, LINE_STYLES, STYLE, new_figure

__all__ = [
    "COLORS",
    "INK",
    "LINE_STYLES",
    "STYLE",
    "AccessibleFigure",
    "Portrait",
    "ScrubbedFigure",
    "image_grid",
    "latent_scatter",
    "learning_curves",
    "new_figure",
    "phase_grid",
    "phase_portraits",
    "point_clouds",
    "scrubbed_paths",
    "show",
]
