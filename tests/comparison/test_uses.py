"""What is kept of the uses is what their command would make again."""

import argparse
import shlex

import numpy as np
import pytest

from coreformulas.comparison import command_uses
from coreformulas.comparison.command_uses import USES
from coreformulas.comparison.uses_training import EARLY_STEPS
from coreformulas.training import kept_record

KEPT = kept_record("comparison-uses")
KEYS = command_uses.keys_of(KEPT["seed"])


def parsed(words):
    parser = argparse.ArgumentParser()
    command_uses.add_options(parser)
    parser.add_argument("--output")
    return parser.parse_args(words)


def early(found):
    """Every mean of first losses, by its path."""
    losses = {}
    for name, value in found.items():
        if name == "early_losses":
            losses |= value
        elif isinstance(value, dict):
            losses |= {f"{name}/{path}": row for path, row in early(value).items()}
    return losses


def test_the_command_measures_what_was_kept():
    words = shlex.split(KEPT["settings"]["command"])
    assert words[:5] == ["python", "-m", "coreformulas", "compare", "uses"]
    options = parsed(words[5:])
    assert options.only is None
    assert options.output == "benchmarks/results/comparison-uses.json"
    assert (options.seed, options.seeds) == (KEPT["seed"], KEPT["seeds"])
    assert list(KEPT["uses"]) == list(USES)


def test_one_seed_is_refused():
    with pytest.raises(ValueError, match="--seeds must be at least 2"):
        command_uses.compare(parsed(["--only", "depth", "--seed", "0", "--seeds", "1"]))


@pytest.mark.parametrize("name", ["denoising", "reduction", "collapse", "conditional", "style"])
def test_the_first_steps_come_out_as_kept(name):
    found = USES[name](seeds=2, key=KEYS[name], first_steps=EARLY_STEPS)
    kept = early(KEPT["uses"][name])
    again = early(found)
    assert kept.keys() == again.keys()
    assert kept
    for path, row in again.items():
        np.testing.assert_allclose(row, kept[path][:2], rtol=0.02, atol=1e-3, err_msg=path)


def test_depth_comes_out_as_kept():
    kept = KEPT["uses"]["depth"]["powers_of_ten"]
    again = USES["depth"](seeds=2, key=KEYS["depth"])["powers_of_ten"]
    for wiring, powers in again.items():
        np.testing.assert_allclose(powers, kept[wiring][:2], atol=0.02, err_msg=wiring)


def test_what_was_sent_came_back_and_took_the_bits_of_the_bound():
    found = KEPT["uses"]["compression"]
    assert found["wrong_pixels"] == 0
    bound = found["negative_elbo_bits"][0]  # the model that sent the message
    assert abs(found["bits_back"] / bound - 1) < 0.05
    assert found["bits_back"] < min(found["general_bits"].values()) < found["uncoded_bits"]
