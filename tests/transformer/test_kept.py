"""The results that the book keeps are those that their commands would make again."""

import argparse
import shlex
from dataclasses import asdict

import jax
import pytest
from flax import nnx

from coreformulas.training import kept_record
from coreformulas.transformer import (
    LanguageModel,
    LanguageModelConfig,
    Recognizer,
    RecognizerConfig,
    Translator,
    TranslatorConfig,
    command,
)

KINDS = {
    "multi30k": (TranslatorConfig, Translator),
    "tiny-shakespeare": (LanguageModelConfig, LanguageModel),
    "number-names": (TranslatorConfig, Translator),
    "morse": (RecognizerConfig, Recognizer),
    "fsdd": (RecognizerConfig, Recognizer),
}
kept = pytest.mark.parametrize("data", KINDS)


@kept
def test_the_command_has_the_recipe_that_was_kept(data):
    record = kept_record(f"transformer-{data}")
    words = shlex.split(record["settings"]["command"])
    assert words[:5] == ["python", "-m", "coreformulas", "train", "transformer"]
    parser = argparse.ArgumentParser()
    command.add_options(parser)
    parser.add_argument("--output")
    options = parser.parse_args(words[5:])
    assert options.data == record["data"] == data
    assert options.output == f"benchmarks/results/transformer-{data}.json"
    assert record["recipe"] == asdict(command.DATA[data].RECIPE)


@kept
def test_the_kept_model_has_the_parameters_that_were_counted(data):
    config_type, model_type = KINDS[data]
    kept_model = kept_record(f"transformer-{data}")["model"]
    config = config_type(**{k: v for k, v in kept_model.items() if k != "parameters"})
    model = nnx.eval_shape(lambda: model_type(config, rngs=nnx.Rngs(0)))
    leaves = jax.tree.leaves(nnx.state(model, nnx.Param))
    assert sum(leaf.size for leaf in leaves) == kept_model["parameters"]


def test_counts_of_spoken_digits_add_up():
    test = kept_record("transformer-fsdd")["results"]["test"]
    assert sum(test["right_by_speaker"].values()) == test["right"] <= test["recordings"] == 300
    assert test["accuracy"] == pytest.approx(test["right"] / test["recordings"], abs=1e-6)


def test_captions_were_scored_over_the_whole_test_by_both_searches():
    record = kept_record("transformer-multi30k")
    assert record["examples"]["test"] == 1000
    for name in ("greedy", "beam"):
        found = record["results"]["test"][name]
        assert 0 < found["bleu"] < 100
        assert "tok:none" in found["signature"]
