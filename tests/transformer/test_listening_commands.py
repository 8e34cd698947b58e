"""``train transformer`` on sounds: what is heard, what is measured, and the result that is kept."""

import argparse
import inspect
import json
import shlex
from typing import cast

import numpy as np
import pytest

from coreformulas.cli import main
from coreformulas.datasets import Recordings, SpokenDigits, sample_recordings
from coreformulas.training import kept_record
from coreformulas.transformer import EncoderDecoder, command, command_morse, command_spoken_digits
from coreformulas.transformer import morse as morse_module

TINY = ["--width", "16", "--heads", "2", "--layers", "1", "--hidden", "16", "--dropout", "0"]


def run(capsys, *arguments):
    assert main(["train", "transformer", "--seed", "0", *TINY, *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def spoken(seed: int, count: int) -> SpokenDigits:
    """Each digit a tone of its own pitch, and of another length and loudness each time."""
    draw = np.random.default_rng(seed)
    digits = np.arange(count) % 10

    def say(digit):
        time = np.arange(draw.integers(2000, 4000)) / 8000
        tone = np.sin(2 * np.pi * (500 + 300 * digit) * time)
        return (draw.uniform(300, 9000) * (tone + draw.normal(0, 0.1, len(time)))).astype(np.int16)

    return SpokenDigits(tuple(map(say, digits)), digits, np.arange(count) // 10 % 2)


def test_digits_are_heard(capsys, monkeypatch):
    splits = spoken(0, 100), spoken(1, 40)
    monkeypatch.setattr(command_spoken_digits, "load_spoken_digits", lambda: splits)
    monkeypatch.setattr(command_spoken_digits, "ROWS", 40)
    options = ["--steps", "150", "--warm-up", "10", "--batch-size", "50"]
    record = run(capsys, "--data", "fsdd", *options, "--learning-rate", "0.01")
    assert record["examples"] == {"recordings": 100, "trained_on": 300}
    test = record["results"]["test"]
    assert test["right"] >= 38
    assert test["accuracy"] == test["right"] / 40
    share = test["accuracy"]
    assert test["standard_error"] == pytest.approx((share * (1 - share) / 40) ** 0.5, abs=1e-6)
    assert sum(test["right_by_speaker"].values()) == test["right"]


def test_frames_of_a_recording_follow_its_speed():
    recordings = spoken(2, 10)
    data = command_spoken_digits.transcripts(recordings, (1.0, 0.5))
    lengths = data.source.lengths.reshape(2, 10)
    np.testing.assert_array_less(lengths[0], lengths[1])
    wanted = [(len(sound) - 1 - 256) // 128 + 1 for sound in recordings.audio]
    np.testing.assert_array_equal(lengths[0], wanted)
    assert data.target.tolist() == [[digit + 3, 2] for digit in range(10)] * 2


def test_errors_are_measured_for_both_decoders(monkeypatch):
    drawn = Recordings(np.ones((2, 2000), np.float32), ("SOS", "E"))
    monkeypatch.setattr(
        command_morse, "morse_transcripts", lambda *_, **__: argparse.Namespace(source=None)
    )
    monkeypatch.setattr(command_morse, "recognized", lambda *_, **__: ("SO", "E"))
    monkeypatch.setattr(command_morse, "threshold_decoder", lambda _: "TE")
    # Without the check of types that tests install: no model is needed here.
    found = inspect.unwrap(command_morse._measured)(cast(EncoderDecoder, None), drawn)
    assert found["recognizer"]["character_error_rate"] == 0.25
    assert found["recognizer"]["missed"] == 1
    assert found["threshold"]["character_error_rate"] == 1.0
    assert found["threshold"]["letters"] == 4


def test_recordings_are_filled_up():
    import jax

    drawn = sample_recordings(3, letters=(1, 2), snr=(0.0, 0.0), seconds=2.0, key=jax.random.key(0))
    short, filled = (
        morse_module.morse_transcripts(drawn, letters=2, frames=frames) for frames in (None, 150)
    )
    assert short.source.values.shape == (3, 124, 9)
    assert filled.source.values.shape == (3, 150, 9)
    np.testing.assert_array_equal(filled.source.values[:, :124], short.source.values)
    assert filled.source.lengths.tolist() == short.source.lengths.tolist() == [124] * 3
    with pytest.raises(ValueError, match="frames must be at least 124 for these recordings"):
        morse_module.morse_transcripts(drawn, letters=2, frames=100)


def test_the_kept_result_is_that_of_its_command():
    kept = kept_record("transformer-morse")
    words = shlex.split(kept["settings"]["command"])
    parser = argparse.ArgumentParser()
    command.add_options(parser)
    parser.add_argument("--output")
    options = parser.parse_args(words[5:])
    assert (options.data, options.output) == (
        "morse",
        "benchmarks/results/transformer-morse.json",
    )
    assert kept["recipe"] == vars(command_morse.RECIPE)
    assert kept["examples"]["training"] == command_morse.RECORDINGS
    assert list(kept["results"]["by_snr"]) == [f"{snr:g}" for snr in command_morse.TEST_SNR]
    for both in kept["results"]["by_snr"].values():
        for row in both.values():
            wrong = row["missed"] + row["added"] + row["replaced"]
            assert row["character_error_rate"] == pytest.approx(wrong / row["letters"], abs=1e-6)
