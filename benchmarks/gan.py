"""How fast do GANs train? ``python -m benchmarks.gan``.

The plain GAN of the chapter on training (three hidden layers of 64 units in each network, batch
128, Adam) is trained on the ring of Gaussians by four programs, which take turns in one process:

fit
    one seed: a whole call of ``coreformulas.training.fit`` with an update from
    ``coreformulas.gan.make_update``.
usual loop
    one seed: an ``nnx.jit`` step for both players, called from Python for each batch, with
    ``nnx.Optimizer`` and batches picked by NumPy. Networks, losses and optimizers are those of
    ``fit``: the same mathematics. It reads the loss in each step, as usual loops do.
seeds together
    ten seeds by one call of ``coreformulas.training.fit_seeds``: shared out over threads,
    vectorized in each.
seeds one after another
    ten calls of ``fit``, one for each seed, with what the first has compiled.

Each program first runs once to compile, which is reported apart; then all run in turns, and a ratio
is formed in each round. The table goes to the screen, all numbers to
``benchmarks/results/gan-speed.json``.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from benchmarks.fit import print_table, write
from benchmarks.rounds import BUSY, ratio, take_turns
from benchmarks.usual import shuffled_batches
from coreformulas.datasets import ring
from coreformulas.gan import (
    Discriminator,
    GANConfig,
    Generator,
    Rules,
    discriminator_loss,
    generator_loss,
    initial_state,
    make_update,
)
from coreformulas.training import fit, fit_seeds, surroundings

CONFIG = GANConfig(latent=2, hidden=(64, 64, 64), data=2)
BATCH = 128
EXAMPLES = 100_000
SEEDS = 10
SEED = 0
RESULT = Path(__file__).parent / "results" / "gan-speed.json"


def adam() -> optax.GradientTransformation:
    return optax.adam(2e-3, b1=0.5, eps_root=1e-12)


@nnx.jit
def train_step(
    generator: Generator,
    discriminator: Discriminator,
    generator_optimizer: nnx.Optimizer,
    discriminator_optimizer: nnx.Optimizer,
    rngs: nnx.Rngs,
    batch: jax.Array,
) -> dict[str, jax.Array]:
    """One step of each player, in place."""
    fake = generator(jax.random.normal(rngs.noise(), (len(batch), CONFIG.latent)))

    def judge_loss(discriminator: Discriminator):
        return discriminator_loss(discriminator(batch), discriminator(fake))

    judged, gradients = nnx.value_and_grad(judge_loss)(discriminator)
    discriminator_optimizer.update(discriminator, gradients)
    latent = jax.random.normal(rngs.noise(), (len(batch), CONFIG.latent))

    def maker_loss(generator: Generator):
        return generator_loss(discriminator(generator(latent)))

    made, gradients = nnx.value_and_grad(maker_loss)(generator)
    generator_optimizer.update(generator, gradients)
    return {"discriminator_loss": judged, "generator_loss": made}


def make_usual_loop(points: np.ndarray, *, steps: int) -> Callable[[], None]:
    rngs = nnx.Rngs(params=SEED, noise=SEED + 1)
    generator, discriminator = Generator(CONFIG, rngs=rngs), Discriminator(CONFIG, rngs=rngs)
    generator_optimizer = nnx.Optimizer(generator, adam(), wrt=nnx.Param)
    discriminator_optimizer = nnx.Optimizer(discriminator, adam(), wrt=nnx.Param)
    batches = shuffled_batches(points, BATCH, SEED)

    def run():
        history = []
        for _ in range(steps):
            metrics = train_step(
                generator,
                discriminator,
                generator_optimizer,
                discriminator_optimizer,
                rngs,
                jnp.asarray(next(batches)),
            )
            history.append({name: float(value) for name, value in metrics.items()})

    return run


def make_programs(steps: int) -> dict[str, Callable[[], None]]:
    """All programs; those of ten seeds take ``steps`` steps with each."""
    optimizer = adam()
    update = make_update(CONFIG, optimizer, optimizer, rules=Rules())
    points = np.asarray(ring().sample(EXAMPLES, key=jax.random.key(SEED)))
    begin_key, key = jax.random.split(jax.random.key(SEED + 1))

    def begin(key: jax.Array):
        return initial_state(CONFIG, optimizer, optimizer, key=key)

    state = jax.jit(begin)(begin_key)

    def one():
        fit(update, state, points, key, steps=steps, batch_size=BATCH, progress=False)

    def together():
        fit_seeds(update, begin, points, key, seeds=SEEDS, steps=steps, batch_size=BATCH)

    def in_turn():
        for _ in range(SEEDS):
            one()

    return {
        "fit": one,
        "usual loop": make_usual_loop(points, steps=steps),
        "seeds together": together,
        "seeds one after another": in_turn,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gan")
    parser.add_argument("--rounds", type=int, default=7, help="turns that are timed")
    parser.add_argument("--steps", type=int, default=1000, help="steps of a turn, for each seed")
    parser.add_argument("--output", type=Path, default=RESULT, help="where the JSON goes")
    arguments = parser.parse_args()
    settings = surroundings(shlex.join(["python", "-m", "benchmarks.gan", *sys.argv[1:]]))
    if settings["load_before"] > BUSY:
        print(f"The machine is busy (load {settings['load_before']}); the numbers will be rough.\n")
    settings |= {"rounds": arguments.rounds, "steps": arguments.steps, "seeds": SEEDS}
    programs = make_programs(arguments.steps)
    timings = take_turns(programs, rounds=arguments.rounds, steps=arguments.steps)
    ratios = {
        "usual loop / fit": ratio(timings["usual loop"], timings["fit"]),
        "one after another / together": ratio(
            timings["seeds one after another"], timings["seeds together"]
        ),
    }
    settings["load_after"] = round(os.getloadavg()[0], 2)
    print_table(timings, ratios)
    write(arguments.output, timings, ratios, settings)
    print(f"written to {arguments.output}")


if __name__ == "__main__":
    main()
