"""What does attention cost? ``python -m benchmarks.attention``.

Self-attention with 4 heads of 64 in float32, one sequence, its length doubled from 512 to 16384.
Four functions compute the same; the gradient is that of all three inputs:

plain
    ``coreformulas.transformer.scaled_dot_product_attention``.
unbatched
    the plain form without the batch axis, for which XLA's CPU backend makes one kernel of both
    products and the softmax.
jax.nn
    ``jax.nn.dot_product_attention``.
chunked
    ``coreformulas.transformer.chunked_attention``.

All are compiled first, which is reported apart. At each length they take turns in one process, and
a ratio is formed in each round; short sequences are run many times in a turn, the longest in one
round only. Another form than chunked that would need more than half of the memory that is free is
not run, and the table says so. Extra memory is what the compiler sets aside besides arguments and
results; it does not count what its kernels set aside for themselves. So the growth of the process's
resident memory, results and all, stands behind it.

The roofline is a product of two square matrices in the same turns. Forward the scores and the
values are two products, 4 n² d operations for each head, and a gradient that computes the scores
again takes five more: no kernel can do them at a higher rate than the square product's. The table
goes to the screen, all numbers to ``benchmarks/results/attention.json``. Linux only.
"""

import argparse
import ctypes
import os
import shlex
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.rounds import BUSY, Timing, ratio
from coreformulas.training import surroundings, write_record
from coreformulas.transformer import chunked_attention, scaled_dot_product_attention

HEADS, SIZE = 4, 64
LENGTHS = (512, 1024, 2048, 4096, 8192, 16384)


def unbatched(query: jax.Array, key: jax.Array, value: jax.Array) -> jax.Array:
    return scaled_dot_product_attention(query[0], key[0], value[0])[None]


ATTENTIONS = {
    "plain": scaled_dot_product_attention,
    "unbatched": unbatched,
    "jax.nn": jax.nn.dot_product_attention,
    "chunked": chunked_attention,
}
PASSES = {"forward": 2, "gradient": 7}  # products of 2 n² d operations for each head
FULL_TURN = 4096  # shorter sequences are run until a turn costs as much
SQUARE = 2048
SEED = 0
RESULT = Path(__file__).parent / "results" / "attention.json"

Name = tuple[str, str]  # of an attention and of a pass


@dataclass(frozen=True)
class Program:
    """A compiled function with its arguments, and what it needs."""

    run: jax.stages.Compiled
    arguments: tuple[jax.Array, ...]
    compile_seconds: float

    @property
    def extra_bytes(self) -> int:
        """What is set aside besides arguments and results."""
        analysis = self.run.memory_analysis()
        if analysis is None:
            raise RuntimeError("this version of XLA does not say what memory a program needs")
        return analysis.temp_size_in_bytes

    def turn(self, times: int) -> tuple[float, int]:
        """The time of so many runs, and how far the resident memory grew, in bytes."""
        time.sleep(0.05)  # a buffer may be freed a little after its program's result is there
        ctypes.CDLL(None).malloc_trim(0)  # what other programs left would hide the growth
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        before, began = kilobytes("self/status", "VmRSS"), time.perf_counter()
        for _ in range(times):
            jax.block_until_ready(self.run(*self.arguments))
        seconds = time.perf_counter() - began
        return seconds, 1024 * max(0, kilobytes("self/status", "VmHWM") - before)


def kilobytes(file: str, name: str) -> int:
    """One entry of a listing of memory in /proc."""
    for line in Path("/proc", file).read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise RuntimeError(f"/proc/{file} has no entry {name}")


def compiled(function, *arguments: jax.Array) -> Program:
    began = time.perf_counter()
    run = jax.jit(function).lower(*arguments).compile()
    return Program(run, arguments, time.perf_counter() - began)


def compile_all(length: int) -> dict[Name, Program]:
    """Each attention, forward and gradient; nothing is run."""
    keys = jax.random.split(jax.random.key(SEED), 4)
    arrays = [jax.random.normal(key, (1, length, HEADS, SIZE)) for key in keys]
    found = {}
    for name, attention in ATTENTIONS.items():

        def weighted(query, key, value, weights, attention=attention):
            return (attention(query, key, value) * weights).sum()

        found[name, "forward"] = compiled(attention, *arrays[:3])
        found[name, "gradient"] = compiled(jax.grad(weighted, argnums=(0, 1, 2)), *arrays)
    return found


def compile_square() -> Program:
    return compiled(jnp.matmul, *jax.random.normal(jax.random.key(SEED), (2, SQUARE, SQUARE)))


def free_bytes() -> int:
    """The memory that programs can still have, in Linux's own estimate."""
    return 1024 * kilobytes("meminfo", "MemAvailable")


def take_turns(
    programs: Mapping[Any, Program], times: Mapping[Any, int], rounds: int
) -> tuple[dict[Any, Timing], dict[Any, int]]:
    """Run all programs in turns, A B C A B C: milliseconds of one run, and growth in bytes."""
    seconds, growth = {name: np.empty(rounds) for name in programs}, dict.fromkeys(programs, 0)
    for turn in range(rounds):
        for name, program in programs.items():
            total, grown = program.turn(times[name])
            seconds[name][turn] = total / times[name]
            growth[name] = max(growth[name], grown)
    timings = {
        name: Timing(1000 * found, programs[name].compile_seconds)
        for name, found in seconds.items()
    }
    return timings, growth


def measure(length: int, square: Program, rounds: int) -> dict[str, Any]:
    """All numbers of one length."""
    programs = compile_all(length)
    room = free_bytes() // 2
    fitting = {
        name: program
        for name, program in programs.items()
        if name[0] == "chunked" or program.extra_bytes <= room
    }
    times = dict.fromkeys(fitting, max(1, (FULL_TURN // length) ** 2))
    timings, growth = take_turns({**fitting, "square": square}, {**times, "square": 1}, rounds)
    found: dict[str, Any] = {
        "length": length,
        "not_run": [list(name) for name in programs if name not in fitting],
        "extra_bytes": _nested({name: p.extra_bytes for name, p in programs.items()}),
        "resident_bytes": _nested({name: growth[name] for name in fitting}),
        "compile_seconds": _nested(
            {name: round(p.compile_seconds, 2) for name, p in programs.items()}
        ),
        "milliseconds": _nested({name: _summary(timings[name], 3) for name in fitting}),
        "ratios": _nested(
            {
                (f"{name} / chunked", step): _summary(
                    ratio(timings[name, step], timings["chunked", step]), 3
                )
                for name, step in fitting
                if name != "chunked"
            }
        ),
    }
    found["roofline_share"] = {
        step: _summary(_share(timings["square"], timings["chunked", step], length, count), 4)
        for step, count in PASSES.items()
    }
    found["square_gigaflops"] = round(2 * SQUARE**3 / timings["square"].median / 1e6, 1)
    return found


def _share(square: Timing, chunked: Timing, length: int, products: int) -> Timing:
    """The rate of a program's products over that of the square product, round by round."""
    operations = products * 2 * length**2 * SIZE * HEADS
    return Timing(operations / (2 * SQUARE**3) * square.milliseconds / chunked.milliseconds, 0.0)


def _summary(timing: Timing, digits: int) -> dict[str, Any]:
    return {
        "median": round(timing.median, digits),
        "quartiles": [round(value, digits) for value in timing.quartiles],
        "rounds": timing.milliseconds.round(digits).tolist(),
    }


def _nested(flat: Mapping[Name, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for (name, step), value in flat.items():
        found.setdefault(name, {})[step] = value
    return found


def print_table(found: dict[str, Any]) -> None:
    """Times, extra memory, ratios and share of the roofline at one length."""
    rate = f"{found['square_gigaflops']:.0f} GFLOP/s in the square product"
    print(f"\n{found['length']} tokens ({rate})")
    for step in PASSES:
        for name in ATTENTIONS:
            line = f"  {step:9}{name:10}"
            if [name, step] in found["not_run"]:
                line += f"{'not run':>12}   "
            else:
                line += f"{found['milliseconds'][name][step]['median']:9.1f} ms   "
            line += f"{found['extra_bytes'][name][step] / 2**20:8.1f} MiB"
            if name in found["resident_bytes"] and step in found["resident_bytes"][name]:
                line += f" ({found['resident_bytes'][name][step] / 2**20:.0f})"
            if name == "chunked":
                line += f"   {found['roofline_share'][step]['median']:6.0%} of the roofline"
            elif step in found["ratios"].get(f"{name} / chunked", {}):
                times = found["ratios"][f"{name} / chunked"][step]
                low, high = times["quartiles"]
                line += f"   {times['median']:6.2f} times chunked ({low:.2f} - {high:.2f})"
            print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attention")
    parser.add_argument("--rounds", type=int, default=3, help="turns, but for the longest")
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS, help="of the sequence")
    parser.add_argument("--output", type=Path, default=RESULT, help="where the JSON goes")
    arguments = parser.parse_args()
    settings = surroundings(shlex.join(["python", "-m", "benchmarks.attention", *sys.argv[1:]]))
    if settings["load_before"] > BUSY:
        print(f"The machine is busy (load {settings['load_before']}); the numbers will be rough.")
    settings |= {"rounds": arguments.rounds, "heads": HEADS, "size": SIZE, "dtype": "float32"}
    square, lengths = compile_square(), []
    square.turn(1)  # wake the machine up
    for length in arguments.lengths:
        rounds = 1 if length == max(LENGTHS) else arguments.rounds
        lengths.append(measure(length, square, rounds))
        print_table(lengths[-1])
    settings["load_after"] = round(os.getloadavg()[0], 2)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    write_record(arguments.output, {"settings": settings, "lengths": lengths})
    print(f"\nwritten to {arguments.output}")


if __name__ == "__main__":
    main()
