"""A generator and a discriminator of fully connected layers."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import jax
from flax import nnx
from jaxtyping import Array, Float

__all__ = ["Discriminator", "GANConfig", "Generator"]

Architecture = Literal["perceptron", "convolutional"]


@dataclass(frozen=True)
class GANConfig:
    """Sizes of a :class:`Generator` and the :class:`Discriminator` that it plays against.

    Attributes:
        latent: dimensions of z.
        hidden: widths of the hidden layers of each network, or channels of the discriminator's
            convolutions, which the generator has in reverse order.
        data: dimensions of x; pixels of a square image where the networks are convolutional.
        spectral_norm: whether each weight matrix of the discriminator is divided by its largest
            singular value, which makes the network 1-Lipschitz.
        architecture: "perceptron" for the networks below, or "convolutional" for those of
            ``coreformulas.gan.networks``.

    Raises:
        ValueError: if a size is not a positive whole number, or the architecture is unknown.
    """

    latent: int = 2
    hidden: tuple[int, ...] = (128, 128)
    data: int = 2
    spectral_norm: bool = False
    architecture: Architecture = "perceptron"

    def __post_init__(self):
        """Check every field, so that a bad size is named here and not deep inside a layer."""
        for name in ("latent", "data"):
            if not _is_size(getattr(self, name)):
                raise ValueError(f"{name} must be a whole number >= 1, got {getattr(self, name)!r}")
        if not isinstance(self.hidden, tuple) or not all(_is_size(width) for width in self.hidden):
            raise ValueError(f"hidden must be a tuple of whole numbers >= 1, got {self.hidden!r}")
        if self.architecture not in get_args(Architecture):
            names = " or ".join(map(repr, get_args(Architecture)))
            raise ValueError(f"architecture must be {names}, got {self.architecture!r}")


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


class Generator(nnx.Module):
    r"""From noise :math:`z \sim N(0, I)` to generated data G(z).

    Args:
        config: sizes.
        rngs: where the initial weights come from, ``nnx.Rngs(jax.random.key(...))``.

    References:
        Goodfellow et al. (2014), section 3.
    """

    def __init__(self, config: GANConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.config = config
        widths = (config.latent, *config.hidden, config.data)
        self.layers = nnx.List([nnx.Linear(a, b, rngs=rngs) for a, b in pairwise(widths)])

    def __call__(self, latent: Float[Array, "*batch latent"]) -> Float[Array, "*batch data"]:
        """Generated data, one example for each z."""
        _require_width("latent", latent, self.config.latent)
        *hidden_layers, last = self.layers
        for layer in hidden_layers:
            latent = jax.nn.relu(layer(latent))
        return last(latent)


class Discriminator(nnx.Module):
    r"""From data to the logit :math:`\ell` of "this is real", :math:`D = \sigma(\ell)`.

    Without the sigmoid the same network is a critic f(x).

    With ``config.spectral_norm`` the layers are those of ``flax.nnx.SpectralNorm``. Each keeps a
    vector in ``nnx.BatchStat``, which its power iteration improves by one step in every call with
    ``update_stats=True``: carry this state along with the weights, which stay as they are.

    Args:
        config: sizes.
        rngs: where the initial weights come from, ``nnx.Rngs(jax.random.key(...))``.

    References:
        Goodfellow et al. (2014), section 3; Miyato et al. (2018), section 2.1.
    """

    def __init__(self, config: GANConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.config = config
        widths = (config.data, *config.hidden, 1)
        layers = [nnx.Linear(a, b, rngs=rngs) for a, b in pairwise(widths)]
        if config.spectral_norm:
            layers = [nnx.SpectralNorm(layer, rngs=rngs) for layer in layers]
        self.layers = nnx.List(layers)

    def __call__(
        self, data: Float[Array, "*batch data"], *, update_stats: bool = False
    ) -> Float[Array, "*batch"]:
        """The logits, one for each example."""
        _require_width("data", data, self.config.data)
        *hidden_layers, last = self.layers
        for layer in hidden_layers:
            data = jax.nn.leaky_relu(_apply(layer, data, update_stats), 0.2)
        return _apply(last, data, update_stats)[..., 0]


def _apply(layer: nnx.Linear | nnx.SpectralNorm, data: Array, update_stats: bool) -> Array:
    if isinstance(layer, nnx.Linear):
        return layer(data)
    # It writes the divided weights into itself. Into a copy, so that a call changes no weights
    # and can be differentiated anywhere.
    copy = nnx.clone(layer)
    data = copy(data, update_stats=update_stats)
    if update_stats:
        nnx.update(layer, nnx.state(copy, nnx.BatchStat))
    return data


def _require_width(name: str, array: Array, width: int):
    if array.ndim < 1 or array.shape[-1] != width:
        raise ValueError(f"{name} must have {width} values in its last axis, got {array.shape}")
