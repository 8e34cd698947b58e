"""What does the key-value cache save? ``python -m benchmarks.decoding``.

The language model of tiny Shakespeare (4 layers of 128) with fresh weights goes on with one text of
one token, up to 64, 128, 192 and 256 tokens. Two programs draw the same tokens, and take turns in
one process:

cached
    ``coreformulas.transformer.sample``: one position for each token, keys and values of the others
    from the cache.
full passes
    for each token a pass over all tokens so far, compiled like the other. A compiled pass has a
    fixed length, so the text lies in a row that is filled up; the row grows by 32 places at a
    time, so that little of a pass is spent on what is not there yet.

Both are compiled first, which is reported apart, and must have drawn the same tokens. The table
goes to the screen, all numbers to ``benchmarks/results/decoding.json``.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax

from benchmarks.fit import print_table, write
from benchmarks.rounds import BUSY, Timing, ratio, take_turns
from coreformulas.training import surroundings
from coreformulas.transformer import LanguageModel, LanguageModelConfig, sample

CONFIG = LanguageModelConfig(
    vocabulary=65, length=256, width=128, heads=4, layers=4, hidden=512, positions="rotary"
)
LENGTHS = (64, 128, 192, 256)
BLOCK = 32
"""Places by which the row of the full passes grows."""
SEED = 0
RESULT = Path(__file__).parent / "results" / "decoding.json"


def sample_by_full_passes(
    model: LanguageModel, prompt: np.ndarray, count: int, *, key: jax.Array
) -> jax.Array:
    """What ``sample`` draws, without a cache."""
    graph, weights = nnx.split(model)
    begin, total = prompt.shape[1], prompt.shape[1] + count
    text = jnp.asarray(prompt, jnp.int32)
    while begin < total:
        size = min(total, (begin // BLOCK + 1) * BLOCK)
        row = jnp.pad(text, ((0, 0), (0, size - begin)))
        text = _fill(graph, weights, row, key, begin=begin, prompt=prompt.shape[1])
        begin = size
    return text


@partial(jax.jit, static_argnames=("graph", "begin", "prompt"))
def _fill(graph, weights, row, key, *, begin, prompt):
    """Draw the tokens from ``begin`` to the end of the row, each after a pass over the row."""
    model = nnx.merge(graph, weights)

    def one(row: jax.Array, place: jax.Array):
        logits = model(row)[:, place - 1]
        drawn = jax.random.categorical(jax.random.fold_in(key, place - prompt), logits)
        return row.at[:, place].set(drawn.astype(jnp.int32)), None

    filled, _ = lax.scan(one, row, jnp.arange(begin, row.shape[1]))
    return filled


def make_programs(length: int) -> dict[str, Callable[[], jax.Array]]:
    """Both programs; each draws all tokens but the first."""
    weights_key, key = jax.random.split(jax.random.key(SEED))
    model = LanguageModel(CONFIG, rngs=nnx.Rngs(weights_key))
    prompt = np.zeros((1, 1), np.int32)
    decoders = {"full passes": sample_by_full_passes, "cached": sample}
    return {
        f"{name}, {length} tokens": partial(
            lambda decode: jax.block_until_ready(decode(model, prompt, length - 1, key=key)), decode
        )
        for name, decode in decoders.items()
    }


def measure(length: int, rounds: int) -> tuple[dict[str, Timing], Timing]:
    """Milliseconds a token of both, and how many times as long full passes take.

    Raises:
        RuntimeError: if they do not draw the same tokens.
    """
    programs = make_programs(length)
    timings = take_turns(programs, rounds=rounds, steps=length - 1)
    slow, fast = programs
    if not np.array_equal(programs[slow](), programs[fast]()):
        raise RuntimeError(f"the programs drew different texts of {length} tokens")
    return timings, ratio(timings[slow], timings[fast])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decoding")
    parser.add_argument("--rounds", type=int, default=7, help="turns that are timed")
    parser.add_argument("--output", type=Path, default=RESULT, help="where the JSON goes")
    arguments = parser.parse_args()
    settings = surroundings(shlex.join(["python", "-m", "benchmarks.decoding", *sys.argv[1:]]))
    if settings["load_before"] > BUSY:
        print(f"The machine is busy (load {settings['load_before']}); the numbers will be rough.\n")
    settings |= {"rounds": arguments.rounds, "lengths": list(LENGTHS)}
    timings, ratios = {}, {}
    for length in LENGTHS:
        found, ratios[f"full passes / cached, {length} tokens"] = measure(length, arguments.rounds)
        timings |= found
    settings["load_after"] = round(os.getloadavg()[0], 2)
    print_table(timings, ratios)
    write(arguments.output, timings, ratios, settings)
    print(f"written to {arguments.output}")


if __name__ == "__main__":
    main()
