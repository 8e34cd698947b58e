"""Colors that survive both themes, and text that a phone shows large enough."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from coreformulas.plotting import COLORS, INK, LINE_STYLES, new_figure


def luminance(color):
    """Relative luminance as WCAG 2 defines it."""
    channels = np.array(to_rgb(color))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("background", ["#ffffff", "#121212"])
@pytest.mark.parametrize("color", COLORS)
def test_colors_stand_out_in_both_themes(color, background):
    assert contrast(color, background) >= 3  # WCAG 2.1, success criterion 1.4.11


def test_no_line_is_told_by_color_alone():
    assert len(set(LINE_STYLES)) == len(LINE_STYLES) == len(COLORS) == len(set(COLORS))
    _, axes = new_figure()
    lines = [axes[0, 0].plot([0, 1])[0] for _ in COLORS]
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == len(COLORS)
    assert {line.get_linestyle() for line in lines} == set(LINE_STYLES)


def test_text_has_eleven_pixels_on_a_phone():
    figure, axes = new_figure()
    axes[0, 0].set_xlabel("step")
    pixels_per_point = 360 / (figure.get_figwidth() * 72)
    assert axes[0, 0].xaxis.label.get_fontsize() * pixels_per_point >= 10.9
    assert axes[0, 0].xaxis.get_ticklabels()[0].get_fontsize() * pixels_per_point >= 9.9


def test_a_new_figure_has_the_panels_that_were_asked_for():
    figure, axes = new_figure(3, 2, height=4.5, share_x=True)
    assert axes.shape == (3, 2)
    assert figure.get_figheight() == 4.5
    axes[0, 1].set_xlim(0, 7)
    assert axes[2, 1].get_xlim() == (0, 7)
    assert axes[2, 0].get_xlim() != (0, 7)
    assert axes[0, 0].spines["left"].get_edgecolor() == (*to_rgb(INK), 1)
