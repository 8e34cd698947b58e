"""``train transformer --data multi30k``: captions from German into English."""

import time
from dataclasses import asdict
from importlib import import_module
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float, Int, Key

from coreformulas.datasets import Multi30k, Sentences, Subwords, fill_up, load_multi30k
from coreformulas.training import ModelState, Stopwatch, fit
from coreformulas.transformer.config import TranslatorConfig
from coreformulas.transformer.model import Translator
from coreformulas.transformer.objective import sequence_cross_entropy
from coreformulas.transformer.recipe import Recipe
from coreformulas.transformer.run import size_of
from coreformulas.transformer.sampling import beam_search
from coreformulas.transformer.update import Pairs, initial_state, make_update, predict, to_model

__all__ = ["RECIPE", "train"]

RECIPE = Recipe(
    width=128,
    heads=4,
    layers=2,
    hidden=512,
    dropout=0.2,
    smoothing=0.1,
    steps=1800,
    batch_size=128,
    learning_rate=2e-3,
    warm_up=300,
)
SUBWORDS = 4000
"""Size of each language's vocabulary."""
BUCKETS = (15, 20, 36)
"""Pairs of like length are trained on together: a batch is as long as its longest sentence."""
ROUNDS = 20
BEAMS = {"greedy": (1, 0.0), "beam": (4, 0.6)}
"""Beams and length penalty of each search, the second as in Vaswani et al. (2017)."""
ROWS = 100


class _Languages(NamedTuple):
    """The pieces of both languages."""

    source: Subwords
    target: Subwords

    def pairs(self, sentences: Sentences, length: int) -> Pairs:
        """Tokens of sentences and of their translations."""
        source, target = (
            fill_up(language.encode(side), length)
            for language, side in zip(self, sentences, strict=True)
        )
        return Pairs(source, target)


def train(seed: int, recipe: Recipe) -> dict[str, Any]:
    """Train on the captions, and return the record: loss of the validation, BLEU of the test.

    Raises:
        DatasetError: if the data cannot be read.
        ModuleNotFoundError: if sentencepiece or sacrebleu is missing (the extra ``translation``).
        ValueError: if the recipe is out of range.
    """
    metric = _bleu()  # first of all: it must not be missing after ten minutes of training
    data = load_multi30k()
    weights_key, *keys = jax.random.split(jax.random.key(seed), 1 + len(BUCKETS))
    languages = _Languages(*(Subwords(side, SUBWORDS) for side in data.train))
    length = max(
        len(row)
        for split in data
        for language, side in zip(languages, split, strict=True)
        for row in language.encode(side)
    )
    config = recipe.translator(
        length=length, source_vocabulary=SUBWORDS, target_vocabulary=SUBWORDS
    )
    buckets = bucketed(languages.pairs(data.train, length), BUCKETS)
    state, clock = _train(recipe, config, buckets, weights_key, keys)
    model, began = to_model(config, state), time.perf_counter()
    results = {
        "validation": {"nats_per_subword": _loss(model, languages.pairs(data.validation, length))},
        "test": _translate(model, languages, data, metric),
    }
    clock["evaluating"] = round(time.perf_counter() - began, 1)
    examples = {name: len(split.german) for name, split in data._asdict().items()}
    return {
        "model": asdict(config) | {"parameters": size_of(state.parameters)},
        "examples": examples | {"trained_on": sum(len(b.source) for b in buckets)},
        "seconds": clock,
        "results": results,
    }


def bucketed(pairs: Pairs, bounds: tuple[int, ...]) -> list[Pairs]:
    """The pairs apart by the length of the longer side, each bucket no longer than its bound.

    Pairs longer than the last bound are left out.
    """
    longest = np.maximum(*(np.count_nonzero(side, axis=1) for side in pairs))
    found = []
    for low, high in zip((0, *bounds), bounds, strict=False):
        rows = (low < longest) & (longest <= high)
        found.append(Pairs(*(np.asarray(side)[rows, :high] for side in pairs)))
    return found


def shares(sizes: list[int], steps: int, rounds: int) -> Int[np.ndarray, "rounds buckets"]:
    """Steps in each round for each bucket, so that each pair is seen about equally often."""
    exact = steps * np.arange(1, rounds + 1)[:, None] * np.cumsum(sizes)[None] / sum(sizes) / rounds
    ends = np.rint(exact).astype(int)
    done = np.diff(ends, axis=1, prepend=0)
    return np.diff(done, axis=0, prepend=0)


def _train(
    recipe: Recipe,
    config: TranslatorConfig,
    buckets: list[Pairs],
    weights_key: Key[Array, ""],
    keys: list[Key[Array, ""]],
) -> tuple[ModelState, dict[str, Any]]:
    """Take the steps, now in this bucket and now in that."""
    optimizer = recipe.optimizer()
    update = make_update(config, optimizer, smoothing=recipe.smoothing)
    state = jax.jit(lambda key: initial_state(config, optimizer, key=key))(weights_key)
    watch, compiling = Stopwatch(), 0.0
    taken = [0] * len(buckets)
    for steps in shares([len(b.source) for b in buckets], recipe.steps, ROUNDS).tolist():
        for place, (bucket, count) in enumerate(zip(buckets, steps, strict=True)):
            if not count:
                continue
            state, history = fit(
                update,
                state,
                bucket,
                keys[place],
                start=taken[place],
                steps=count,
                batch_size=recipe.batch_size,
            )
            taken[place] += count
            compiling += history.compile_seconds
    jax.block_until_ready(state)
    return state, watch.read(compile_seconds=compiling)


def _loss(model: Translator, pairs: Pairs) -> float:
    """Cross-entropy without smoothing, in nats for each piece of the target."""

    @jax.jit
    def total(batch: Pairs) -> tuple[Float[Array, ""], Int[Array, ""]]:
        found = predict(model, batch)
        loss = sequence_cross_entropy(found.logits, found.targets, mask=found.mask)
        count = (batch.target != model.config.padding).sum()
        return loss * count, count

    parts = [
        total(Pairs(*(side[first : first + ROWS] for side in pairs)))
        for first in range(0, len(pairs.source), ROWS)
    ]
    return float(sum(loss for loss, _ in parts) / sum(count for _, count in parts))


def _bleu() -> Any:
    """The metric, over the words as they are published: the text is cut into words already."""
    try:
        return import_module("sacrebleu").BLEU(tokenize="none", force=True)
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "BLEU needs the package sacrebleu: pip install 'coreformulas[translation]'"
        ) from None


def _translate(
    model: Translator, languages: _Languages, data: Multi30k, metric: Any
) -> dict[str, Any]:
    """BLEU of the test, in lower case, for each kind of search, and some translations."""
    source = languages.pairs(data.test, model.config.length).source
    results: dict[str, Any] = {}
    for name, (beams, penalty) in BEAMS.items():
        written = [
            np.asarray(
                beam_search(
                    model, source[first : first + ROWS], beams=beams, length_penalty=penalty
                ).tokens[:, 0]
            )
            for first in range(0, len(source), ROWS)
        ]
        found = languages.target.decode(np.concatenate(written))
        score = metric.corpus_score(found, [list(data.test.english)])
        results[name] = {
            "bleu": round(score.score, 2),
            "signature": str(metric.get_signature()),
            "beams": beams,
            "length_penalty": penalty,
        }
        if name == "beam":
            columns = data.test.german, data.test.english, found
            results["examples"] = [
                dict(zip(("source", "reference", "translation"), row, strict=True))
                for row in list(zip(*columns, strict=True))[:5]
            ]
    return results
