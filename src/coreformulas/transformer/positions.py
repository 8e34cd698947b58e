"""Where a token stands: sinusoidal, learned and rotary positions."""

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Num

from coreformulas.transformer.config import StackConfig

__all__ = ["Positions", "rotate", "sinusoidal_positions"]

BASE = 10000.0


def sinusoidal_positions(
    positions: Num[Array, "*shape"], dimensions: int, *, base: float = BASE
) -> Float[Array, "*shape dimensions"]:
    r"""Sines and cosines of the position, with wavelengths in a geometric progression.

    .. math::
        PE_{t, 2i} = \sin(t \, \omega_i), \qquad PE_{t, 2i+1} = \cos(t \, \omega_i), \qquad
        \omega_i = b^{-2i/d}

    Args:
        positions: t, whole numbers or not.
        dimensions: d, even.
        base: b; the wavelengths run from :math:`2\pi` up to almost :math:`2\pi b`.

    Raises:
        ValueError: if ``dimensions`` is not an even number of at least 2.

    References:
        Vaswani et al. (2017), section 3.5.
    """
    angles = _angles(positions, dimensions, base)
    pairs = jnp.stack([jnp.sin(angles), jnp.cos(angles)], axis=-1)
    return pairs.reshape(*positions.shape, dimensions)


def rotate(
    vectors: Float[Array, "*batch length heads size"],
    positions: Num[Array, " length"],
    *,
    base: float = BASE,
) -> Float[Array, "*batch length heads size"]:
    r"""Turn each pair of entries of a query or key by an angle that grows with its position.

    .. math::
        \begin{pmatrix} x'_{2i} \\ x'_{2i+1} \end{pmatrix} =
        \begin{pmatrix} \cos t\omega_i & -\sin t\omega_i \\ \sin t\omega_i & \cos t\omega_i
        \end{pmatrix} \begin{pmatrix} x_{2i} \\ x_{2i+1} \end{pmatrix}, \qquad
        \omega_i = b^{-2i/d}

    A query at t and a key at s, both turned, have an inner product that depends on t - s alone.

    Args:
        vectors: queries or keys, split into heads; ``size`` is d, even.
        positions: t of each.
        base: b.

    Raises:
        ValueError: if ``size`` is not even.

    References:
        Su et al. (2021), sections 3.2.2 and 3.4.2.
    """
    angles = _angles(positions, vectors.shape[-1], base)[:, None, :]
    # The axes before the length are spelled out: shapes of other ranks are never broadcast here.
    angles = angles.reshape((1,) * (vectors.ndim - 3) + angles.shape)
    cos, sin = (wave(angles).astype(vectors.dtype) for wave in (jnp.cos, jnp.sin))
    even, odd = vectors[..., 0::2], vectors[..., 1::2]
    turned = jnp.stack([even * cos - odd * sin, even * sin + odd * cos], axis=-1)
    return turned.reshape(vectors.shape)


def _angles(positions: Array, dimensions: int, base: float) -> Array:
    """Position times frequency, of shape (..., dimensions / 2)."""
    if dimensions < 2 or dimensions % 2:
        raise ValueError(f"positions need an even number of dimensions, got {dimensions}")
    frequencies = base ** (-jnp.arange(0, dimensions, 2) / dimensions)
    angles = jnp.asarray(positions, float)[..., None]
    return angles * frequencies.reshape((1,) * positions.ndim + (-1,))


class Positions(nnx.Module):
    """What is added to the vectors of a sequence before its first layer, as the config says.

    Sinusoidal positions are fixed; learned ones are one vector for each position. Rotary ones add
    nothing here, because they turn queries and keys inside each layer; "none" adds nothing at all.

    Args:
        config: sizes of the stack.
        rngs: where the learned positions' initial values come from.
    """

    def __init__(self, config: StackConfig, *, rngs: nnx.Rngs):
        """Make the table of learned positions, if there is one."""
        self.config = config
        if config.positions == "learned":
            # As large as the sinusoids are in the mean square.
            initial = nnx.initializers.normal(0.5**0.5)
            self.table = nnx.Embed(config.length, config.width, embedding_init=initial, rngs=rngs)

    def __call__(
        self, vectors: Float[Array, "batch length width"], positions: Num[Array, " length"]
    ) -> Float[Array, "batch length width"]:
        """Add to each vector what stands for its position."""
        if self.config.positions == "sinusoidal":
            added = sinusoidal_positions(positions, self.config.width)
        elif self.config.positions == "learned":
            added = self.table(positions)
        else:
            return vectors
        return vectors + added[None].astype(vectors.dtype)
