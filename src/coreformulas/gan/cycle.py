"""The networks and the loss of a translation between two styles that goes there and back."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float

from coreformulas.gan.model import Discriminator, GANConfig

__all__ = ["CycleConfig", "StyleJudges", "Translator", "Translators", "cycle_consistency_loss"]


def cycle_consistency_loss(
    images: Float[Array, "batch data"], back: Float[Array, "batch data"]
) -> Float[Array, ""]:
    r"""How far a translation there and back is from where it started, in the unit of a pixel.

    .. math:: L_\mathrm{cyc} = E_x[\lVert F(G(x)) - x \rVert_1]

    summed over pixels, averaged over the batch. Both directions are two calls.

    Args:
        images: x.
        back: F(G(x)).

    Raises:
        ValueError: if the two do not have one shape, (batch, data), with batch >= 1.

    References:
        Zhu et al. (2017), equation (2). Their published code averages over pixels, so that its
        weight is this one's times the number of pixels.
    """
    if images.ndim != 2 or not images.size:
        raise ValueError(f"images must have shape (batch, data), batch >= 1, got {images.shape}")
    if back.shape != images.shape:
        raise ValueError(f"back must have the shape of images, {images.shape}, got {back.shape}")
    return jnp.mean(jnp.sum(jnp.abs(back - images), axis=-1))


@dataclass(frozen=True)
class CycleConfig:
    """Sizes of two :class:`Translator` networks and their two discriminators.

    Attributes:
        side: pixels of an image's side.
        channels: hidden units at each pixel of a translator.
        radius: how far each of a translator's two layers sees, in pixels; ``side`` to see all.
        judge: widths of the hidden layers of each discriminator.

    Raises:
        ValueError: if a size is not a positive whole number.
    """

    side: int = 8
    channels: int = 16
    radius: int = 1
    judge: tuple[int, ...] = (128, 128)

    def __post_init__(self):
        """Check every field."""
        sizes = {name: getattr(self, name) for name in ("side", "channels", "radius")}
        sizes |= {f"judge[{place}]": width for place, width in enumerate(self.judge)}
        for name, value in sizes.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{name} must be a whole number >= 1, got {value!r}")


class Translator(nnx.Module):
    """From an image in one style to an image in the other, pixels in (-1, 1).

    Two convolutions without a stride, with a bias of its own for each unit of each pixel. The
    kernels are shared, so that ink is treated alike everywhere; the biases can switch units off in
    some places, as the top of an image needs other treatment than the bottom where it is slanted.
    No stroke can move by more than twice ``config.radius``.
    """

    def __init__(self, config: CycleConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.config = config
        window, pixels = (2 * config.radius + 1) ** 2, config.side**2
        first = jax.random.normal(rngs.params(), (window, config.channels))
        last = jax.random.normal(rngs.params(), (config.channels, window))
        # Variances that keep the size of what goes through, with half of the units switched off.
        self.first = nnx.Param(first * (2 / window) ** 0.5)
        self.last = nnx.Param(last * (2 / (window * config.channels)) ** 0.5)
        self.first_bias = nnx.Param(jnp.zeros((pixels, config.channels)))
        self.last_bias = nnx.Param(jnp.zeros(pixels))

    def __call__(self, images: Float[Array, "batch data"]) -> Float[Array, "batch data"]:
        """Translate flat images, row by row."""
        if images.shape[-1] != self.config.side**2:
            raise ValueError(
                f"images must have {self.config.side**2} pixels in their last axis, "
                f"got {images.shape}"
            )
        # A convolution is a product with a matrix in which the kernel's numbers repeat. ``vmap``
        # over the kernels of many seeds keeps it a product, and would make a grouped convolution
        # of a convolution, which is slow on processors.
        places, pixels = _places(self.config.side, self.config.radius), self.config.side**2
        first = jnp.einsum("siw,wc->sic", places, self.first[...]).reshape(pixels, -1)
        last = jnp.einsum("isw,cw->ics", places, self.last[...]).reshape(-1, pixels)
        hidden = jax.nn.relu(images @ first + self.first_bias[...].reshape(1, -1))
        return jnp.tanh(hidden @ last + self.last_bias[...][None])


def _places(side: int, radius: int) -> Float[np.ndarray, "seen pixels window"]:
    """1 where a pixel has another one at a place of its window, row by row, and 0 elsewhere."""
    rows, columns = np.divmod(np.arange(side**2), side)
    steps = np.arange(-radius, radius + 1)
    down = (rows[:, None] - rows)[..., None] == steps
    right = (columns[:, None] - columns)[..., None] == steps
    both = down[..., :, None] & right[..., None, :]
    return both.reshape(side**2, side**2, -1).astype(np.float32)


class Translators(nnx.Module):
    """Both generators: G from the plain style to the other, F from there back.

    Attributes:
        there: G.
        back: F.
    """

    def __init__(self, config: CycleConfig, *, rngs: nnx.Rngs):
        """Make both, with fresh weights."""
        self.there = Translator(config, rngs=rngs)
        self.back = Translator(config, rngs=rngs)


class StyleJudges(nnx.Module):
    """Both discriminators, one for each style.

    Attributes:
        plain: says whether an image in the plain style is real.
        styled: the same of the other style.
    """

    def __init__(self, config: CycleConfig, *, rngs: nnx.Rngs):
        """Make both, with fresh weights."""
        judge = GANConfig(hidden=config.judge, data=config.side**2)
        self.plain = Discriminator(judge, rngs=rngs)
        self.styled = Discriminator(judge, rngs=rngs)
