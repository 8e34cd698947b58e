"""One training step of a language model or a translator, as a pure function of arrays."""

from collections.abc import Callable
from typing import Any, NamedTuple, cast, overload

import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Bool, Float, Integer, Key

from coreformulas.training import ModelState, descend
from coreformulas.transformer.config import (
    LanguageModelConfig,
    RecognizerConfig,
    TranslatorConfig,
)
from coreformulas.transformer.frames import Frames
from coreformulas.transformer.masks import padding_mask
from coreformulas.transformer.model import EncoderDecoder, LanguageModel, Translator
from coreformulas.transformer.objective import sequence_cross_entropy, token_accuracy
from coreformulas.transformer.recognizer import Recognizer

__all__ = [
    "Batch",
    "Config",
    "Pairs",
    "Prediction",
    "Transcripts",
    "initial_state",
    "make_update",
    "predict",
    "to_model",
]

Config = LanguageModelConfig | TranslatorConfig | RecognizerConfig
Model = LanguageModel | EncoderDecoder
Metrics = dict[str, Float[Array, ""]]


class Pairs(NamedTuple):
    """Sentences and their translations, each row filled up with padding at its end.

    Attributes:
        source: what is read.
        target: what is written, with the end token behind the last, without the begin token.
    """

    source: Integer[Array | np.ndarray, "batch source"]
    target: Integer[Array | np.ndarray, "batch target"]


class Transcripts(NamedTuple):
    """Sounds and what is written of them.

    Attributes:
        source: what is heard.
        target: as in :class:`Pairs`.
    """

    source: Frames
    target: Integer[Array | np.ndarray, "batch target"]


class Prediction(NamedTuple):
    """What a model says of each token of a batch, and what came; see ``sequence_cross_entropy``."""

    logits: Float[Array, "batch length vocabulary"]
    targets: Integer[Array | np.ndarray, "batch length"]
    mask: Bool[Array, "batch length"] | None


Batch = Pairs | Transcripts | Integer[Array | np.ndarray, "batch length"]
Update = Callable[[ModelState, Any, Key[Array, ""]], tuple[ModelState, Metrics]]


def initial_state(
    config: Config, optimizer: optax.GradientTransformation, *, key: Key[Array, ""]
) -> ModelState:
    """Fresh weights, drawn from ``key``, and the optimizer's state for them."""
    parameters = nnx.state(_build(config, nnx.Rngs(key)), nnx.Param)
    return ModelState(parameters, optimizer.init(parameters))


def make_update(
    config: Config,
    optimizer: optax.GradientTransformation,
    *,
    smoothing: float | Float[Array, ""] = 0.0,
) -> Update:
    """Build the step that lowers the cross-entropy of one batch.

    Args:
        config: of the model that ``initial_state`` made.
        optimizer: the one given to ``initial_state``.
        smoothing: of the labels, see ``sequence_cross_entropy``. It may be traced.

    Returns:
        ``update(state, batch, key) -> (state, metrics)``, pure, for ``coreformulas.training.fit``.
        A batch is :class:`Pairs` for a translator, :class:`Transcripts` for a recognizer, and an
        array of tokens for a language model, which predicts all but the first of each row. ``key``
        is for dropout. The metrics, before the step, are ``loss`` in nats for each token that is no
        padding, and ``accuracy``.
    """
    graph = _graph(config)

    def update(state: ModelState, batch: Batch, key: Key[Array, ""]) -> tuple[ModelState, Metrics]:
        def loss_of(parameters):
            found = predict(nnx.merge(graph, parameters), batch, key=key)
            loss = sequence_cross_entropy(
                found.logits, found.targets, mask=found.mask, smoothing=smoothing
            )
            return loss, token_accuracy(found.logits, found.targets, mask=found.mask)

        state, loss, accuracy = descend(state, optimizer, loss_of)
        return state, {"loss": loss, "accuracy": accuracy}

    return update


def predict(model: Model, batch: Batch, *, key: Key[Array, ""] | None = None) -> Prediction:
    """Logits of every token of a batch that is predicted, the token, and whether it counts.

    Args:
        model: a language model, a translator or a recognizer.
        batch: as an update takes it.
        key: for dropout, in training; None for none.

    Raises:
        TypeError: if the batch is not of the kind that the model takes.
        ValueError: as the model does, or if a language model gets sequences without a second token.
    """
    wanted = {Translator: "Pairs", Recognizer: "Transcripts"}.get(type(model), "an array of tokens")
    kinds = {Pairs: "Pairs", Transcripts: "Transcripts"}
    if wanted != kinds.get(type(batch), "an array of tokens"):
        raise TypeError(f"batch must be {wanted} for this model, got {type(batch).__name__}")
    if isinstance(model, EncoderDecoder):
        source, target = cast(Pairs | Transcripts, batch)
        mask = padding_mask(target, model.config.padding)
        return Prediction(model(source, target, key=key), target, mask)
    tokens = cast(Array, batch)
    if tokens.shape[-1] < 2:
        raise ValueError(f"batch must have at least 2 tokens in a row, got {tokens.shape[-1]}")
    targets, padding = tokens[:, 1:], model.config.padding
    mask = None if padding is None else padding_mask(targets, padding)
    return Prediction(model(tokens[:, :-1], key=key), targets, mask)


@overload
def to_model(config: LanguageModelConfig, state: ModelState) -> LanguageModel: ...
@overload
def to_model(config: TranslatorConfig, state: ModelState) -> Translator: ...
@overload
def to_model(config: RecognizerConfig, state: ModelState) -> Recognizer: ...
def to_model(config: Config, state: ModelState) -> Model:
    """The model that holds the weights of ``state``."""
    return nnx.merge(_graph(config), state.parameters)


def _build(config: Config, rngs: nnx.Rngs) -> Model:
    if isinstance(config, TranslatorConfig):
        return Translator(config, rngs=rngs)
    if isinstance(config, RecognizerConfig):
        return Recognizer(config, rngs=rngs)
    return LanguageModel(config, rngs=rngs)


def _graph(config: Config) -> nnx.GraphDef[Model]:
    """The model's structure without weights: abstract evaluation computes none."""
    graph, _ = nnx.split(nnx.eval_shape(lambda: _build(config, nnx.Rngs(0))))
    return graph
