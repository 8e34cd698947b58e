"""``train transformer --data morse``: the sound of Morse code into letters."""

from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Key

from coreformulas.datasets import Recordings, sample_recordings, threshold_decoder
from coreformulas.evaluation import character_error_rate, count_edits
from coreformulas.transformer.model import EncoderDecoder
from coreformulas.transformer.morse import morse_recognizer, morse_transcripts, recognized
from coreformulas.transformer.recipe import Recipe
from coreformulas.transformer.run import train_by
from coreformulas.transformer.update import Transcripts

__all__ = ["RECIPE", "train"]

RECIPE = Recipe(
    width=64,
    heads=4,
    layers=2,
    hidden=128,
    dropout=0.0,
    smoothing=0.0,
    steps=6000,
    batch_size=64,
    learning_rate=4e-3,
    warm_up=100,
)
RECORDINGS, PART = 24_000, 2_000
"""In all, and drawn at once, which saves memory."""
LETTERS = 3
"""Of the longest message that is trained on."""
SECONDS = 2.8
TRAINING_SNR = -6.0, 9.0
TEST_SNR = -9.0, -6.0, -3.0, 0.0, 3.0, 6.0
TEST_RECORDINGS = 300
"""At each ratio."""


def train(seed: int, recipe: Recipe) -> dict[str, Any]:
    """Train, and return the record: errors by signal to noise ratio, beside those of a threshold.

    Raises:
        ValueError: if the recipe is out of range.
    """
    data_key, weights_key, key, test_key = jax.random.split(jax.random.key(seed), 4)
    data = _draw(data_key)
    config = morse_recognizer(recipe, frames=data.source.values.shape[1])
    model, record = train_by(recipe, config, data, weights_key=weights_key, key=key)
    results = {}
    for place, snr in enumerate(TEST_SNR):
        drawn = sample_recordings(
            TEST_RECORDINGS,
            letters=(1, LETTERS),
            snr=(snr, snr),
            seconds=SECONDS,
            key=jax.random.fold_in(test_key, place),
        )
        results[f"{snr:g}"] = _measured(model, drawn)
    return {
        **record,
        "examples": {"training": RECORDINGS, "test": TEST_RECORDINGS},
        "results": {"by_snr": results},
    }


def _draw(key: Key[Array, ""]) -> Transcripts:
    parts = [
        morse_transcripts(
            sample_recordings(
                PART, letters=(1, LETTERS), snr=TRAINING_SNR, seconds=SECONDS, key=part
            ),
            letters=LETTERS,
        )
        for part in jax.random.split(key, RECORDINGS // PART)
    ]
    return jax.tree.map(lambda *arrays: np.concatenate(arrays), *parts)


def _measured(model: EncoderDecoder, drawn: Recordings) -> dict[str, Any]:
    """Character error rates of the model and of the threshold decoder on the same recordings."""
    heard = morse_transcripts(drawn, letters=LETTERS).source
    answers = {
        "recognizer": recognized(model, heard, letters=2 * LETTERS),
        "threshold": tuple(threshold_decoder(audio) for audio in drawn.audio),
    }
    found = {}
    for name, written in answers.items():
        rate = character_error_rate(drawn.messages, written)
        edits = count_edits(drawn.messages, written)
        found[name] = {
            "character_error_rate": round(rate.mean, 6),
            "standard_error": round(rate.standard_error, 6),
            "missed": int(edits.missed.sum()),
            "added": int(edits.added.sum()),
            "replaced": int(edits.replaced.sum()),
            "letters": int(edits.length.sum()),
        }
    return found
