"""How fast is ``coreformulas.training.fit``? ``python -m benchmarks``, or ``make bench``.

One variational autoencoder (784-400-20, batch 128, Adam, Bernoulli likelihood, float32) is trained
by several programs, which take turns in one process:

fit
    whole calls of ``fit`` with an update from ``coreformulas.vae.make_update``: checks, shuffling,
    the copy of the state, all chunks, and the metrics brought to the host.
usual loop
    an ``nnx.jit`` step called from Python for each batch, with ``nnx.Optimizer`` and batches picked
    by NumPy, as in Flax's VAE example, which reads the loss in each step. Model, loss, optimizer
    and metrics are those of ``fit``: the same mathematics.
usual loop, loss not read
    the same, but the losses stay on the device until the end.
matrix products
    the roofline: the products of one step alone, forward and backward, with their real shapes, in
    a compiled loop (``benchmarks/roofline.py``). No activation, loss, random number, optimizer,
    gather or bias, and no product waits for another, so no training step can be faster.

Each program first runs once to compile, which is reported apart: the first call's time less the
median of the others. Then all run in turns. A ratio is formed in each round, from programs that ran
seconds apart, and the median and quartiles over the rounds are given. The images are random bits:
the time does not depend on what they show. The table goes to the screen, all numbers to
``benchmarks/results/fit.json``.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np
import optax

from benchmarks.roofline import flops_of, layers_of, make_roofline
from benchmarks.rounds import BUSY, Timing, ratio, take_turns
from benchmarks.usual import make_usual_loop
from coreformulas.training import fit, surroundings, write_record
from coreformulas.vae import VAEConfig, initial_state, make_update

CONFIG = VAEConfig(observed=784, hidden=(400,), latent=20, likelihood="bernoulli")
BATCH = 128
LAYERS = layers_of(BATCH, (784, 400, 2 * 20), (20, 400, 784))
EXAMPLES = 60_000
SEED = 0
RESULT = Path(__file__).parent / "results" / "fit.json"


def make_fit(images: np.ndarray, *, steps: int) -> Callable[[], None]:
    """A program that calls ``fit`` for the next ``steps`` steps of one long run."""
    optimizer = optax.adam(1e-3)
    update = make_update(CONFIG, optimizer)
    state_key, key = jax.random.split(jax.random.key(SEED))
    state, taken = initial_state(CONFIG, optimizer, key=state_key), 0
    data = jax.device_put(images)

    def run():
        nonlocal state, taken
        state, _ = fit(
            update,
            state,
            data,
            key,
            steps=steps,
            batch_size=BATCH,
            start=taken,
            progress=False,
        )
        taken += steps

    return run


def make_programs(steps: int) -> dict[str, Callable[[], None]]:
    """All programs, each of ``steps`` steps."""
    bits = np.random.default_rng(SEED).integers(0, 2, (EXAMPLES, CONFIG.observed))
    images = bits.astype(np.float32)

    def usual(read_each_loss: bool) -> Callable[[], None]:
        return make_usual_loop(
            CONFIG,
            optax.adam(1e-3),
            images,
            batch_size=BATCH,
            steps=steps,
            seed=SEED,
            read_each_loss=read_each_loss,
        )

    return {
        "fit": make_fit(images, steps=steps),
        "usual loop": usual(True),
        "usual loop, loss not read": usual(False),
        "matrix products": make_roofline(LAYERS, steps=steps, key=jax.random.key(SEED)),
    }


def ratios_to_fit(timings: dict[str, Timing]) -> dict[str, Timing]:
    """How many times as long as ``fit`` each other program takes."""
    return {
        f"{name} / fit": ratio(timing, timings["fit"])
        for name, timing in timings.items()
        if name != "fit"
    }


def print_table(timings: dict[str, Timing], ratios: dict[str, Timing]) -> None:
    """Times and ratios, with quartiles over the rounds."""
    print(f"{'':34}{'median':>8}  {'quartiles':>15}  {'compile':>9}")
    for name, timing in timings.items():
        low, high = timing.quartiles
        spread = f"{low:.2f} - {high:.2f}"
        print(f"{name:34}{timing.median:5.2f} ms  {spread:>15}  {timing.compile_seconds:7.1f} s")
    print()
    for name, timing in ratios.items():
        low, high = timing.quartiles
        print(f"{name:34}{timing.median:8.2f}  {f'{low:.2f} - {high:.2f}':>15}")


def write(path: Path, timings: dict[str, Timing], ratios: dict[str, Timing], settings: dict):
    """All numbers as JSON."""
    as_json = {
        "settings": settings,
        "milliseconds_per_step": {
            name: {
                "median": round(timing.median, 4),
                "quartiles": [round(value, 4) for value in timing.quartiles],
                "compile_seconds": round(timing.compile_seconds, 2),
                "rounds": timing.milliseconds.round(4).tolist(),
            }
            for name, timing in timings.items()
        },
        "ratios": {
            name: {
                "median": round(timing.median, 3),
                "quartiles": [round(value, 3) for value in timing.quartiles],
            }
            for name, timing in ratios.items()
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_record(path, as_json)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit")
    parser.add_argument("--rounds", type=int, default=15, help="turns that are timed")
    parser.add_argument("--steps", type=int, default=500, help="steps of a turn")
    parser.add_argument("--output", type=Path, default=RESULT, help="where the JSON goes")
    arguments = parser.parse_args()

    settings = surroundings(shlex.join(["python", "-m", "benchmarks.fit", *sys.argv[1:]]))
    if settings["load_before"] > BUSY:
        print(f"The machine is busy (load {settings['load_before']}); the numbers will be rough.\n")
    flops = flops_of(LAYERS)
    settings |= {"rounds": arguments.rounds, "steps": arguments.steps, "flops_per_step": flops}

    timings = take_turns(
        make_programs(arguments.steps), rounds=arguments.rounds, steps=arguments.steps
    )
    ratios = ratios_to_fit(timings)
    settings["load_after"] = round(os.getloadavg()[0], 2)
    print_table(timings, ratios)
    print(f"\n{flops / timings['matrix products'].median / 1e6:.0f} GFLOP/s in matrix products")
    write(arguments.output, timings, ratios, settings)
    print(f"written to {arguments.output}")
