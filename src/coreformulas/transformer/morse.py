"""Recordings of Morse code as what a recognizer hears and writes."""

import numpy as np

from coreformulas.datasets import (
    LETTERS,
    Recordings,
    letter_tokens,
    log_spectrogram,
    tokens_to_letters,
)
from coreformulas.transformer.config import RecognizerConfig
from coreformulas.transformer.frames import Frames
from coreformulas.transformer.model import EncoderDecoder
from coreformulas.transformer.recipe import Recipe
from coreformulas.transformer.sampling import greedy
from coreformulas.transformer.update import Transcripts

__all__ = ["morse_recognizer", "morse_transcripts", "recognized"]

WINDOW, HOP = 64, 32
"""Of the spectrogram, in samples: 32 and 16 ms, where a dot takes about 50."""
BANDS = slice(15, 24)
"""From 470 to 720 Hz: all pitches, and little else."""
STRIDE, CONTEXT = 8, 48
"""Frames for each vector that the encoder gets, and around it: a long letter takes about 40."""


def morse_recognizer(recipe: Recipe, *, frames: int) -> RecognizerConfig:
    """The model for recordings of at most so many frames."""
    return recipe.recognizer(
        length=-(-frames // STRIDE),
        bands=BANDS.stop - BANDS.start,
        stride=STRIDE,
        window=CONTEXT,
        target_vocabulary=len(LETTERS),
    )


def morse_transcripts(
    recordings: Recordings, *, letters: int, frames: int | None = None
) -> Transcripts:
    """Frames of the recordings, and the tokens of their letters, up to so many.

    Args:
        recordings: from ``sample_recordings``.
        letters: of the longest message; the end token stands behind it.
        frames: that the recordings are filled up to, with padding; None for none.

    Raises:
        ValueError: if a message is longer, or the recordings have more frames already.
    """
    values = log_spectrogram(recordings.audio, window=WINDOW, hop=HOP, bands=BANDS)
    count, found = values.shape[:2]
    if frames is not None and frames < found:
        raise ValueError(f"frames must be at least {found} for these recordings, got {frames}")
    filled = np.pad(values, ((0, 0), (0, 0 if frames is None else frames - found), (0, 0)))
    heard = Frames(filled, np.full(count, found, np.int32))
    return Transcripts(heard, letter_tokens(recordings.messages, letters + 1))


def recognized(model: EncoderDecoder, heard: Frames, *, letters: int) -> tuple[str, ...]:
    """What the model writes by greedy choice, up to so many letters."""
    return tokens_to_letters(np.asarray(greedy(model, heard, length=letters + 1)))
