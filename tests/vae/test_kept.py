"""The result that the book keeps is one that its command would make again."""

import argparse
import shlex
from dataclasses import asdict

import jax
import numpy as np
import optax

from coreformulas.datasets import Dataset, Split
from coreformulas.training import kept_record
from coreformulas.vae import command, initial_state

KEPT = kept_record("vae-binarized-mnist")
BLANK = Split(np.zeros((2, 28, 28), np.uint8), None)
BITS = Dataset("binarized-mnist", 1, 1, BLANK, BLANK, BLANK)


def options():
    words = shlex.split(KEPT["settings"]["command"])[:5]
    assert words == ["python", "-m", "coreformulas", "train", "vae"]
    parser = argparse.ArgumentParser()
    command.add_options(parser)
    parser.add_argument("--output")
    return parser.parse_args(shlex.split(KEPT["settings"]["command"])[5:])


def test_the_command_builds_the_model_that_was_kept():
    config = command._config(options(), BITS)
    state = initial_state(config, optax.sgd(0.1), key=jax.random.key(0))
    parameters = sum(leaf.size for leaf in jax.tree.leaves(state.parameters))
    wanted = asdict(config) | {"hidden": list(config.hidden), "parameters": parameters}
    assert KEPT["model"] == wanted


def test_the_command_takes_the_steps_that_were_kept():
    chosen, examples = options(), KEPT["examples"]["training"]
    assert KEPT["seconds"]["steps"] == round(chosen.epochs * examples / chosen.batch_size)


def test_all_test_images_were_measured_and_the_bounds_are_in_order():
    test = KEPT["nats"]["test"]
    assert test["images"] == 10_000
    assert test["importance_samples"] == options().samples == 500
    assert test["negative_log_likelihood"]["mean"] < test["negative_elbo"]["mean"]
