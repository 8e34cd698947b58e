"""The rules of the game, and the losses of both players as functions of their weights."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

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

__all__ = [
    "Game",
    "Rules",
    "build_discriminator",
    "build_generator",
    "discriminator_graph",
    "generator_graph",
    "pack",
]

Loss = Literal["non-saturating", "wasserstein"]


@dataclass(frozen=True)
class Rules:
    r"""How the two players move.

    Attributes:
        loss: "non-saturating" (the article's two losses) or "wasserstein".
        critic_steps: steps of the discriminator for one of the generator.
        r1: :math:`\gamma`, the strength of the R1 penalty; 0 for none. It may be an array that a
            compiled function is given, so that one program serves many strengths; then 0 costs as
            much as any other, and nothing checks that it is not negative.
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
    r1: float | Float[Array, ""] = 0.0
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
            value = getattr(self, name)
            if not isinstance(value, jax.Array) and not 0 <= value < float("inf"):
                raise ValueError(f"{name} must be a number >= 0, got {value!r}")


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


class Game:
    """The losses of both players as functions of their weights."""

    def __init__(self, config: GANConfig, rules: Rules):
        """Take the structure of both networks; weights come with each call."""
        self._config = config
        self._rules = rules
        self._maker = generator_graph(config)
        self._judge = discriminator_graph(config, rules.packing)

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
        """Noise for the generator."""
        return jax.random.normal(key, (count, self._config.latent))

    def generate(
        self, parameters: nnx.State, latent: Float[Array, "count latent"]
    ) -> Float[Array, "count data"]:
        """G(z)."""
        return nnx.merge(self._maker, parameters)(latent)

    def play(
        self,
        judge: ModelState,
        optimizer: optax.GradientTransformation,
        maker: nnx.State,
        real: Float[Array, "rows data"],
        key: Key[Array, ""],
    ) -> tuple[ModelState, Float[Array, ""]]:
        """One step of the discriminator against newly generated data, and its loss before it."""
        noise_key, penalty_key = jax.random.split(key)
        fake = self.generate(maker, self.latent(len(real), noise_key))
        return self.improve(judge, optimizer, real, fake, penalty_key)

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

    def look_ahead(
        self,
        judge: ModelState,
        optimizer: optax.GradientTransformation,
        real: Float[Array, "rows data"],
        fake: Float[Array, "rows data"],
        key: Key[Array, ""],
    ) -> ModelState:
        """The discriminator after the steps that the generator unrolls."""

        def step(judge: ModelState, step_key: Key[Array, ""]):
            return self.improve(judge, optimizer, real, fake, step_key)

        keys = jax.random.split(key, self._rules.unrolling)
        return jax.lax.scan(step, judge, keys)[0]

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
        if isinstance(rules.r1, jax.Array) or rules.r1:
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


def build_generator(config: GANConfig, rngs: nnx.Rngs) -> Generator | ConvolutionalGenerator:
    """The generator of the config's architecture, with fresh weights."""
    if config.architecture == "convolutional":
        return ConvolutionalGenerator(config, rngs=rngs)
    return Generator(config, rngs=rngs)


def build_discriminator(
    config: GANConfig, packing: int, rngs: nnx.Rngs
) -> Discriminator | ConvolutionalDiscriminator:
    """A discriminator of packs."""
    if config.spectral_norm:
        raise ValueError("spectral_norm keeps a state besides the weights, which no update carries")
    if config.architecture == "convolutional":
        return ConvolutionalDiscriminator(config, images=packing, rngs=rngs)
    return Discriminator(replace(config, data=packing * config.data), rngs=rngs)


def generator_graph(config: GANConfig) -> nnx.GraphDef:
    """The generator's structure without weights: abstract evaluation computes none."""
    graph, _ = nnx.split(nnx.eval_shape(lambda: build_generator(config, nnx.Rngs(0))))
    return graph


def discriminator_graph(config: GANConfig, packing: int) -> nnx.GraphDef:
    """The discriminator's structure without weights."""
    graph, _ = nnx.split(nnx.eval_shape(lambda: build_discriminator(config, packing, nnx.Rngs(0))))
    return graph
