"""Sound as frames: how much power each band of frequencies has, moment by moment."""

import numpy as np
from jaxtyping import Array, Float

__all__ = ["log_spectrogram", "power_spectrogram"]


def power_spectrogram(
    audio: Float[np.ndarray | Array, "recordings samples"], *, window: int, hop: int
) -> Float[np.ndarray, "recordings frames bands"]:
    r"""Power in each band and frame,

    .. math::
        P_{t, k} = \Bigl| \sum_{n=0}^{N-1} w_n \, x_{tH + n} \, e^{-2 \pi i k n / N} \Bigr|^2,
        \qquad w_n = \sin^2 \frac{\pi (n + 1/2)}{N}, \qquad k = 0, \ldots, \lfloor N / 2 \rfloor

    Band k lies around k / N times the sample rate. What is left at the end is dropped.

    Args:
        audio: x.
        window: N, samples in a frame.
        hop: H, samples from one frame to the next.

    Raises:
        ValueError: if the recordings are shorter than a window, or a number is below 1.
    """
    audio = np.asarray(audio)
    if window < 1 or hop < 1:
        raise ValueError(f"window and hop must be at least 1, got {window} and {hop}")
    if audio.shape[-1] < window:
        raise ValueError(f"audio must have at least {window} samples, got {audio.shape[-1]}")
    shape = np.sin(np.pi * (np.arange(window) + 0.5) / window).astype(audio.dtype) ** 2
    frames = np.lib.stride_tricks.sliding_window_view(audio, window, axis=-1)[:, ::hop]
    # One recording at a time: the frames overlap, and all of them at once would fill the memory.
    return np.stack([np.abs(np.fft.rfft(shape * each)) ** 2 for each in frames])


def log_spectrogram(
    audio: Float[np.ndarray | Array, "recordings samples"],
    *,
    window: int,
    hop: int,
    bands: slice = slice(None),
) -> Float[np.ndarray, "recordings frames bands"]:
    """Logarithms of the power, with mean 0 and variance 1 over all of each recording.

    So the loudness of a recording says nothing.

    Args:
        audio: as for :func:`power_spectrogram`.
        window: as there.
        hop: as there.
        bands: those that are kept, of ``window // 2 + 1``.

    Raises:
        ValueError: as there, or if no band is kept, or a recording is silent.
    """
    power = power_spectrogram(audio, window=window, hop=hop)[..., bands]
    if not power.shape[-1]:
        raise ValueError(f"bands must keep some of {window // 2 + 1}, got {bands}")
    loudest = power.max(axis=(1, 2), keepdims=True)
    if not loudest.all():
        raise ValueError("audio must not be silent in the bands that are kept")
    # Digital silence has no logarithm; eighty decibels below the loudest is as good as nothing.
    logs = np.log(np.maximum(power, 1e-8 * loudest))
    logs -= logs.mean(axis=(1, 2), keepdims=True)
    return (logs / logs.std(axis=(1, 2), keepdims=True)).astype(np.float32)
