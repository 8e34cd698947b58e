"""``train transformer --data fsdd``: spoken digits into the digits."""

from typing import Any

import jax
import numpy as np
from jaxtyping import Bool

from coreformulas.datasets import SpokenDigits, load_spoken_digits, log_spectrogram
from coreformulas.transformer.frames import Frames
from coreformulas.transformer.model import EncoderDecoder
from coreformulas.transformer.recipe import Recipe
from coreformulas.transformer.run import train_by
from coreformulas.transformer.sampling import greedy
from coreformulas.transformer.update import Transcripts

__all__ = ["RECIPE", "train"]

RECIPE = Recipe(
    width=96,
    heads=4,
    layers=2,
    hidden=192,
    dropout=0.2,
    smoothing=0.1,
    steps=2500,
    batch_size=64,
    learning_rate=2e-3,
    warm_up=250,
)
WINDOW, HOP = 256, 128
"""Of the spectrogram, in samples: 32 and 16 ms."""
BANDS = 128
STRIDE, CONTEXT = 2, 6
"""Frames for each vector that the encoder gets, and around it."""
MOST_FRAMES = 64
"""What is longer is cut off there, after a second."""
SPEEDS = 0.9, 1.0, 1.1
"""Each recording is trained on at its speed, slower and faster."""
END, FIRST_DIGIT = 2, 3
ROWS = 100


def train(seed: int, recipe: Recipe) -> dict[str, Any]:
    """Train on the recordings, and return the record: share of digits that are heard right.

    Raises:
        DatasetError: if the data cannot be read.
        ValueError: if the recipe is out of range.
    """
    recordings, held_out = load_spoken_digits()
    weights_key, key = jax.random.split(jax.random.key(seed))
    config = recipe.recognizer(
        length=MOST_FRAMES // STRIDE,
        bands=BANDS,
        stride=STRIDE,
        window=CONTEXT,
        target_vocabulary=FIRST_DIGIT + 10,
    )
    data = transcripts(recordings, SPEEDS)
    model, record = train_by(recipe, config, data, weights_key=weights_key, key=key)
    return {
        **record,
        "examples": {"recordings": len(recordings.audio), "trained_on": len(data.target)},
        "results": {"test": _measured(model, held_out)},
    }


def _measured(model: EncoderDecoder, recordings: SpokenDigits) -> dict[str, Any]:
    """Share of the digits that are heard right, with its binomial standard error."""
    right = is_heard(model, transcripts(recordings, (1.0,)))
    share = float(right.mean())
    return {
        "recordings": len(right),
        "right": int(right.sum()),
        "accuracy": round(share, 6),
        "standard_error": round((share * (1 - share) / len(right)) ** 0.5, 6),
        "right_by_speaker": {
            str(speaker): int(right[recordings.speakers == speaker].sum())
            for speaker in np.unique(recordings.speakers)
        },
    }


def transcripts(recordings: SpokenDigits, speeds: tuple[float, ...]) -> Transcripts:
    """Frames of all recordings at all speeds, and for each the digit and the end token."""
    values, lengths = [], []
    for speed in speeds:
        for audio in recordings.audio:
            places = np.arange(0, len(audio) - 1, speed)
            sound = np.interp(places, np.arange(len(audio)), audio).astype(np.float32)
            frames = log_spectrogram(sound[None], window=WINDOW, hop=HOP, bands=slice(1, None))
            found = frames[0, :MOST_FRAMES]
            lengths.append(len(found))
            values.append(np.pad(found, ((0, MOST_FRAMES - len(found)), (0, 0))))
    said = np.tile(recordings.digits.astype(np.int32), len(speeds)) + FIRST_DIGIT
    targets = np.stack([said, np.full_like(said, END)], axis=1)
    return Transcripts(Frames(np.stack(values), np.array(lengths, np.int32)), targets)


def is_heard(model: EncoderDecoder, data: Transcripts) -> Bool[np.ndarray, " recordings"]:
    """Whether exactly the digit is written, by greedy choice."""
    written = [
        np.asarray(greedy(model, Frames(*(part[first : first + ROWS] for part in data.source))))
        for first in range(0, len(data.target), ROWS)
    ]
    return (np.concatenate(written)[:, : data.target.shape[1]] == data.target).all(axis=1)
