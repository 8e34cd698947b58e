"""A generator that is told which class to make, and a discriminator that is told the class too."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Float, Int, Key

from coreformulas.gan.objective import discriminator_loss, generator_loss
from coreformulas.gan.penalties import r1_penalty
from coreformulas.gan.update import GANState
from coreformulas.training import ModelState, descend

__all__ = [
    "ConditionalConfig",
    "ConditionalDiscriminator",
    "ConditionalGenerator",
    "initial_conditional_state",
    "make_conditional_update",
    "sample_classes",
    "to_conditional_generator",
]

Batch = dict[str, Array]
Metrics = dict[str, Float[Array, ""]]


@dataclass(frozen=True)
class ConditionalConfig:
    """Sizes of a :class:`ConditionalGenerator` and its :class:`ConditionalDiscriminator`.

    Attributes:
        latent: dimensions of z.
        hidden: widths of the hidden layers of each network.
        data: dimensions of x.
        classes: number of classes.

    Raises:
        ValueError: if a size is not a positive whole number, or there is no hidden layer.
    """

    latent: int = 16
    hidden: tuple[int, ...] = (128, 128)
    data: int = 64
    classes: int = 10

    def __post_init__(self):
        """Check every field."""
        sizes = {name: getattr(self, name) for name in ("latent", "data", "classes")}
        sizes |= {f"hidden[{place}]": width for place, width in enumerate(self.hidden)}
        for name, value in sizes.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{name} must be a whole number >= 1, got {value!r}")
        if not self.hidden:
            raise ValueError("hidden must hold at least one width, got none")


class ConditionalGenerator(nnx.Module):
    r"""From noise :math:`z \sim N(0, I)` and a class y to generated data G(z, y) in (-1, 1).

    The class enters as a one-hot vector beside z.

    References:
        Mirza and Osindero (2014), section 3.2.
    """

    def __init__(self, config: ConditionalConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        self.config = config
        widths = (config.latent + config.classes, *config.hidden, config.data)
        self.layers = nnx.List([nnx.Linear(a, b, rngs=rngs) for a, b in pairwise(widths)])

    def __call__(
        self, latent: Float[Array, "batch latent"], labels: Int[Array, " batch"]
    ) -> Float[Array, "batch data"]:
        """Generated data, one example for each z and class."""
        classes = jax.nn.one_hot(labels, self.config.classes)
        inputs = jnp.concatenate([latent, classes], axis=-1)
        *hidden_layers, last = self.layers
        for layer in hidden_layers:
            inputs = jax.nn.relu(layer(inputs))
        return jnp.tanh(last(inputs))


class ConditionalDiscriminator(nnx.Module):
    r"""From data and a class to the logit of "this is real, and of this class".

    .. math:: \ell(x, y) = v_y^\top \phi(x) + \psi(\phi(x))

    where :math:`\phi` are the hidden layers, :math:`\psi` is linear, and each class has a vector
    :math:`v_y`.

    References:
        Miyato and Koyama (2018), equation (3).
    """

    def __init__(self, config: ConditionalConfig, *, rngs: nnx.Rngs):
        """Make the layers, with fresh weights."""
        widths = (config.data, *config.hidden)
        self.layers = nnx.List([nnx.Linear(a, b, rngs=rngs) for a, b in pairwise(widths)])
        self.image = nnx.Linear(widths[-1], 1, rngs=rngs)
        self.classes = nnx.Embed(config.classes, widths[-1], rngs=rngs)

    def __call__(
        self, data: Float[Array, "batch data"], labels: Int[Array, " batch"]
    ) -> Float[Array, " batch"]:
        """The logits, one for each example with its class."""
        features = data
        for layer in self.layers:
            features = jax.nn.leaky_relu(layer(features), 0.2)
        of_class = jnp.sum(self.classes(labels) * features, axis=-1)
        return of_class + self.image(features)[:, 0]


def initial_conditional_state(
    config: ConditionalConfig,
    generator_optimizer: optax.GradientTransformation,
    discriminator_optimizer: optax.GradientTransformation,
    *,
    key: Key[Array, ""],
) -> GANState:
    """Fresh weights of both players, drawn from ``key``, and the states of their optimizers."""
    generator_key, discriminator_key = jax.random.split(key)
    generator = nnx.state(ConditionalGenerator(config, rngs=nnx.Rngs(generator_key)), nnx.Param)
    judge = ConditionalDiscriminator(config, rngs=nnx.Rngs(discriminator_key))
    discriminator = nnx.state(judge, nnx.Param)
    return GANState(
        ModelState(generator, generator_optimizer.init(generator)),
        ModelState(discriminator, discriminator_optimizer.init(discriminator)),
    )


def make_conditional_update(
    config: ConditionalConfig,
    generator_optimizer: optax.GradientTransformation,
    discriminator_optimizer: optax.GradientTransformation,
    *,
    r1: float,
) -> Callable[[GANState, Batch, Key[Array, ""]], tuple[GANState, Metrics]]:
    r"""Build the step: one of the discriminator, then one of the generator.

    Generated examples take the classes of the batch, so that the classes alone tell nothing. The
    losses are the article's two, of logits that depend on the class.

    Args:
        config: of the networks that ``initial_conditional_state`` made.
        generator_optimizer: the one given there.
        discriminator_optimizer: the one given there.
        r1: :math:`\gamma`, the strength of the R1 penalty; 0 for none.

    Returns:
        ``update(state, batch, key) -> (state, metrics)`` for ``coreformulas.training.fit``, with
        ``batch = {"data": (batch, data), "labels": (batch,)}``. The metrics are
        ``discriminator_loss`` (with its penalty) and ``generator_loss``, before the steps.

    Raises:
        ValueError: if ``r1`` is not a number >= 0.
    """
    if not 0 <= r1 < float("inf"):
        raise ValueError(f"r1 must be a number >= 0, got {r1!r}")
    maker, judge = _graphs(config)

    def update(state: GANState, batch: Batch, key: Key[Array, ""]) -> tuple[GANState, Metrics]:
        real, labels = batch["data"], batch["labels"]
        judge_key, maker_key = jax.random.split(key)

        def generate(parameters: nnx.State, latent_key: Array) -> Float[Array, "batch data"]:
            latent = jax.random.normal(latent_key, (len(labels), config.latent))
            return nnx.merge(maker, parameters)(latent, labels)

        fake = generate(state.generator.parameters, judge_key)

        def judge_loss(parameters: nnx.State) -> tuple[Float[Array, ""], None]:
            said = nnx.merge(judge, parameters)
            loss = discriminator_loss(said(real, labels), said(fake, labels))
            return loss + r1_penalty(lambda data: said(data, labels), real, gamma=r1), None

        discriminator, judged, _ = descend(state.discriminator, discriminator_optimizer, judge_loss)

        def maker_loss(parameters: nnx.State) -> tuple[Float[Array, ""], None]:
            said = nnx.merge(judge, discriminator.parameters)
            return generator_loss(said(generate(parameters, maker_key), labels)), None

        generator, made, _ = descend(state.generator, generator_optimizer, maker_loss)
        metrics = {"discriminator_loss": judged, "generator_loss": made}
        return GANState(generator, discriminator), metrics

    return update


def to_conditional_generator(config: ConditionalConfig, state: GANState) -> ConditionalGenerator:
    """The generator that holds the weights of ``state``."""
    return nnx.merge(_graphs(config)[0], state.generator.parameters)


def sample_classes(
    generator: ConditionalGenerator, labels: Int[Array, " count"], *, key: Key[Array, ""]
) -> Float[Array, "count data"]:
    """Generated data of the given classes: x = G(z, y) with z ~ N(0, I).

    Raises:
        ValueError: if ``labels`` is empty or, where it is known (outside ``jit``), holds something
            that is no class.
    """
    classes = generator.config.classes
    if labels.ndim != 1 or not labels.size:
        raise ValueError(f"labels must be one row of at least one class, got {labels.shape}")
    if not isinstance(labels, jax.core.Tracer):
        known = np.asarray(labels)
        if known.min() < 0 or known.max() >= classes:
            raise ValueError(
                f"labels must lie in 0 to {classes - 1}, got {known.min()} to {known.max()}"
            )
    latent = jax.random.normal(key, (len(labels), generator.config.latent))
    return generator(latent, labels)


def _graphs(
    config: ConditionalConfig,
) -> tuple[nnx.GraphDef[ConditionalGenerator], nnx.GraphDef[ConditionalDiscriminator]]:
    """Both structures without weights: abstract evaluation computes none."""
    maker, _ = nnx.split(nnx.eval_shape(lambda: ConditionalGenerator(config, rngs=nnx.Rngs(0))))
    judge, _ = nnx.split(nnx.eval_shape(lambda: ConditionalDiscriminator(config, rngs=nnx.Rngs(0))))
    return maker, judge
