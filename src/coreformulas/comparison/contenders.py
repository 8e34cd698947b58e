"""The three families behind the same few functions, so that one program can race them."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, Key, Num

from coreformulas import gan, transformer, vae
from coreformulas.gan import GANConfig, GANState, Rules
from coreformulas.training import ModelState
from coreformulas.transformer import LanguageModelConfig
from coreformulas.vae import VAEConfig

__all__ = ["Contender", "gan_contender", "transformer_contender", "vae_contender"]

WARM_UP = 0.02  # of the steps, in which the learning rate rises

Draw = Callable[[Any, int, Key[Array, ""]], Num[Array, "count data"]]
Validate = Callable[[Any, Key[Array, ""]], Float[Array, ""]]


@dataclass(frozen=True, eq=False)
class Contender:
    """A model of one family, and everything that training and sampling it takes.

    Attributes:
        family: "vae", "gan" or "transformer".
        config: of the model.
        learning_rate: the highest, of Adam; it rises during the first 2 % of the steps, and
            then falls along a cosine to zero.
        momentum: Adam's decay rate of the mean gradient.
        batch_size: examples in a step.
        data: what the model is trained on, in the form that its update takes.
        begin: ``(optimizer, key)`` to the state of one seed.
        update: from the optimizer to the step of one seed.
        draw: ``(state, count, key)`` to samples in the unit of the target; ``count`` is static.
        sampler: from a state to the weights that drawing needs.
        flops_per_sample: multiplications and additions of one sample where XLA cannot count them
            because of a loop; None where it can.
        validate: ``(state, key)`` to a loss on data kept back, or None where there is none.
        rules: of the game, for a GAN.
    """

    family: str
    config: VAEConfig | GANConfig | LanguageModelConfig
    learning_rate: float
    momentum: float
    batch_size: int
    data: Num[Array | np.ndarray, "examples data"]
    begin: Callable[[optax.GradientTransformation, Key[Array, ""]], Any]
    update: Callable[[optax.GradientTransformation], Callable]
    draw: Draw
    sampler: Callable[[Any], Any]
    flops_per_sample: float | None = None
    validate: Validate | None = None
    rules: Rules | None = None

    def optimizer(self, steps: int) -> optax.GradientTransformation:
        """Adam, with the learning rates of a run of so many steps."""
        return optax.chain(
            optax.scale_by_adam(b1=self.momentum), _descend_by_share(self.learning_rate, steps)
        )

    @cached_property
    def step(self) -> Callable:
        """The step of one seed, the same function for runs of any length and learning rate."""
        return self.update(self.optimizer(1))

    def settings(self) -> dict[str, Any]:
        """What a run's numbers depend on, besides its steps, its key and the data themselves."""
        return {
            "model": asdict(self.config),
            "learning_rate": self.learning_rate,
            "momentum": self.momentum,
            "batch_size": self.batch_size,
            "examples": list(self.data.shape),
            "rules": None if self.rules is None else asdict(self.rules),
        }


class Progress(NamedTuple):
    """How many steps of how many have been taken, and the highest learning rate."""

    taken: Int[Array, ""]
    steps: Int[Array, ""]
    highest: Float[Array, ""]


def _descend_by_share(highest: float, steps: int) -> optax.GradientTransformation:
    """Scale by minus the learning rate; the highest rate and the length are parts of the state.

    The schedules of Optax have both as constants, so that each run would be compiled anew.
    """

    def init(params: Any) -> Progress:
        del params
        return Progress(
            taken=jnp.zeros((), jnp.int32),
            steps=jnp.asarray(steps, jnp.int32),
            highest=jnp.asarray(highest, jnp.float32),
        )

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Progress]:
        del params
        share = (state.taken + 1) / (state.steps + 1)
        falling = 0.5 * (1 + jnp.cos(jnp.pi * (share - WARM_UP) / (1 - WARM_UP)))
        rate = state.highest * jnp.where(share < WARM_UP, share / WARM_UP, falling)
        scaled = jax.tree.map(lambda change: -rate * change, updates)
        return scaled, state._replace(taken=state.taken + 1)

    return optax.GradientTransformation(init, update)


def vae_contender(
    config: VAEConfig,
    data: Num[Array | np.ndarray, "examples data"],
    *,
    learning_rate: float,
    batch_size: int,
    validate: Validate | None = None,
) -> Contender:
    """A variational autoencoder that lowers its negative ELBO.

    Args:
        config: sizes and likelihood.
        data: counts or real numbers.
        learning_rate: see :class:`Contender`, as for the others.
        batch_size: examples in a step.
        validate: a loss on data kept back.
    """

    def draw(state: ModelState, count: int, key: Key[Array, ""]) -> Num[Array, "count data"]:
        return vae.sample(vae.to_model(config, state), count, key=key).drawn

    return Contender(
        family="vae",
        config=config,
        learning_rate=learning_rate,
        momentum=0.9,
        batch_size=batch_size,
        data=data,
        begin=lambda optimizer, key: vae.initial_state(config, optimizer, key=key),
        update=partial(vae.make_update, config),
        draw=draw,
        sampler=lambda state: [
            part for name, part in state.parameters.items() if name != "encoder"
        ],
        validate=validate,
    )


def gan_contender(
    config: GANConfig,
    data: Float[Array | np.ndarray, "examples data"],
    *,
    rules: Rules,
    learning_rate: float,
    momentum: float,
    batch_size: int,
    finish: Callable[[Float[Array, "count data"]], Num[Array, "count data"]],
) -> Contender:
    """Two networks that play the game of the article, with the penalty of ``rules``.

    Args:
        config: sizes.
        data: what the discriminator sees as real.
        rules: how the players move.
        learning_rate: see :class:`Contender`, as for the next two.
        momentum: of both players' Adam.
        batch_size: examples in a step.
        finish: from what the generator makes to a sample in the unit of the target.
    """

    def draw(state: GANState, count: int, key: Key[Array, ""]) -> Num[Array, "count data"]:
        return finish(gan.sample(gan.to_generator(config, state), count, key=key))

    return Contender(
        family="gan",
        config=config,
        learning_rate=learning_rate,
        momentum=momentum,
        batch_size=batch_size,
        data=data,
        begin=lambda optimizer, key: gan.initial_state(config, optimizer, optimizer, key=key),
        update=lambda optimizer: gan.make_update(config, optimizer, optimizer, rules=rules),
        draw=draw,
        sampler=lambda state: state.generator.parameters,
        rules=rules,
    )


def transformer_contender(
    config: LanguageModelConfig,
    data: Num[Array | np.ndarray, "examples tokens"],
    *,
    learning_rate: float,
    batch_size: int,
    finish: Callable[[Num[Array, "count tokens"], Key[Array, ""]], Num[Array, "count data"]],
    validate: Validate | None = None,
) -> Contender:
    """A Transformer that predicts each token from those before it.

    A sequence begins with a token that is always 0, and that the model is given. It is no extra
    word of the vocabulary: its place tells it from all others.

    Args:
        config: sizes; ``length`` has room for the first token.
        data: tokens, without the first.
        learning_rate: see :class:`Contender`, as for the others.
        batch_size: examples in a step.
        finish: from tokens to a sample in the unit of the target.
        validate: a loss on data kept back.
    """
    length = data.shape[1]

    def draw(state: ModelState, count: int, key: Key[Array, ""]) -> Num[Array, "count data"]:
        token_key, finish_key = jax.random.split(key)
        model = transformer.to_model(config, state)
        first = jnp.zeros((count, 1), jnp.int32)
        return finish(transformer.sample(model, first, length, key=token_key)[:, 1:], finish_key)

    return Contender(
        family="transformer",
        config=config,
        learning_rate=learning_rate,
        momentum=0.9,
        batch_size=batch_size,
        data=jnp.pad(data, ((0, 0), (1, 0))),
        begin=lambda optimizer, key: transformer.initial_state(config, optimizer, key=key),
        update=partial(transformer.make_update, config),
        draw=draw,
        sampler=lambda state: state.parameters,
        flops_per_sample=transformer.forward_flops(config, length=length),
        validate=validate,
    )
