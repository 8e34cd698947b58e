"""``python -m coreformulas compare uses``: what each family is used for, and where it fails."""

import argparse
from collections.abc import Callable
from typing import Any

import jax
from jaxtyping import Array, Key

from coreformulas.comparison.uses_collapse import collapse
from coreformulas.comparison.uses_depth import depth
from coreformulas.comparison.uses_gan import conditional, style
from coreformulas.comparison.uses_vae import compression, denoising, reduction

__all__ = ["USES", "add_options", "compare", "keys_of"]

USES: dict[str, Callable[..., dict[str, Any]]] = {
    "compression": compression,
    "denoising": denoising,
    "reduction": reduction,
    "collapse": collapse,
    "conditional": conditional,
    "style": style,
    "depth": depth,
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``uses`` to a parser."""
    parser.add_argument("--only", nargs="+", choices=tuple(USES), help="some; all by default")
    parser.add_argument("--seeds", type=int, default=5, help="how many of each")
    parser.add_argument("--seed", type=int, required=True, help="of the key that all come from")


def keys_of(seed: int) -> dict[str, Key[Array, ""]]:
    """The key of each use."""
    return dict(zip(USES, jax.random.split(jax.random.key(seed), len(USES)), strict=True))


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """Measure the chosen uses, and return the record, one number for each seed.

    Raises:
        ValueError: if there are fewer than two seeds.
    """
    if options.seeds < 2:
        raise ValueError(f"--seeds must be at least 2 for a standard error, got {options.seeds}")
    keys = keys_of(options.seed)
    found = {}
    for name in options.only or USES:
        found[name] = USES[name](seeds=options.seeds, key=keys[name])
        print(f"{name} measured", flush=True)
    return {"seed": options.seed, "seeds": options.seeds, "uses": found}
