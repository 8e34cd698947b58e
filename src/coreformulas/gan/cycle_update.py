"""One training step of two translators and their two discriminators."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.core
import jax.numpy as jnp
import optax
from flax import nnx
from jaxtyping import Array, Float, Key

from coreformulas.gan.cycle import (
    CycleConfig,
    StyleJudges,
    Translators,
    cycle_consistency_loss,
)
from coreformulas.gan.objective import discriminator_loss, generator_loss
from coreformulas.gan.penalties import r1_penalty
from coreformulas.training import ModelState, descend

__all__ = ["CycleState", "initial_cycle_state", "make_cycle_update", "to_translators"]

Images = dict[str, Float[Array, "batch data"]]  # by style, "plain" and "styled"
Metrics = dict[str, Float[Array, ""]]


class CycleState(NamedTuple):
    """What training changes: both translators under one optimizer, both judges under another."""

    translators: ModelState
    judges: ModelState


Update = Callable[[CycleState, Images, Key[Array, ""]], tuple[CycleState, Metrics]]


def initial_cycle_state(
    config: CycleConfig,
    translator_optimizer: optax.GradientTransformation,
    judge_optimizer: optax.GradientTransformation,
    *,
    key: Key[Array, ""],
) -> CycleState:
    """Fresh weights of all four networks, drawn from ``key``, and the optimizers' states."""
    translator_key, judge_key = jax.random.split(key)
    translators = nnx.state(Translators(config, rngs=nnx.Rngs(translator_key)), nnx.Param)
    judges = nnx.state(StyleJudges(config, rngs=nnx.Rngs(judge_key)), nnx.Param)
    return CycleState(
        ModelState(translators, translator_optimizer.init(translators)),
        ModelState(judges, judge_optimizer.init(judges)),
    )


def make_cycle_update(
    config: CycleConfig,
    translator_optimizer: optax.GradientTransformation,
    judge_optimizer: optax.GradientTransformation,
    *,
    cycle: float | Float[Array, ""],
    r1: float,
) -> Update:
    r"""Build the step: one of both discriminators, then one of both translators.

    The translators lower the article's generator loss in both styles plus :math:`\lambda` times the
    cycle-consistency loss in both directions; the discriminators lower the article's discriminator
    loss plus the R1 penalty.

    Args:
        config: of the networks that ``initial_cycle_state`` made.
        translator_optimizer: the one given there.
        judge_optimizer: the one given there.
        cycle: :math:`\lambda`, for a loss that is summed over pixels; 0 leaves the cycle out. An
            array where several strengths are trained at once by ``jax.vmap``.
        r1: :math:`\gamma`, the strength of the R1 penalty on both discriminators; 0 for none.

    Returns:
        ``update(state, batch, key) -> (state, metrics)`` for ``coreformulas.training.fit``, with
        ``batch = {"plain": (batch, data), "styled": (batch, data)}``, in which no row of the one
        need belong to a row of the other. The metrics are ``discriminator_loss`` (with its
        penalties) and ``generator_loss``, sums over both styles, and ``cycle_loss``, the sum over
        both directions, each before the step that lowers it.

    Raises:
        ValueError: if ``cycle``, where it is known (outside ``jit`` and ``vmap``), or ``r1`` is not
            a number >= 0.

    References:
        Zhu et al. (2017), section 3.3. They train with least squares in place of the logarithms,
        and without a penalty.
    """
    for name, value in (("cycle", cycle), ("r1", r1)):
        if not isinstance(value, jax.core.Tracer) and not 0 <= value < float("inf"):
            raise ValueError(f"{name} must be a number >= 0, got {value!r}")
    translators_of, judges_of = _graphs(config)

    def update(state: CycleState, batch: Images, key: Key[Array, ""]) -> tuple[CycleState, Metrics]:
        del key  # nothing is drawn
        both = nnx.merge(translators_of, state.translators.parameters)
        fake = {"plain": both.back(batch["styled"]), "styled": both.there(batch["plain"])}

        def judge_loss(parameters: nnx.State) -> tuple[Float[Array, ""], None]:
            return _judge_loss(nnx.merge(judges_of, parameters), batch, fake, r1), None

        judges, judged, _ = descend(state.judges, judge_optimizer, judge_loss)

        def translator_loss(parameters: nnx.State) -> tuple[Float[Array, ""], Metrics]:
            both = nnx.merge(translators_of, parameters)
            answer = nnx.merge(judges_of, judges.parameters)
            metrics = _translator_losses(both, answer, batch)
            return metrics["generator_loss"] + cycle * metrics["cycle_loss"], metrics

        translators, _, metrics = descend(state.translators, translator_optimizer, translator_loss)
        return CycleState(translators, judges), metrics | {"discriminator_loss": judged}

    return update


def to_translators(config: CycleConfig, state: CycleState) -> Translators:
    """The two translators that hold the weights of ``state``."""
    return nnx.merge(_graphs(config)[0], state.translators.parameters)


def _judge_loss(judges: StyleJudges, real: Images, fake: Images, r1: float) -> Float[Array, ""]:
    """What both discriminators lower, summed."""
    loss = jnp.zeros(())
    for style, judge in (("plain", judges.plain), ("styled", judges.styled)):
        loss += discriminator_loss(judge(real[style]), judge(fake[style]))
        loss += r1_penalty(judge, real[style], gamma=r1)
    return loss


def _translator_losses(both: Translators, judges: StyleJudges, real: Images) -> Metrics:
    """What both translators lower, in its two parts."""
    plain, styled = both.back(real["styled"]), both.there(real["plain"])
    fooled = generator_loss(judges.plain(plain)) + generator_loss(judges.styled(styled))
    around = cycle_consistency_loss(real["plain"], both.back(styled))
    around += cycle_consistency_loss(real["styled"], both.there(plain))
    return {"generator_loss": fooled, "cycle_loss": around}


def _graphs(config: CycleConfig) -> tuple[nnx.GraphDef[Translators], nnx.GraphDef[StyleJudges]]:
    """Both structures without weights: abstract evaluation computes none."""
    translators, _ = nnx.split(nnx.eval_shape(lambda: Translators(config, rngs=nnx.Rngs(0))))
    judges, _ = nnx.split(nnx.eval_shape(lambda: StyleJudges(config, rngs=nnx.Rngs(0))))
    return translators, judges
