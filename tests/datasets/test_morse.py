"""Morse code against the Recommendation's rules, read back from the sound itself."""

from collections.abc import Iterator
from itertools import groupby

import jax
import numpy as np
import pytest
from scipy import signal

from coreformulas.datasets import (
    LETTERS,
    MORSE_CODE,
    MORSE_RATE,
    Sending,
    keying,
    letter_tokens,
    longest_message,
    morse_audio,
    sample_recordings,
    tokens_to_letters,
)

KEY = jax.random.key(4)


def test_rows_of_the_table() -> None:
    # Mark by mark as Recommendation ITU-R M.1677-1 prints them.
    printed = "S ... O --- P .--. A .- R .-. I .. Q --.- Y -.-- X -..- C -.-. F ..-. L .-.. Z --.."
    pairs = printed.split()
    assert {MORSE_CODE[letter] for letter in pairs[::2]} == set(pairs[1::2])
    assert [MORSE_CODE[letter] for letter in pairs[::2]] == pairs[1::2]
    assert "".join(MORSE_CODE) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert len(set(MORSE_CODE.values())) == 26
    # All 30 patterns of one to four marks but the four that no letter has.
    assert sorted({len(code) for code in MORSE_CODE.values()}) == [1, 2, 3, 4]
    unused = {"..--", ".-.-", "---.", "----"}
    assert not unused & set(MORSE_CODE.values())


def test_the_standard_word_takes_fifty_units_with_the_gap_behind_it() -> None:
    assert len(keying("PARIS PARIS")) == 2 * 50 - 7


def runs(on) -> Iterator[tuple[bool, int]]:
    return ((bool(value), len(list(run))) for value, run in groupby(on))


def loud(audio: np.ndarray) -> np.ndarray:
    """Where the envelope of a tone of amplitude one is above a half."""
    return np.abs(np.asarray(signal.hilbert(audio))) > 0.5


def test_marks_and_gaps_have_their_lengths() -> None:
    assert list(runs(keying("AN E"))) == [
        (True, 1),
        (False, 1),
        (True, 3),  # A
        (False, 3),
        (True, 3),
        (False, 1),
        (True, 1),  # N
        (False, 7),
        (True, 1),  # E
    ]


def test_the_sound_has_its_speed_and_pitch_and_silence_around_it() -> None:
    sending = Sending(speed=(24.0, 24.0), pitch=(600.0, 600.0), start=0.25, phase=1.0)
    audio = morse_audio("PARIS", sending, samples=6000)
    unit = 1.2 / 24 * MORSE_RATE
    envelope = loud(audio)
    lengths = list(runs(envelope))
    assert abs(lengths[0][1] - 0.25 * MORSE_RATE) < 5
    wanted = [length for _, length in runs(keying("PARIS"))]
    found = [length / unit for _, length in lengths[1:-1]]
    np.testing.assert_allclose(found, wanted, atol=0.1)
    power = np.abs(np.fft.rfft(audio)) ** 2
    assert abs(np.fft.rfftfreq(6000, 1 / MORSE_RATE)[power.argmax()] - 600) < 1


def test_speed_and_pitch_drift_from_first_to_last() -> None:
    sending = Sending(speed=(20.0, 30.0), pitch=(500.0, 700.0))
    audio = morse_audio("EEEEEEEEEEEEEEEEEEEE", sending, samples=10_000)
    # Zero crossings count half periods, which needs no window.
    edges = [(on, length) for on, length in runs(loud(audio)) if on]
    np.testing.assert_allclose(edges[0][1], 1.2 / 20 * MORSE_RATE, rtol=0.1)
    np.testing.assert_allclose(edges[-1][1], 1.2 / 30 * MORSE_RATE, rtol=0.1)
    marks = np.flatnonzero(audio)
    for part, pitch in ((audio[marks[0] :][:120], 500), (audio[: marks[-1] + 1][-80:], 700)):
        crossings = np.count_nonzero(np.diff(np.signbit(part)))
        np.testing.assert_allclose(crossings / 2 / len(part) * MORSE_RATE, pitch, rtol=0.06)


def test_the_ratio_of_signal_to_noise_is_the_one_asked_for() -> None:
    for snr in (-6.0, 10.0):
        drawn = sample_recordings(60, letters=(3, 4), snr=(snr, snr), seconds=7.0, key=KEY)
        np.testing.assert_allclose((drawn.audio**2).mean(axis=1), 1, rtol=1e-4)
        ratios = []
        for audio, message in zip(drawn.audio, drawn.messages, strict=True):
            # Behind every message there is noise alone.
            noise = audio[int(longest_message(4) * MORSE_RATE) :].var()
            tone = (audio**2).sum() - noise * len(audio)
            sounding = keying(message).sum() * 1.2 / 24 * MORSE_RATE  # at the mean speed
            ratios.append(tone / sounding / noise)
        np.testing.assert_allclose(10 * np.log10(np.mean(ratios)), snr, atol=0.8)


def test_messages_are_drawn_evenly_and_from_the_key() -> None:
    def draw(key):
        return sample_recordings(500, letters=(1, 2), snr=(0.0, 6.0), seconds=2.5, key=key)

    drawn, again, other = draw(KEY), draw(KEY), draw(jax.random.key(5))
    assert drawn.messages == again.messages != other.messages
    np.testing.assert_array_equal(drawn.audio, again.audio)
    assert drawn.audio.shape == (500, 5000)
    assert np.mean([len(message) for message in drawn.messages]) == pytest.approx(1.5, abs=0.1)
    counts = np.unique(list("".join(drawn.messages)), return_counts=True)[1]
    assert len(counts) == 26
    # Chi-squared: 25 degrees of freedom.
    assert 9 < ((counts - counts.mean()) ** 2 / counts.mean()).sum() < 50


def test_letters_and_tokens() -> None:
    tokens = letter_tokens(("SOS", "E"), 5)
    assert [LETTERS[token] for token in tokens[0]] == ["S", "O", "S", "<end>", "<padding>"]
    assert tokens_to_letters(tokens) == ("SOS", "E")
    assert tokens_to_letters(np.array([[3, 4, 5]])) == ("ABC",)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: keying("sos"), "message must be capital letters in words, got 'sos'"),
        (lambda: keying(""), "message must be capital letters in words, got ''"),
        (lambda: keying("A  B"), "got 'A  B'"),
        (lambda: Sending(speed=(0.0, 20.0), pitch=(600.0, 600.0)), "speed must be above 0"),
        (
            lambda: Sending(speed=(20.0, 20.0), pitch=(600.0, 1000.0)),
            "pitch must be above 0 and below",
        ),
        (
            lambda: Sending(speed=(20.0, 20.0), pitch=(600.0, 600.0), start=-1.0),
            "start must be at least 0",
        ),
        (
            lambda: morse_audio(
                "E", Sending(speed=(20.0, 20.0), pitch=(600.0, 600.0)), samples=100
            ),
            "samples must be at least 120 for this message, got 100",
        ),
        (lambda: letter_tokens(("SOS",), 3), "messages must be at most 2 letters, got 'SOS'"),
        (lambda: drawn(count=0), "count must be at least 1, got 0"),
        (lambda: drawn(letters=(2, 1)), "letters must be an interval"),
        (lambda: drawn(snr=(2.0, 1.0)), "snr must be an interval"),
        (lambda: drawn(seconds=0.5), "seconds must be at least [0-9.]+ for 1 letters"),
    ],
)
def test_bad_input_is_named(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def drawn(**changes):
    options = {"count": 1, "letters": (1, 1), "snr": (0.0, 0.0), "seconds": 2.0} | changes
    return sample_recordings(options.pop("count"), **options, key=KEY)
