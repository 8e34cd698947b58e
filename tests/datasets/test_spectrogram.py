"""Spectrograms of sounds whose spectrum is known."""

import numpy as np
import pytest
from scipy import signal

from coreformulas.datasets import log_spectrogram, power_spectrogram


def test_power_is_that_of_another_implementation() -> None:
    audio = np.random.default_rng(0).normal(size=(2, 1000))
    found = power_spectrogram(audio, window=64, hop=24)
    shape = np.sin(np.pi * (np.arange(64) + 0.5) / 64) ** 2
    other = signal.ShortTimeFFT(shape, hop=8, fs=1.0)
    # Its frame p is centered on sample 8 p; ours starts at 24 t, its center 32 samples later.
    centers = 24 * np.arange(found.shape[1]) + 32
    columns = other.spectrogram(audio)[:, :, centers // 8 - other.p_min]
    np.testing.assert_allclose(found, columns.swapaxes(1, 2), rtol=1e-8, atol=1e-8)
    assert found.shape == (2, (1000 - 64) // 24 + 1, 33)


def test_a_tone_is_in_its_band() -> None:
    audio = np.sin(2 * np.pi * 10 / 64 * np.arange(1000))[None]
    power = power_spectrogram(audio, window=64, hop=32)
    assert (power.argmax(axis=2) == 10).all()
    # Of a tone of amplitude 1 the middle band gets a quarter of the squared sum of the window.
    np.testing.assert_allclose(power[0, :, 10], (32 / 2) ** 2, rtol=0.01)


def test_frames_are_standardized_and_loudness_says_nothing() -> None:
    audio = np.random.default_rng(1).normal(size=(3, 800)).astype(np.float32)
    frames = log_spectrogram(audio, window=64, hop=32, bands=slice(4, 12))
    assert frames.shape == (3, 24, 8)
    assert frames.dtype == np.float32
    np.testing.assert_allclose(frames.mean(axis=(1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(frames.std(axis=(1, 2)), 1, rtol=1e-5)
    louder = log_spectrogram(100 * audio, window=64, hop=32, bands=slice(4, 12))
    np.testing.assert_allclose(louder, frames, atol=1e-4)


def test_digital_silence_has_finite_frames() -> None:
    audio = np.zeros((1, 800))
    audio[:, 300:500] = np.sin(np.arange(200))
    assert np.isfinite(log_spectrogram(audio, window=64, hop=32)).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": 0}, "window and hop must be at least 1, got 0 and 32"),
        ({"window": 900}, "audio must have at least 900 samples, got 800"),
        ({"bands": slice(40, 50)}, "bands must keep some of 33"),
        ({}, "audio must not be silent"),
    ],
)
def test_bad_input_is_named(options, message) -> None:
    with pytest.raises(ValueError, match=message):
        log_spectrogram(np.zeros((1, 800)), **{"window": 64, "hop": 32} | options)
