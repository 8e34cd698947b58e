"""The experiment on modes, its command, and what was kept of it."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

from coreformulas.gan import (
    METHODS,
    MIXTURES,
    MixtureSettings,
    command,
    train_on_mixture,
)

KEPT = Path(__file__).parents[2] / "benchmarks" / "results" / "gan-mixtures.json"
SMALL = MixtureSettings("ring", "gan", steps=4, hidden=(4,), rows=8, examples=40, samples=50)


def test_a_run_reports_every_seed():
    run = train_on_mixture(SMALL, seeds=2, key=jax.random.key(0))
    assert run.samples.shape == (2, 50, 2)
    assert run.losses["generator_loss"].shape == (4, 2)
    assert run.covered.shape == run.high_quality.shape == run.reverse_kl.shape == (2,)
    assert (run.reverse_kl >= 0).all()
    assert (run.reverse_kl <= np.log(8) + 1e-9).all()


def test_the_digest_knows_every_setting():
    others = [
        replace(SMALL, steps=5),
        replace(SMALL, method="r1"),
        replace(SMALL, data="grid"),
        replace(SMALL, learning_rate=1e-4),
    ]
    assert len({settings.digest() for settings in (SMALL, *others)}) == 5
    assert SMALL.digest() == replace(SMALL).digest()


@pytest.mark.parametrize("name", ["data", "method"])
def test_unknown_names_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be one of '(ring|gan)', .*got 'x'"):
        replace(SMALL, **{name: "x"})


def test_the_command_trains_what_its_options_say(monkeypatch):
    parser = argparse.ArgumentParser()
    command.add_options(parser)
    options = parser.parse_args(
        ["--data", "ring", "--method", "pacgan", "--seeds", "2", "--steps", "3", "--seed", "1"]
    )
    monkeypatch.setattr(command, "MixtureSettings", lambda **chosen: replace(SMALL, **chosen))
    record = json.loads(json.dumps(command.train(options), allow_nan=False))
    (run,) = record["runs"]
    assert run["settings"]["rules"]["packing"] == 2
    assert run["settings"]["steps"] == 3
    assert len(run["covered"]) == record["seeds"] == 2
    assert run["digest"] == replace(SMALL, method="pacgan", steps=3).digest()


@pytest.fixture(scope="module")
def kept():
    return json.loads(KEPT.read_text())


def kept_settings(run):
    chosen = {name: run["settings"][name] for name in ("data", "method", "steps")}
    return MixtureSettings(**chosen)


def test_what_was_kept_is_whole_and_of_these_settings(kept):
    expected = {(data, method) for data in MIXTURES for method in METHODS}
    found = [(run["settings"]["data"], run["settings"]["method"]) for run in kept["runs"]]
    assert set(found) == expected
    assert len(found) == len(expected)
    for run in kept["runs"]:
        assert run["digest"] == kept_settings(run).digest(), "made with other settings: run again"
        modes = len(MIXTURES[run["settings"]["data"]]().means)
        assert len(run["covered"]) == len(run["high_quality"]) == kept["seeds"]
        assert all(0 <= covered <= modes for covered in run["covered"])
        assert all(0 <= share <= 1 for share in run["high_quality"])
        assert all(0 <= value <= np.log(modes) + 1e-3 for value in run["reverse_kl"])


@pytest.mark.parametrize("method", ["gan", "pacgan"])
def test_the_code_is_the_one_that_made_what_was_kept(kept, method):
    """The first steps of two seeds, taken again; rounding differs from machine to machine."""
    run = next(
        run
        for run in kept["runs"]
        if (run["settings"]["data"], run["settings"]["method"]) == ("ring", method)
    )
    again = train_on_mixture(
        replace(kept_settings(run), samples=10),
        seeds=2,
        key=jax.random.key(kept["seed"]),
        first_steps=command.EARLY_STEPS,
        workers=1,
    )
    for name, losses in again.losses.items():
        expected = run["early_losses"][name][:2]
        np.testing.assert_allclose(losses.mean(axis=0), expected, rtol=5e-3)
