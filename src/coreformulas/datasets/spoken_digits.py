"""The Free Spoken Digit Dataset: single digits, said by six speakers."""

import io
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from .storage import DataFile, read_file

__all__ = ["SPEECH_RATE", "SpokenDigits", "load_spoken_digits"]

SPEECH_RATE = 8000
"""Samples of a recording of speech in a second."""

# The recordings are published one by one; this file holds the samples of all of them.
PACKED = DataFile(
    "fsdd/fsdd.npz", "b4dbbf69dfdecbe1dcfeeb9d14880754e6d3f7beecdabb64fe3f286e65dce901"
)
TEST_TAKES = 5
"""The first takes of each digit by each speaker are for testing."""


class SpokenDigits(NamedTuple):
    """Recordings of single digits.

    Attributes:
        audio: samples of each recording, at ``SPEECH_RATE``, of whatever length and loudness.
        digits: what was said.
        speakers: who said it, from 0 to 5.
    """

    audio: tuple[Int[np.ndarray, " samples"], ...]
    digits: Int[np.ndarray, " recordings"]
    speakers: Int[np.ndarray, " recordings"]


def load_spoken_digits() -> tuple[SpokenDigits, SpokenDigits]:
    """Read the recordings to train on, 2,700, and those to test on, 300.

    The split is that of the data set: of the 50 times that each speaker said each digit, the first
    five are for testing. All speakers are in both.

    The file ``fsdd/fsdd.npz`` is read from the folder that ``COREFORMULAS_DATA`` names. It holds
    the samples of all published recordings in one row (``audio``, int16), where each begins
    (``offsets``), and for each ``digit``, ``speaker`` and ``take``.

    Raises:
        DatasetError: if the file is missing or damaged.

    References:
        Z. Jackson et al. (2018), Free Spoken Digit Dataset, version 1.0.8, CC BY-SA 4.0.
    """
    with np.load(io.BytesIO(read_file(PACKED)), allow_pickle=False) as archive:
        audio, offsets = archive["audio"], archive["offsets"]
        digits, speakers = archive["digit"], archive["speaker"]
        testing = archive["take"] < TEST_TAKES
    recordings = np.split(audio, offsets[1:-1])

    def of(chosen: np.ndarray) -> SpokenDigits:
        rows = np.flatnonzero(chosen)
        return SpokenDigits(tuple(recordings[row] for row in rows), digits[rows], speakers[rows])

    return of(~testing), of(testing)
