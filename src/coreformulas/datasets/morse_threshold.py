"""Morse code read without learning: energy, a threshold, and the length of a unit."""

from itertools import groupby

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from .morse import MORSE_CODE, MORSE_RATE, PITCHES, SPEEDS
from .spectrogram import power_spectrogram

__all__ = ["threshold_decoder"]

LETTER_OF = {code: letter for letter, code in MORSE_CODE.items()}
HOP = 8
DOT = 60 / 50 / SPEEDS[0] * MORSE_RATE
"""The longest dot, in samples. A filter as long as it lets the least noise in without smearing."""
WINDOW = round(DOT)
SMOOTH = 2 * round(DOT / HOP / 4) + 1
"""Frames of a median filter: half a dot."""
SQUELCH = 2.6
"""Over the noise, in root mean squares, which noise alone exceeds about once in 900 frames."""
TRACKING = 1.0
"""Seconds over which the pitch is taken to stand still."""


def threshold_decoder(audio: Float[np.ndarray, " samples"]) -> str:
    """Read one recording of letters by the energy at its pitch.

    1. The pitch: the band with the most power around each moment, among those where it may lie.
    2. The level: amplitude in that band, through a filter as long as a dot.
    3. Key down where the level is above Otsu's threshold, which parts the levels of this recording
       into two groups, and well above the noise, as the bands beside tell; a median over half a dot
       smooths single frames away.
    4. The unit: the one with which the lengths of marks and gaps are nearest to 1 and 3 units.
    5. Marks and gaps are long where they exceed two units.

    The receiver knows as much of the sending as one that has been trained on it: the range of
    speeds and pitches, and that there are no spaces.

    Args:
        audio: one recording, at ``MORSE_RATE``.

    Returns:
        The letters, "?" for marks that are no letter.

    References:
        Otsu (1979), for the threshold.
    """
    level, noise = _level(audio)
    down = level > max(otsu_threshold(level), SQUELCH * noise)
    return _read(ndimage.median_filter(down.astype(np.uint8), SMOOTH).astype(bool))


def otsu_threshold(values: Float[np.ndarray, " values"]) -> float:
    r"""The threshold that parts values into two groups with the most variance between their means.

    .. math:: \max_t \; n_0(t) \, n_1(t) \, (\mu_0(t) - \mu_1(t))^2

    References:
        Otsu (1979).
    """
    ordered = np.sort(values.astype(float))
    below = np.arange(1, len(ordered))
    sums = np.cumsum(ordered)
    above = len(ordered) - below
    distance = sums[:-1] / below - (sums[-1] - sums[:-1]) / above
    best = int(np.argmax(below * above * distance**2))
    return float((ordered[best] + ordered[best + 1]) / 2)


def _level(audio: Float[np.ndarray, " samples"]) -> tuple[Float[np.ndarray, " frames"], float]:
    """Amplitude at the pitch, frame by frame, and that of the noise, its root mean square."""
    # Half a frame on either side, so that frame t is about sample t times the hop.
    padded = np.pad(audio.astype(np.float64), WINDOW // 2)
    power = power_spectrogram(padded[None], window=WINDOW, hop=HOP)[0]
    bands = np.arange(power.shape[1]) * MORSE_RATE / WINDOW
    width = MORSE_RATE / WINDOW
    tones = (PITCHES[0] - width <= bands) & (bands <= PITCHES[1] + width)
    beside = (bands > 2 * width) & (bands < MORSE_RATE / 2 - 2 * width)
    beside &= (bands < PITCHES[0] - 4 * width) | (bands > PITCHES[1] + 4 * width)
    # The power of noise in a band is exponential: its mean is its median over log 2.
    noise = np.sqrt(np.median(power[:, beside]) / np.log(2))
    power = power[:, tones]
    frames = round(TRACKING * MORSE_RATE / HOP)
    steady = ndimage.uniform_filter1d(power, frames, axis=0, mode="nearest")
    strongest = steady.argmax(axis=1)
    tone = np.take_along_axis(power, strongest[:, None], axis=1)[:, 0]
    return np.sqrt(tone), float(noise)


def _read(down: Bool[np.ndarray, " frames"]) -> str:
    runs = [(on, len(list(run))) for on, run in groupby(down.tolist())]
    while runs and not runs[0][0]:
        runs.pop(0)
    while runs and not runs[-1][0]:
        runs.pop()
    if not runs:
        return ""
    unit = _unit(np.array([length for _, length in runs]))
    marks = ""
    for on, length in runs:
        long = length > 2 * unit
        marks += ("-" if long else ".") if on else (" " if long else "")
    return "".join(LETTER_OF.get(code, "?") for code in marks.split(" "))


def _unit(lengths: np.ndarray) -> float:
    """The unit, in frames, that the lengths fit best, all being 1 or 3 units but for noise."""
    # The range on either side is for what drifts.
    slowest, fastest = SPEEDS[0] / 1.1, SPEEDS[1] * 1.1
    units = 1.2 / np.geomspace(slowest, fastest, 40) * MORSE_RATE / HOP
    off = np.abs(np.log(lengths[None] / units[:, None]))
    longer = np.abs(np.log(lengths[None] / (3 * units[:, None])))
    return float(units[np.minimum(off, longer).sum(axis=1).argmin()])
