"""``train vae`` as a user calls it: what is measured, and that it is what the model is worth."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from coreformulas import datasets
from coreformulas.cli import main
from coreformulas.datasets import Dataset, Split
from coreformulas.training import ModelState
from coreformulas.vae import VAEConfig, command

TINY = ["--hidden", "16", "--latent", "2", "--epochs", "4", "--samples", "40"]


def run(capsys, *arguments):
    assert main(["train", "vae", "--seed", "0", *TINY, *arguments]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def gray(monkeypatch):
    """Gray levels that all are 0, 102 or 255, that is 0, 0.4 or 1."""
    levels = np.random.default_rng(0).choice([0, 102, 255], (300, 8, 8)).astype(np.uint8)
    split = Split(levels, None)
    data = Dataset("gray", None, 255, split, split, split)
    monkeypatch.setattr(command, "load", lambda _: data)


def test_the_record_says_what_was_run_and_what_came_out(capsys, tmp_path):
    path = tmp_path / "record.json"
    arguments = ["train", "vae", "--data", "digits", "--seed", "0", *TINY, "--test-images", "50"]
    assert main([*arguments, "--output", str(path)]) == 0
    record = json.loads(path.read_text())
    assert str(path) in capsys.readouterr().out
    assert record["settings"]["command"].startswith(
        "python -m coreformulas train vae --data digits"
    )
    digits = datasets.load("digits")
    assert record["examples"] == {"training": len(digits.train.images), "test": 300}
    assert record["model"]["likelihood"] == "binomial"
    # 64-16-4 and 2-16-64, with biases.
    assert record["model"]["parameters"] == 64 * 16 + 16 + 16 * 4 + 4 + 2 * 16 + 16 + 16 * 64 + 64
    test = record["nats"]["test"]
    assert test["images"] == 50
    # The importance-weighted bound is the tighter one.
    assert test["negative_log_likelihood"]["mean"] < test["negative_elbo"]["mean"]


def test_training_helps(capsys):
    short = run(capsys, "--data", "digits", "--epochs", "1", "--samples", "1")
    longer = run(capsys, "--data", "digits", "--epochs", "30", "--samples", "1")
    found = [r["nats"]["validation"]["negative_elbo"]["mean"] for r in (short, longer)]
    assert found[1] < found[0] - 50


def test_the_importance_weighted_bound_can_be_trained(capsys):
    record = run(capsys, "--data", "digits", "--importance-samples", "3")
    assert np.isfinite(record["nats"]["test"]["negative_log_likelihood"]["mean"])


@pytest.mark.usefixtures("gray")
def test_gray_levels_are_drawn_as_bits(capsys):
    """Independent pixels: no model beats their entropy, and a trained one comes close to it."""
    record = run(capsys, "--data", "mnist", "--epochs", "60", "--learning-rate", "0.01")
    assert record["model"]["likelihood"] == "bernoulli"
    share = 1.4 / 3  # the mean of 0, 0.4 and 1
    entropy = -64 * (share * np.log(share) + (1 - share) * np.log1p(-share))
    found = record["nats"]["validation"]["negative_elbo"]["mean"]
    assert entropy - 1 < found < entropy + 3


def test_the_options_are_checked(capsys):
    with pytest.raises(SystemExit):
        main(["train", "vae", "--data", "nonsense", "--seed", "0"])
    assert "invalid choice: 'nonsense'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["train", "vae", "--data", "digits", "--seed", "0", "--hidden", "0"])
    assert "hidden must be a tuple of whole numbers >= 1" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["train", "vae", "--data", "digits", "--seed", "0", "--output", "no/such/folder.json"])
    assert "there is no folder no/such" in capsys.readouterr().err


def test_moved_batches_are_moved_by_a_pixel_and_whole(monkeypatch):
    """What the step receives is the batch, moved by at most one pixel each way."""
    seen = {}

    def spy(*_, **__):
        def update(state, batch, key):
            del key
            seen.setdefault(np.asarray(batch).tobytes(), batch)
            return state, {}

        return update

    monkeypatch.setattr(command, "make_update", spy)
    digits = datasets.load("digits")
    update = command._update(VAEConfig(), optax.sgd(0.1), digits, 0.5, 1)
    batch = digits.train.images[:3].reshape(3, 64)
    for key in jax.random.split(jax.random.key(0), 60):
        update(ModelState(nnx.State({}), ()), jnp.asarray(batch), key)
    places = {
        (down, right): np.roll(batch.reshape(3, 8, 8), (down, right), (1, 2)).reshape(3, 64)
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
    }
    found = [np.asarray(image) for image in seen.values()]
    assert len(found) == len(places)
    assert all(any(np.array_equal(f, p) for f in found) for p in places.values())


def test_a_share_is_a_share(capsys):
    with pytest.raises(SystemExit):
        main(["train", "vae", "--data", "digits", "--seed", "0", "--shift", "1.5"])
    assert "a share from 0 to 1 is expected, got 1.5" in capsys.readouterr().err
