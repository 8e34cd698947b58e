"""What a deep stack does to a signal on its way up and to a gradient on its way down, untrained."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from jaxtyping import Array, Float, Key

from coreformulas.transformer.config import StackConfig
from coreformulas.transformer.layers import Layer
from coreformulas.transformer.masks import causal_mask

__all__ = ["DepthProfile", "depth_profile", "fresh_weights", "layer_branches"]

Wiring = Literal["bare", "residual", "post", "pre"]
Branch = Callable[[Any, Float[Array, "batch length width"]], Float[Array, "batch length width"]]

EPSILON = 1e-6  # of flax.nnx.LayerNorm


class DepthProfile(NamedTuple):
    """Sizes by depth, each a root mean square over batch, places and coordinates or a norm.

    Attributes:
        signal: root mean square of what enters each layer, and of what leaves the last.
        gradient: norm of the gradient of the loss with respect to what enters each layer, and to
            what leaves the last.
        weight_gradient: norm of the gradient with respect to all weights of each layer.
    """

    signal: Float[Array, " layers_and_end"]
    gradient: Float[Array, " layers_and_end"]
    weight_gradient: Float[Array, " layers"]


def layer_branches(config: StackConfig) -> tuple[Branch, Branch]:
    """Causal attention and the feed-forward network of a layer, without residual and norm.

    Args:
        config: sizes. Rotary positions have no part in it.

    Returns:
        Two functions of one layer's weights, as :func:`fresh_weights` draws them, and of vectors.
    """
    graph = nnx.split(nnx.eval_shape(lambda: _layer(config, jax.random.key(0))))[0]

    def attention(weights, vectors):
        mask = causal_mask(vectors.shape[1])[None, None]
        return nnx.merge(graph, weights).attention(vectors, mask=mask)

    def forward(weights, vectors):
        return nnx.merge(graph, weights).forward(vectors)

    return attention, forward


def fresh_weights(config: StackConfig, *, key: Key[Array, ""]) -> nnx.State:
    """The weights of ``config.layers`` new layers, stacked along a first axis.

    Args:
        config: of the layers.
        key: from which they are drawn, as those of a new model.
    """
    return _draw(config, jax.random.split(key, config.layers))


@partial(jax.jit, static_argnums=0)
def _draw(config: StackConfig, keys: Array) -> nnx.State:
    return jax.vmap(lambda key: nnx.state(_layer(config, key), nnx.Param))(keys)


def _layer(config: StackConfig, key: Array) -> Layer:
    return Layer(config, cross=False, rngs=nnx.Rngs(key))


def depth_profile(
    branches: Sequence[Branch],
    weights: Any,
    vectors: Float[Array, "batch length width"],
    loss: Callable[[Float[Array, "batch length width"]], Float[Array, ""]],
    *,
    wiring: Wiring,
) -> DepthProfile:
    r"""Run vectors up a stack and the gradient of a loss down, and measure both at each layer.

    Each branch f of each layer is wired in one of four ways:

    .. math::
        f(x) \;\text{("bare")} \qquad x + f(x) \;\text{("residual")} \qquad
        \mathrm{LN}(x + f(x)) \;\text{("post")} \qquad x + f(\mathrm{LN}(x)) \;\text{("pre")}

    LN is a layer normalization as it is before training, without gain and bias; with "pre" there
    is one more before the loss.

    Args:
        branches: of a layer, in their order; each takes one layer's weights, and vectors. As
            with the loss, what is compiled serves every call with the same functions.
        weights: of all layers, stacked along a first axis.
        vectors: what enters the first layer.
        loss: of what leaves the last.
        wiring: see above.

    Raises:
        ValueError: if ``wiring`` is unknown.

    References:
        Xiong et al. (2020), table 1, for "post" and "pre".
    """
    if wiring not in get_args(Wiring):
        names = " or ".join(map(repr, get_args(Wiring)))
        raise ValueError(f"wiring must be {names}, got {wiring!r}")
    before = jnp.array(wiring == "pre")
    after = jnp.array(wiring == "post")
    around = jnp.array(wiring != "bare")
    return _profile(tuple(branches), loss, weights, vectors, before, around, after)


# The wiring is traced: all four, and all seeds, share what is compiled.
@partial(jax.jit, static_argnums=(0, 1))
def _profile(
    branches: tuple[Branch, ...],
    loss: Callable[[Array], Array],
    weights: Any,
    vectors: Array,
    before: Array,
    around: Array,
    after: Array,
) -> DepthProfile:
    layers = len(jax.tree.leaves(weights)[0])

    def up(x, inputs):
        own, nudge = inputs
        x = x + nudge
        entering = _root_mean_square(x)
        for branch in branches:
            change = branch(own, jnp.where(before, _normalize(x), x))
            total = jnp.where(around, x, 0) + change
            x = jnp.where(after, _normalize(total), total)
        return x, entering

    # Nudges of zero at each place: the gradient with respect to them is the one that arrives there.
    nudges = jnp.zeros((layers + 1, *vectors.shape), vectors.dtype)

    def loss_of(weights, nudges):
        last, signal = jax.lax.scan(up, vectors, (weights, nudges[:-1]))
        last = last + nudges[-1]
        signal = jnp.append(signal, _root_mean_square(last))
        return loss(jnp.where(before, _normalize(last), last)), signal

    (by_weight, by_nudge), signal = jax.grad(loss_of, (0, 1), has_aux=True)(weights, nudges)
    return DepthProfile(
        signal,
        jax.vmap(jnp.linalg.norm)(by_nudge.reshape(layers + 1, -1)),
        jax.vmap(optax.tree.norm)(by_weight),
    )


def _normalize(x: Array) -> Array:
    return jax.nn.standardize(x, axis=-1, epsilon=EPSILON)


def _root_mean_square(x: Array) -> Array:
    return jnp.sqrt(jnp.mean(x**2))
