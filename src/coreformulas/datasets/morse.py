"""Morse code as sound: a keyed tone whose speed and pitch drift, in white noise."""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

__all__ = [
    "LETTERS",
    "MORSE_CODE",
    "MORSE_RATE",
    "Recordings",
    "Sending",
    "keying",
    "letter_tokens",
    "longest_message",
    "morse_audio",
    "sample_recordings",
    "tokens_to_letters",
]

MORSE_RATE = 2000
"""Samples of a recording in a second."""

# fmt: off
MORSE_CODE = {
    "A": ".-", "B": "-...", "C": "-.-.", "D": "-..", "E": ".", "F": "..-.", "G": "--.",
    "H": "....", "I": "..", "J": ".---", "K": "-.-", "L": ".-..", "M": "--", "N": "-.",
    "O": "---", "P": ".--.", "Q": "--.-", "R": ".-.", "S": "...", "T": "-", "U": "..-",
    "V": "...-", "W": ".--", "X": "-..-", "Y": "-.--", "Z": "--..",
}
# fmt: on
"""Dots and dashes of the letters."""

LETTERS = ("<padding>", "<begin>", "<end>", *MORSE_CODE)
"""What a recognizer writes, in the order of the tokens."""

MARKS = {".": (True,), "-": (True, True, True)}
GAP_IN_LETTER, GAP_OF_LETTERS, GAP_OF_WORDS = 1, 3, 7
UNITS_PER_WORD = 50
"""Of "PARIS" and the gap behind it, by which speed is counted."""

SPEEDS = 22.0, 26.0
PITCHES = 550.0, 650.0
SPEED_DRIFT, PITCH_DRIFT = 0.1, 25.0
LONGEST_START = 0.2


def keying(message: str) -> Bool[np.ndarray, " units"]:
    """Whether the key is down, for each unit of time, from the first mark to the last.

    A dot takes one unit and a dash three; between the marks of a letter the key is up for one unit,
    between letters for three, between words for seven.

    Args:
        message: letters, and single spaces between words.

    Raises:
        ValueError: if there is no letter, or one that has no code, or a space too many.

    References:
        Recommendation ITU-R M.1677-1 (2009), annex 1.
    """
    words = message.split(" ")
    if "" in words or not set(message) <= {*MORSE_CODE, " "}:
        raise ValueError(f"message must be capital letters in words, got {message!r}")
    units: list[bool] = []
    for word in words:
        units += [False] * (GAP_OF_WORDS if units else 0)
        for place, letter in enumerate(word):
            units += [False] * (GAP_OF_LETTERS if place else 0)
            for number, mark in enumerate(MORSE_CODE[letter]):
                units += [False] * (GAP_IN_LETTER if number else 0)
                units += MARKS[mark]
    return np.array(units)


@dataclass(frozen=True, kw_only=True)
class Sending:
    """How a message is sent. Speed and pitch move evenly from their first value to their last.

    Attributes:
        speed: first and last, in words per minute: a unit takes 60 / 50 seconds over the speed.
        pitch: first and last, in hertz.
        start: silence before the first mark, in seconds.
        phase: of the tone at the beginning, in radians.

    Raises:
        ValueError: if a speed is not positive, a pitch is not between 0 and half the sample rate,
            or ``start`` is negative.
    """

    speed: tuple[float, float]
    pitch: tuple[float, float]
    start: float = 0.0
    phase: float = 0.0

    def __post_init__(self):
        """Check every field."""
        if not min(self.speed) > 0:
            raise ValueError(f"speed must be above 0, got {self.speed}")
        if not 0 < min(self.pitch) <= max(self.pitch) < MORSE_RATE / 2:
            raise ValueError(f"pitch must be above 0 and below {MORSE_RATE / 2}, got {self.pitch}")
        if not self.start >= 0:
            raise ValueError(f"start must be at least 0, got {self.start}")


def morse_audio(message: str, sending: Sending, *, samples: int) -> Float[np.ndarray, " samples"]:
    """A tone of amplitude 1 where the key is down, silence elsewhere, without noise.

    Args:
        message: as for :func:`keying`.
        sending: how it is sent.
        samples: length of the recording, at ``MORSE_RATE``.

    Raises:
        ValueError: as :func:`keying`, or if the message does not fit.
    """
    units = keying(message)
    # In the middle of each unit, so that the mean over a message is that of first and last.
    progress = (np.arange(len(units)) + 0.5) / len(units)
    speeds = sending.speed[0] + progress * (sending.speed[1] - sending.speed[0])
    ends = sending.start + np.cumsum(60 / UNITS_PER_WORD / speeds)
    edges = np.rint(MORSE_RATE * np.concatenate([[sending.start], ends])).astype(int)
    first, last = edges[0], edges[-1]
    if last > samples:
        raise ValueError(f"samples must be at least {last} for this message, got {samples}")
    audio = np.zeros(samples)
    pitch = np.linspace(*sending.pitch, last - first, endpoint=False)
    phase = sending.phase + 2 * np.pi * np.cumsum(pitch) / MORSE_RATE
    audio[first:last] = np.repeat(units, np.diff(edges)) * np.sin(phase)
    return audio


class Recordings(NamedTuple):
    """Messages and how they sound.

    Attributes:
        audio: at ``MORSE_RATE``, each recording scaled to a mean square of 1.
        messages: what was sent.
    """

    audio: Float[np.ndarray, "recordings samples"]
    messages: tuple[str, ...]


def sample_recordings(
    count: int,
    *,
    letters: tuple[int, int],
    snr: tuple[float, float],
    seconds: float,
    key: Key[Array, ""],
) -> Recordings:
    r"""Draw messages, how each is sent, and the noise.

    Number of letters, letters, speed (22 to 26 words per minute), its drift (up to a tenth either
    way), pitch (550 to 650 Hz), its drift (up to 25 Hz either way), start (up to 0.2 s) and signal
    to noise ratio are uniform and independent. The noise is white and Gaussian, and

    .. math:: \mathrm{SNR} = 10 \log_{10} \frac{a^2 / 2}{\sigma^2} \text{ dB}

    compares the power of the tone while it sounds with all of the noise, up to half the sample
    rate. The scale of a recording says nothing: a receiver sets it.

    Args:
        count: of the recordings.
        letters: the fewest and the most in a message; there are no spaces.
        snr: the lowest and the highest, in dB.
        seconds: length of each recording.
        key: for all draws.

    Raises:
        ValueError: if ``count`` is below 1, ``letters`` or ``snr`` is no interval, or the longest
            message would not fit.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    if not 1 <= letters[0] <= letters[1]:
        raise ValueError(f"letters must be an interval from 1 upward, got {letters}")
    if not -np.inf < snr[0] <= snr[1] < np.inf:
        raise ValueError(f"snr must be an interval, got {snr}")
    needed = longest_message(letters[1])
    if not seconds >= needed:
        raise ValueError(f"seconds must be at least {needed:.2f} for {letters[1]} letters")
    # NumPy's generator is as good here, and nothing has to be compiled.
    draw = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    samples = round(seconds * MORSE_RATE)
    lengths = draw.integers(letters[0], letters[1] + 1, count)
    alphabet = np.array(list(MORSE_CODE))
    messages = tuple("".join(draw.choice(alphabet, length)) for length in lengths)
    deviation = np.sqrt(0.5 * 10 ** (-draw.uniform(*snr, count) / 10)).astype(np.float32)
    audio = draw.standard_normal((count, samples), np.float32)
    for row, text in enumerate(messages):
        tone = morse_audio(text, _drawn(draw), samples=samples)
        sound = deviation[row] * audio[row] + tone.astype(np.float32)
        audio[row] = sound / np.sqrt(np.mean(sound**2))
    return Recordings(audio, messages)


def longest_message(letters: int) -> float:
    """Seconds that the slowest recording of the longest letters takes, with its start."""
    most = max(len(keying(letter)) for letter in MORSE_CODE)
    units = letters * (most + GAP_OF_LETTERS) - GAP_OF_LETTERS
    slowest = np.linspace(1, 1 - SPEED_DRIFT, 2 * units + 1)[1::2] * SPEEDS[0]
    return LONGEST_START + float(np.sum(60 / UNITS_PER_WORD / slowest))


def letter_tokens(messages: tuple[str, ...], length: int) -> Int[np.ndarray, "messages length"]:
    """Letters as tokens, the end token behind the last, then padding.

    Raises:
        ValueError: if a message is too long, or has a letter without a token.
    """
    tokens = np.zeros((len(messages), length), np.int32)
    for row, message in zip(tokens, messages, strict=True):
        if len(message) >= length or not set(message) <= set(MORSE_CODE):
            raise ValueError(f"messages must be at most {length - 1} letters, got {message!r}")
        row[: len(message) + 1] = [*(LETTERS.index(letter) for letter in message), 2]
    return tokens


def tokens_to_letters(tokens: Int[np.ndarray | Array, "messages length"]) -> tuple[str, ...]:
    """What was written up to the end token, or to the last place where there is none."""
    rows = np.asarray(tokens).tolist()
    return tuple(
        "".join(LETTERS[token] for token in row[: row.index(2) if 2 in row else None] if token > 2)
        for row in rows
    )


def _drawn(draw: np.random.Generator) -> Sending:
    speed, pitch = draw.uniform(*SPEEDS), draw.uniform(*PITCHES)
    return Sending(
        speed=(speed, speed * (1 + draw.uniform(-SPEED_DRIFT, SPEED_DRIFT))),
        pitch=(pitch, pitch + draw.uniform(-PITCH_DRIFT, PITCH_DRIFT)),
        start=draw.uniform(0, LONGEST_START),
        phase=draw.uniform(0, 2 * np.pi),
    )
