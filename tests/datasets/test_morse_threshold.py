"""The decoder without learning reads what can be read, and says nothing of noise."""

import jax
import numpy as np
import pytest

from coreformulas.datasets import (
    MORSE_CODE,
    MORSE_RATE,
    Sending,
    keying,
    morse_audio,
    otsu_threshold,
    sample_recordings,
    threshold_decoder,
)


def test_every_letter_is_read() -> None:
    sending = Sending(speed=(25.0, 23.0), pitch=(580.0, 600.0), start=0.1)
    noise = 1e-3 * np.random.default_rng(0).normal(size=4000)
    for pair in ("".join(pair) for pair in zip(MORSE_CODE, reversed(MORSE_CODE), strict=True)):
        assert threshold_decoder(morse_audio(pair, sending, samples=4000) + noise) == pair


def test_a_good_signal_is_read_without_an_error_and_a_poor_one_is_not() -> None:
    for snr, low, high in ((9.0, 1.0, 1.0), (0.0, 0.9, 1.0), (-6.0, 0.0, 0.6)):
        drawn = sample_recordings(
            40, letters=(2, 3), snr=(snr, snr), seconds=2.8, key=jax.random.key(1)
        )
        read = [threshold_decoder(audio) for audio in drawn.audio]
        right = np.mean([found == sent for found, sent in zip(read, drawn.messages, strict=True)])
        assert low <= right <= high


def test_the_scale_of_a_recording_says_nothing() -> None:
    drawn = sample_recordings(1, letters=(3, 3), snr=(6.0, 6.0), seconds=2.8, key=jax.random.key(2))
    assert threshold_decoder(1e-3 * drawn.audio[0]) == drawn.messages[0]


def test_marks_that_are_no_letter_are_a_question_mark() -> None:
    unit = round(1.2 / 24 * MORSE_RATE)
    five_dots = np.concatenate([keying("H"), [False, True]])
    tone = np.sin(2 * np.pi * 600 / MORSE_RATE * np.arange(len(five_dots) * unit))
    sound = np.pad(np.repeat(five_dots, unit) * tone, 400)
    noise = 1e-3 * np.random.default_rng(1).normal(size=len(sound))
    assert threshold_decoder(sound + noise) == "?"


def test_noise_alone_has_next_to_no_letters() -> None:
    draw = np.random.default_rng(2)
    read = [threshold_decoder(draw.normal(size=4000)) for _ in range(20)]
    assert np.mean([len(found) for found in read]) < 2
    assert threshold_decoder(np.zeros(4000)) == ""


def test_otsu_parts_two_groups_as_a_search_over_all_thresholds_does() -> None:
    draw = np.random.default_rng(3)
    values = np.concatenate([draw.normal(1, 0.5, 70), draw.normal(4, 1, 30)])

    def spread(threshold: float) -> float:
        low, high = values[values <= threshold], values[values > threshold]
        return len(low) * len(high) * (low.mean() - high.mean()) ** 2

    found = otsu_threshold(values)
    assert spread(found) == pytest.approx(max(spread(v) for v in np.sort(values)[:-1]))
    assert 2 < found < 3.2
