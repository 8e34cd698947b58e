"""Drawing from a trained generator."""

import jax
from jaxtyping import Array, Float, Key

from coreformulas.gan.model import Generator
from coreformulas.gan.networks import ConvolutionalGenerator

__all__ = ["sample"]


def sample(
    generator: Generator | ConvolutionalGenerator, count: int, *, key: Key[Array, ""]
) -> Float[Array, "count data"]:
    """Generated data: x = G(z) with z ~ N(0, I).

    Raises:
        ValueError: if ``count`` is below 1.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    return generator(jax.random.normal(key, (count, generator.config.latent)))
