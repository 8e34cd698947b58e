"""How fast does an encoder-decoder train? ``python -m benchmarks.translation``.

The translator of the chapter on translation (width 64, 4 heads, 1 layer in each stack, batch 128)
learns number names by several programs, which take turns in one process:

fit
    whole calls of ``coreformulas.training.fit`` with an update from
    ``coreformulas.transformer.make_update``.
usual loop
    an ``nnx.jit`` step called from Python for each batch, with ``nnx.Optimizer`` and batches picked
    by NumPy, which reads the loss in each step. Model, loss and optimizer are those of ``fit``.
usual loop, loss not read
    the same, but the losses stay on the device until the end.
matrix products
    the products of one step alone, forward and backward, with their real shapes, in a compiled
    loop (``benchmarks/roofline.py``): no softmax, normalization, loss, optimizer or gather.

Each program first runs once to compile, which is reported apart; then all run in turns, and a ratio
is formed in each round. The table goes to the screen, all numbers to
``benchmarks/results/translation-speed.json``.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import jax
import numpy as np
import optax
from flax import nnx

from benchmarks.fit import print_table, ratios_to_fit, write
from benchmarks.roofline import Product, flops_of, make_roofline
from benchmarks.rounds import BUSY, take_turns
from coreformulas.datasets import CHINESE, ENGLISH, sample_numbers
from coreformulas.training import fit, surroundings
from coreformulas.transformer import (
    Pairs,
    Translator,
    TranslatorConfig,
    initial_state,
    make_update,
    number_pairs,
    predict,
    sequence_cross_entropy,
)
from coreformulas.transformer.command_number_names import MOST_DIGITS, RECIPE

CONFIG = RECIPE.translator(
    length=24, source_vocabulary=len(ENGLISH), target_vocabulary=len(CHINESE)
)
EXAMPLES = 20_000
SEED = 0
RESULT = Path(__file__).parent / "results" / "translation-speed.json"


def products_of(config: TranslatorConfig, *, batch: int, source: int, target: int) -> list[Product]:
    """The matrix products of a forward pass over sequences of these lengths."""
    width, head, stack = config.width, config.width // config.heads, batch * config.heads

    def attention(queries: int, keys: int) -> list[Product]:
        maps = [Product(batch * rows, width, width) for rows in (queries, keys, keys, queries)]
        scores = Product(queries, head, keys, stack=stack)
        return [*maps, scores, Product(queries, keys, head, stack=stack)]

    def feed_forward(rows: int) -> list[Product]:
        up = Product(batch * rows, width, config.hidden)
        return [up, Product(batch * rows, config.hidden, width)]

    encoder = attention(source, source) + feed_forward(source)
    decoder = attention(target, target) + attention(target, source) + feed_forward(target)
    logits = Product(batch * target, width, config.target_vocabulary)
    return config.layers * (encoder + decoder) + [logits]


@nnx.jit
def train_step(model: Translator, optimizer: nnx.Optimizer, batch: Pairs) -> jax.Array:
    """Lower the cross-entropy of one batch, in place."""

    def loss_of(model: Translator):
        found = predict(model, batch)
        return sequence_cross_entropy(
            found.logits, found.targets, mask=found.mask, smoothing=RECIPE.smoothing
        )

    loss, gradients = nnx.value_and_grad(loss_of)(model)
    optimizer.update(model, gradients)
    return loss


def shuffled_pairs(pairs: Pairs, batch_size: int) -> Iterator[Pairs]:
    """Batches of epoch after epoch, picked on the host."""
    random = np.random.default_rng(SEED)
    while True:
        epoch = random.permutation(len(pairs.source))
        for first in range(0, len(epoch) - batch_size + 1, batch_size):
            rows = epoch[first : first + batch_size]
            yield Pairs(*(np.asarray(side)[rows] for side in pairs))


def make_usual_loop(pairs: Pairs, *, steps: int, read_each_loss: bool) -> Callable[[], None]:
    """A program of ``steps`` calls of :func:`train_step` from Python."""
    model = Translator(CONFIG, rngs=nnx.Rngs(SEED))
    optimizer = nnx.Optimizer(model, make_optimizer(), wrt=nnx.Param)
    batches = shuffled_pairs(pairs, RECIPE.batch_size)

    def run():
        history = []
        for _ in range(steps):
            loss = train_step(model, optimizer, next(batches))
            history.append(float(loss) if read_each_loss else loss)
        jax.block_until_ready(history)

    return run


def make_fit(pairs: Pairs, *, steps: int) -> Callable[[], None]:
    """A program that calls ``fit`` for the next ``steps`` steps of one long run."""
    optimizer = make_optimizer()
    update = make_update(CONFIG, optimizer, smoothing=RECIPE.smoothing)
    state_key, key = jax.random.split(jax.random.key(SEED))
    state, taken = initial_state(CONFIG, optimizer, key=state_key), 0
    data = jax.device_put(pairs)

    def run():
        nonlocal state, taken
        state, _ = fit(
            update,
            state,
            data,
            key,
            steps=steps,
            batch_size=RECIPE.batch_size,
            start=taken,
            progress=False,
        )
        taken += steps

    return run


def make_optimizer() -> optax.GradientTransformation:
    """Adam as in the recipe, at a constant rate: the benchmark takes more steps than the recipe."""
    return optax.adam(RECIPE.learning_rate / 10, b2=0.98)


def make_pairs() -> Pairs:
    """Number names and numerals below 10 to the power of 8, as the chapter's."""
    drawn = sample_numbers(
        EXAMPLES, digits=(1, MOST_DIGITS), held_out=False, key=jax.random.key(SEED)
    )
    return number_pairs(drawn)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.translation")
    parser.add_argument("--rounds", type=int, default=15, help="turns that are timed")
    parser.add_argument("--steps", type=int, default=50, help="steps of a turn")
    parser.add_argument("--output", type=Path, default=RESULT, help="where the JSON goes")
    arguments = parser.parse_args()
    settings = surroundings(shlex.join(["python", "-m", "benchmarks.translation", *sys.argv[1:]]))
    if settings["load_before"] > BUSY:
        print(f"The machine is busy (load {settings['load_before']}); the numbers will be rough.\n")
    pairs, steps = make_pairs(), arguments.steps
    layers = products_of(
        CONFIG,
        batch=RECIPE.batch_size,
        source=pairs.source.shape[1],
        target=pairs.target.shape[1],
    )
    settings |= {"rounds": arguments.rounds, "steps": steps, "flops_per_step": flops_of(layers)}
    programs = {
        "fit": make_fit(pairs, steps=steps),
        "usual loop": make_usual_loop(pairs, steps=steps, read_each_loss=True),
        "usual loop, loss not read": make_usual_loop(pairs, steps=steps, read_each_loss=False),
        "matrix products": make_roofline(layers, steps=steps, key=jax.random.key(SEED)),
    }
    timings = take_turns(programs, rounds=arguments.rounds, steps=steps)
    ratios = ratios_to_fit(timings)
    settings["load_after"] = round(os.getloadavg()[0], 2)
    print_table(timings, ratios)
    write(arguments.output, timings, ratios, settings)
    print(f"written to {arguments.output}")


if __name__ == "__main__":
    main()
