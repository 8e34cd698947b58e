"""``train transformer`` as a user calls it: what is trained on, measured and refused."""

import json
import sys

import numpy as np
import pytest

from coreformulas.cli import main
from coreformulas.datasets import Multi30k, Sentences, chinese_tokens, is_held_out
from coreformulas.transformer import Pairs, Recipe, command_multi30k, command_number_names
from coreformulas.transformer import numerals as numerals_module

TINY = ["--width", "16", "--heads", "2", "--hidden", "16", "--warm-up", "2", "--batch-size", "32"]
NOUNS = {"mann": "man", "hund": "dog", "ball": "ball", "baum": "tree", "hut": "hat"}
VERBS = {"sieht": "sees", "hat": "has", "sucht": "seeks"}
CAPTIONS = [
    (f"der {one} {verb} den {other} .", f"the {NOUNS[one]} {VERBS[verb]} the {NOUNS[other]} .")
    for one in NOUNS
    for verb in VERBS
    for other in NOUNS
]


def run(capsys, *arguments):
    assert main(["train", "transformer", "--seed", "0", *TINY, *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_numbers_are_trained_on_and_measured_by_length(capsys, monkeypatch):
    monkeypatch.setattr(command_number_names, "TEST_NUMBERS", 20)
    seen, pairs = [], numerals_module.number_pairs

    def spy(numbers):
        seen.append(numbers)
        return pairs(numbers)

    monkeypatch.setattr(command_number_names, "number_pairs", spy)
    record = run(capsys, "--data", "number-names", "--steps", "5")
    assert record["settings"]["command"].endswith("--data number-names --steps 5")
    assert record["recipe"]["steps"] == 5
    assert record["recipe"]["layers"] == command_number_names.RECIPE.layers
    (numbers,) = seen
    assert not is_held_out(numbers).any()
    assert numbers.max() < 10**8
    found = record["results"]["by_digits"]
    assert list(found) == [str(digits) for digits in range(1, 13)]
    assert found["1"]["numbers"] == 1  # one number below ten is held out
    assert 15 < found["9"]["numbers"] <= 20
    assert all(0 <= result["right"] <= result["numbers"] for result in found.values())


def test_a_numeral_counts_as_translated_if_every_token_is_right(monkeypatch):
    numbers = np.array([7, 12305, 10**11 + 3, 0, 99])
    numerals = chinese_tokens(numbers)
    numerals[2, 1] += 1

    written = iter(np.pad(numerals, ((0, 3), (0, 0))).reshape(2, 4, 24))

    def writes(_, source, *, length):
        assert (source.shape, length) == ((4, 23), 24)
        return next(written)

    monkeypatch.setattr(numerals_module, "ROWS", 4)
    monkeypatch.setattr(numerals_module, "greedy", writes)
    # Without the check of types that tests install: no model is needed here.
    right = getattr(numerals_module.is_translated, "__wrapped__")(None, numbers)  # noqa: B009
    assert right.tolist() == [True, True, False, True, True]
    assert next(written, None) is None


def test_captions_are_trained_on_and_scored(capsys, monkeypatch):
    sides = [Sentences(*zip(*CAPTIONS[start::3], strict=True)) for start in range(3)]
    monkeypatch.setattr(command_multi30k, "load_multi30k", lambda: Multi30k(*sides))
    monkeypatch.setattr(command_multi30k, "SUBWORDS", 45)
    monkeypatch.setattr(command_multi30k, "BUCKETS", (40,))
    monkeypatch.setattr(command_multi30k, "ROWS", 25)
    monkeypatch.setattr(command_multi30k, "BEAMS", {"beam": (2, 0.6)})
    options = ["--batch-size", "25", "--steps", "150", "--layers", "1", "--dropout", "0"]
    record = run(capsys, "--data", "multi30k", *options, "--learning-rate", "0.02")
    assert record["examples"] == {"train": 25, "validation": 25, "test": 25, "trained_on": 25}
    assert record["model"]["source_vocabulary"] == 45
    results = record["results"]
    # Nearly all of a caption can be guessed: its pieces, but for the two nouns and the verb.
    assert results["validation"]["nats_per_subword"] < 1.5
    beam = results["test"]["beam"]
    assert 30 < beam["bleu"] <= 100
    assert "tok:none" in beam["signature"]
    assert results["test"]["examples"][0]["reference"] == sides[2].english[0]


def test_a_missing_package_is_named_before_anything_is_trained(monkeypatch):
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'coreformulas\[translation\]'"):
        main(["train", "transformer", "--seed", "0", "--data", "multi30k"])


def test_pairs_of_like_length_go_together():
    lengths = np.array([2, 5, 3, 9, 4])
    source = (np.arange(9)[None] < lengths[:, None]).astype(np.int32)
    target = (np.arange(9)[None] < np.array([3, 1, 3, 2, 6])[:, None]).astype(np.int32)
    short, long = command_multi30k.bucketed(Pairs(source, target), (3, 6))
    assert short.source.shape == short.target.shape == (2, 3)
    np.testing.assert_array_equal(short.source, source[[0, 2], :3])
    np.testing.assert_array_equal(long.target, target[[1, 4], :6])


def test_each_bucket_gets_its_share_of_the_steps():
    found = command_multi30k.shares([500, 300, 200], 1000, 7)
    assert found.shape == (7, 3)
    assert (found >= 0).all()
    np.testing.assert_array_equal(found.sum(axis=0), [500, 300, 200])
    assert np.ptp(found, axis=0).max() <= 2


def test_the_options_are_checked(capsys):
    for wrong, message in (
        (["--data", "nonsense"], "invalid choice: 'nonsense'"),
        (["--data", "number-names", "--steps", "1"], "warm_up must be at least 1 and below steps"),
        (["--data", "number-names", "--learning-rate", "0"], "learning_rate must be above 0, got"),
        (["--data", "number-names", "--heads", "3"], "heads must divide width, 16, got 3"),
    ):
        with pytest.raises(SystemExit):
            main(["train", "transformer", "--seed", "0", *TINY, *wrong])
        assert message in capsys.readouterr().err


def test_the_rate_rises_and_falls():
    recipe = Recipe(
        width=8,
        heads=1,
        layers=1,
        hidden=8,
        dropout=0.0,
        smoothing=0.0,
        steps=100,
        batch_size=1,
        learning_rate=0.5,
        warm_up=10,
    )
    assert recipe.rate()(0) == 0
    np.testing.assert_allclose(recipe.rate()(5), 0.25)
    np.testing.assert_allclose(recipe.rate()(10), 0.5)
    np.testing.assert_allclose(recipe.rate()(55), 0.25, rtol=1e-5)
    np.testing.assert_allclose(recipe.rate()(100), 0, atol=1e-7)
