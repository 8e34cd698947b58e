"""One training step of a generative adversarial network, as a pure function of arrays."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import optax
from flax import nnx
from jaxtyping import Array, Float, Key

from coreformulas.gan.game import (
    Game,
    Rules,
    build_discriminator,
    build_generator,
    discriminator_graph,
    generator_graph,
)
from coreformulas.gan.model import Discriminator, GANConfig, Generator
from coreformulas.gan.networks import ConvolutionalDiscriminator, ConvolutionalGenerator
from coreformulas.training import ModelState, descend

__all__ = ["GANState", "initial_state", "make_update", "to_discriminator", "to_generator"]

Metrics = dict[str, Float[Array, ""]]


class GANState(NamedTuple):
    """What training changes: two players, each with an optimizer of its own."""

    generator: ModelState
    discriminator: ModelState


Update = Callable[[GANState, Float[Array, "batch data"], Key[Array, ""]], tuple[GANState, Metrics]]


def initial_state(
    config: GANConfig,
    generator_optimizer: optax.GradientTransformation,
    discriminator_optimizer: optax.GradientTransformation,
    *,
    key: Key[Array, ""],
    packing: int = 1,
) -> GANState:
    """Fresh weights of both players, drawn from ``key``, and the states of their optimizers.

    Args:
        config: sizes.
        generator_optimizer: lowers the generator's loss.
        discriminator_optimizer: lowers the discriminator's loss.
        key: from ``jax.random.key``.
        packing: that of the :class:`Rules`; the discriminator's input is as many times as wide.
    """
    generator_key, discriminator_key = jax.random.split(key)
    generator = nnx.state(build_generator(config, nnx.Rngs(generator_key)), nnx.Param)
    judge = build_discriminator(config, packing, nnx.Rngs(discriminator_key))
    discriminator = nnx.state(judge, nnx.Param)
    return GANState(
        ModelState(generator, generator_optimizer.init(generator)),
        ModelState(discriminator, discriminator_optimizer.init(discriminator)),
    )


def make_update(
    config: GANConfig,
    generator_optimizer: optax.GradientTransformation,
    discriminator_optimizer: optax.GradientTransformation,
    *,
    rules: Rules,
) -> Update:
    """Build the step: ``critic_steps`` of the discriminator, then one of the generator.

    The batch is split evenly among the steps of the discriminator, each of which meets as many
    generated examples, newly drawn. The generator answers a batch of that size.

    Args:
        config: of the networks that ``initial_state`` made.
        generator_optimizer: the one given to ``initial_state``.
        discriminator_optimizer: the one given to ``initial_state``; with unrolling it must be
            differentiable, so Adam needs an ``eps_root`` above zero.
        rules: how the players move.

    Returns:
        ``update(state, batch, key) -> (state, metrics)``, pure, for ``coreformulas.training.fit``.
        The metrics are ``discriminator_loss`` (with its penalties) and ``generator_loss``, each
        before the step that lowers it, the former for the last step.

    Raises:
        ValueError: by ``update`` where the batch cannot be split into equal steps of equal packs.
    """
    game = Game(config, rules)

    def update(
        state: GANState, batch: Float[Array, "batch data"], key: Key[Array, ""]
    ) -> tuple[GANState, Metrics]:
        rows = game.rows(batch)
        parts = batch.reshape(rules.critic_steps, rows, -1)
        generator, discriminator = state
        judge_key, latent_key, ahead_key = jax.random.split(key, 3)

        def judge_step(judge: ModelState, inputs: tuple[Array, Array]):
            real, step_key = inputs
            return game.play(judge, discriminator_optimizer, generator.parameters, real, step_key)

        keys = jax.random.split(judge_key, rules.critic_steps)
        discriminator, judge_losses = jax.lax.scan(judge_step, discriminator, (parts, keys))
        latent = game.latent(rows, latent_key)

        def loss_of(parameters: nnx.State) -> tuple[Float[Array, ""], None]:
            fake = game.generate(parameters, latent)
            judge = game.look_ahead(
                discriminator, discriminator_optimizer, parts[-1], fake, ahead_key
            )
            return game.maker_loss(judge.parameters, fake), None

        generator, maker_loss, _ = descend(generator, generator_optimizer, loss_of)
        return GANState(generator, discriminator), {
            "discriminator_loss": judge_losses[-1],
            "generator_loss": maker_loss,
        }

    return update


def to_generator(config: GANConfig, state: GANState) -> Generator | ConvolutionalGenerator:
    """The generator that holds the weights of ``state``."""
    return nnx.merge(generator_graph(config), state.generator.parameters)


def to_discriminator(
    config: GANConfig, state: GANState, *, packing: int = 1
) -> Discriminator | ConvolutionalDiscriminator:
    """The discriminator that holds the weights of ``state``, which played with this ``packing``."""
    return nnx.merge(discriminator_graph(config, packing), state.discriminator.parameters)
