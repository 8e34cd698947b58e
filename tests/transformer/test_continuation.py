"""The loss of long texts token by token, and a language model trained from the command line."""

import json
from functools import cache

import jax
import numpy as np
import pytest
from flax import nnx
from random_weights import random_module

from coreformulas.cli import main
from coreformulas.datasets import Text
from coreformulas.transformer import (
    LanguageModel,
    LanguageModelConfig,
    command_tiny_shakespeare,
    continuation,
    text_loss,
)

TEXT = np.random.default_rng(0).integers(0, 5, 39)


@cache
def model():
    config = LanguageModelConfig(vocabulary=5, length=6, width=8, heads=2, layers=1, hidden=8)
    return random_module(lambda rngs: LanguageModel(config, rngs=rngs), 3)


@nnx.jit
def run(model, rows):
    return model(rows)


def one_by_one(tokens):
    """Each token after those that its window shows, in a row that is filled up behind them."""
    rows, places = [], []
    for place in range(1, len(tokens)):
        begin = (place - 1) // 6 * 6
        seen = tokens[begin:place]
        rows.append(np.pad(seen, (0, 6 - len(seen))))
        places.append(len(seen) - 1)
    filled = np.pad(rows, ((0, 38 - len(rows)), (0, 0)))  # one shape, so that one is compiled
    chances = np.asarray(jax.nn.log_softmax(run(model(), filled)))
    return -chances[np.arange(len(rows)), places, tokens[1:]].mean()


@pytest.mark.parametrize("count", [39, 37, 4])
def test_every_token_but_the_first_counts_once(count, monkeypatch):
    monkeypatch.setattr(continuation, "ROWS", 4)
    np.testing.assert_allclose(
        text_loss(model(), TEXT[:count]), one_by_one(TEXT[:count]), rtol=1e-5
    )


def test_bad_texts_are_named():
    with pytest.raises(ValueError, match=r"tokens must be a row of at least 2, got shape \(1,\)"):
        text_loss(model(), TEXT[:1])
    with pytest.raises(ValueError, match="tokens must be from 0 to 4, got 1 to 5"):
        text_loss(model(), np.array([1, 5]))


def test_plays_are_trained_on_and_gone_on_with(capsys, monkeypatch):
    """A text that repeats itself is learned by heart, as far as the context shows."""
    characters = "\n:EMOR"
    repeated = np.resize([characters.index(one) for one in "ROMEO:\n"], 700).astype(np.uint8)
    text = Text(characters, repeated[:630], repeated[630:])
    monkeypatch.setattr(
        command_tiny_shakespeare, "load_text", lambda name: {"tiny-shakespeare": text}[name]
    )
    monkeypatch.setattr(command_tiny_shakespeare, "CONTEXT", 16)
    cold = {"temperature 0.6": {"temperature": 0.6}}
    monkeypatch.setattr(command_tiny_shakespeare, "SAMPLES", cold)
    options = ["--width", "16", "--heads", "2", "--hidden", "16", "--layers", "1", "--steps", "80"]
    options += ["--warm-up", "5", "--batch-size", "8", "--learning-rate", "0.02"]
    assert (
        main(["train", "transformer", "--data", "tiny-shakespeare", "--seed", "0", *options]) == 0
    )
    record = json.loads(capsys.readouterr().out)
    assert record["examples"] == {"training": 630, "validation": 70}
    assert record["model"]["length"] == 16
    # Only after an O must one know what came before it.
    assert 0 < record["results"]["validation"]["nats_per_character"] < 0.3
    assert record["results"]["samples"] == {"temperature 0.6": ["ROMEO:\nROMEO:\nRO"] * 3}
