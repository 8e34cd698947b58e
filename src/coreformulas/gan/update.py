"""One training step of a generative adversarial network, as a pure function of arrays."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from jaxtyping import Array, Float, Key

from coreformulas.gan.model import Discriminator, GANConfig, Generator
from coreformulas.gan.networks import ConvolutionalDiscriminator, ConvolutionalGenerator
from coreformulas.gan.objective import (
    discriminator_loss,
    generator_loss,
    wasserstein_critic_loss,
    wasserstein_generator_loss,
)
from coreformulas.gan.penalties import gradient_penalty, r1_penalty
from coreformulas.training import ModelState, descend

__all__ = ["GANState", "Rules", "initial_state", "make_update", "pack", "to_generator"]

Loss = Literal["non-saturating", "wasserstein"]
Metrics = dict[str, Float[Array, ""]]


class GANState(NamedTuple):
    """What training changes: two players, each with an optimizer of its own."""

    generator: ModelState
    discriminator: ModelState


Update = Callable[[GANState, Float[Array, "batch data"], Key[Array, ""]], tuple[GANState, Metrics]]


@dataclass(frozen=True)
class Rules:
    r"""How the two players move.

    Attributes:
        loss: "non-saturating" (the article's two losses) or "wasserstein".
        critic_steps: steps of the discriminator for one of the generator.
        r1: :math:`\gamma`, the strength of the R1 penalty; 0 for none.
        gradient_penalty: :math:`\lambda` of WGAN-GP; 0 for none.
        packing: examples that the discriminator judges together, m in PacGAN; 1 for each alone.
        unrolling: steps of the discriminator that the generator looks ahead, K; 0 for none.

    Raises:
        ValueError: if a number is out of range, or the loss is unknown.

    References:
        Mescheder et al. (2018) for R1; Gulrajani et al. (2017), algorithm 1; Lin et al. (2018) for
        packing; Metz et al. (2017) for unrolling.
    """

    loss: Loss = "non-saturating"
    critic_steps: int = 1
    r1: float = 0.0
    gradient_penalty: float = 0.0
    packing: int = 1
    unrolling: int = 0

    def __post_init__(self):
        """Check every field."""
        if self.loss not in get_args(Loss):
            names = " or ".join(map(repr, get_args(Loss)))
            raise ValueError(f"loss must be {names}, got {self.loss!r}")
        for name, low in (("critic_steps", 1), ("packing", 1), ("unrolling", 0)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < low:
                raise ValueError(f"{name} must be a whole number >= {low}, got {value!r}")
        for name in ("r1", "gradient_penalty"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be a number >= 0, got {getattr(self, name)!r}")


def pack(examples: Float[Array, "batch data"], packing: int) -> Float[Array, "packs packed"]:
    """Put every ``packing`` examples in a row end to end, as one example for the discriminator.

    Raises:
        ValueError: if ``packing`` does not divide their number.

    References:
        Lin et al. (2018), section 2.
    """
    if packing < 1 or len(examples) % packing:
        raise ValueError(
            f"packing must divide the {len(examples)} examples that it packs, got {packing}"
        )
    return examples.reshape(len(examples) // packing, -1)


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
    generator = nnx.state(_generator(config, nnx.Rngs(generator_key)), nnx.Param)
    judge = _discriminator(config, packing, nnx.Rngs(discriminator_key))
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
    game = _Game(config, rules)

    def update(
        state: GANState, batch: Float[Array, "batch data"], key: Key[Array, ""]
    ) -> tuple[GANState, Metrics]:
        rows = game.rows(batch)
        parts = batch.reshape(rules.critic_steps, rows, -1)
        generator, discriminator = state
        judge_key, latent_key, ahead_key = jax.random.split(key, 3)

        def judge_step(judge: ModelState, inputs: tuple[Array, Array]):
            real, step_key = inputs
            noise_key, penalty_key = jax.random.split(step_key)
            fake = game.generate(generator.parameters, game.latent(rows, noise_key))
            return game.improve(judge, discriminator_optimizer, real, fake, penalty_key)

        keys = jax.random.split(judge_key, rules.critic_steps)
        discriminator, judge_losses = jax.lax.scan(judge_step, discriminator, (parts, keys))
        latent = game.latent(rows, latent_key)

        def loss_of(parameters: nnx.State) -> tuple[Float[Array, ""], None]:
            fake = game.generate(parameters, latent)

            def look_ahead(judge: ModelState, step_key: Array):
                return game.improve(judge, discriminator_optimizer, parts[-1], fake, step_key)

            keys = jax.random.split(ahead_key, rules.unrolling)
            judge, _ = jax.lax.scan(look_ahead, discriminator, keys)
            return game.maker_loss(judge.parameters, fake), None

        generator, maker_loss, _ = descend(generator, generator_optimizer, loss_of)
        metrics = {"discriminator_loss": judge_losses[-1], "generator_loss": maker_loss}
        return GANState(generator, discriminator), metrics

    return update


def to_generator(config: GANConfig, state: GANState) -> Generator | ConvolutionalGenerator:
    """The generator that holds the weights of ``state``."""
    return nnx.merge(_generator_graph(config), state.generator.parameters)


class _Game:
    """The losses of both players as functions of their weights."""

    def __init__(self, config: GANConfig, rules: Rules):
        self._config = config
        self._rules = rules
        self._maker = _generator_graph(config)
        self._judge, _ = nnx.split(
            nnx.eval_shape(lambda: _discriminator(config, rules.packing, nnx.Rngs(0)))
        )

    def rows(self, batch: Float[Array, "batch data"]) -> int:
        """Examples of one step, after a check of the batch."""
        parts = self._rules.critic_steps * self._rules.packing
        if not len(batch) or len(batch) % parts:
            raise ValueError(
                f"the batch must be a multiple of critic_steps x packing = "
                f"{self._rules.critic_steps} x {self._rules.packing}, got {len(batch)} examples"
            )
        return len(batch) // self._rules.critic_steps

    def latent(self, count: int, key: Key[Array, ""]) -> Float[Array, "count latent"]:
        return jax.random.normal(key, (count, self._config.latent))

    def generate(
        self, parameters: nnx.State, latent: Float[Array, "count latent"]
    ) -> Float[Array, "count data"]:
        return nnx.merge(self._maker, parameters)(latent)

    def improve(
        self,
        judge: ModelState,
        optimizer: optax.GradientTransformation,
        real: Float[Array, "rows data"],
        fake: Float[Array, "rows data"],
        key: Key[Array, ""],
    ) -> tuple[ModelState, Float[Array, ""]]:
        """One step of the discriminator, and its loss before it."""
        judge, loss, _ = descend(
            judge, optimizer, lambda weights: (self.judge_loss(weights, real, fake, key), None)
        )
        return judge, loss

    def judge_loss(
        self,
        parameters: nnx.State,
        real: Float[Array, "rows data"],
        fake: Float[Array, "rows data"],
        key: Key[Array, ""],
    ) -> Float[Array, ""]:
        """What the discriminator lowers."""
        rules, judge = self._rules, nnx.merge(self._judge, parameters)
        real, fake = pack(real, rules.packing), pack(fake, rules.packing)
        compare = discriminator_loss if rules.loss == "non-saturating" else wasserstein_critic_loss
        # One call on both: half as many matrix products, of twice the size.
        said = judge(jnp.concatenate([real, fake]))
        loss = compare(said[: len(real)], said[len(real) :])
        if rules.r1:
            loss += r1_penalty(judge, real, gamma=rules.r1)
        if rules.gradient_penalty:
            weight = rules.gradient_penalty
            loss += gradient_penalty(judge, real, fake, weight=weight, key=key)
        return loss

    def maker_loss(
        self, parameters: nnx.State, fake: Float[Array, "rows data"]
    ) -> Float[Array, ""]:
        """What the generator lowers."""
        said = nnx.merge(self._judge, parameters)(pack(fake, self._rules.packing))
        if self._rules.loss == "non-saturating":
            return generator_loss(said)
        return wasserstein_generator_loss(said)


def _generator(config: GANConfig, rngs: nnx.Rngs) -> Generator | ConvolutionalGenerator:
    if config.architecture == "convolutional":
        return ConvolutionalGenerator(config, rngs=rngs)
    return Generator(config, rngs=rngs)


def _discriminator(
    config: GANConfig, packing: int, rngs: nnx.Rngs
) -> Discriminator | ConvolutionalDiscriminator:
    """A discriminator of packs."""
    if config.spectral_norm:
        raise ValueError("spectral_norm keeps a state besides the weights, which no update carries")
    if config.architecture == "convolutional":
        return ConvolutionalDiscriminator(config, images=packing, rngs=rngs)
    return Discriminator(replace(config, data=packing * config.data), rngs=rngs)


def _generator_graph(config: GANConfig) -> nnx.GraphDef:
    """The generator's structure without weights: abstract evaluation computes none."""
    graph, _ = nnx.split(nnx.eval_shape(lambda: _generator(config, nnx.Rngs(0))))
    return graph
