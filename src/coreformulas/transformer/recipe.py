"""How a Transformer is trained, as a handful of numbers: sizes, steps, rates."""

from dataclasses import dataclass
from typing import Any

import optax

from coreformulas.transformer.config import LanguageModelConfig, RecognizerConfig, TranslatorConfig

__all__ = ["Recipe"]

SIZES = ("width", "heads", "layers", "hidden", "dropout")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Sizes of a model, and how long and how fast it learns.

    Attributes:
        width: see ``StackConfig``, as for the next four.
        heads: of each attention layer.
        layers: of encoder and decoder each, or of the decoder alone.
        hidden: units of the feed-forward networks.
        dropout: share that is zeroed.
        smoothing: of the labels, see ``sequence_cross_entropy``.
        steps: of the optimizer.
        batch_size: sequences in a step.
        learning_rate: the highest.
        warm_up: steps in which the rate rises from zero to the highest; then it falls along a
            cosine, to zero at the last step.
    """

    width: int
    heads: int
    layers: int
    hidden: int
    dropout: float
    smoothing: float
    steps: int
    batch_size: int
    learning_rate: float
    warm_up: int

    def rate(self) -> optax.Schedule:
        """The learning rate of each step.

        Raises:
            ValueError: if ``steps``, ``warm_up`` or ``learning_rate`` is out of range.
        """
        if not 1 <= self.warm_up < self.steps:
            raise ValueError(
                f"warm_up must be at least 1 and below steps, {self.steps}, got {self.warm_up}"
            )
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be above 0, got {self.learning_rate}")
        return optax.warmup_cosine_decay_schedule(0.0, self.learning_rate, self.warm_up, self.steps)

    def optimizer(self) -> optax.GradientTransformation:
        r"""Adam with :math:`\beta_2 = 0.98`, and the rate that rises and falls.

        Raises:
            ValueError: as :meth:`rate`.

        References:
            Vaswani et al. (2017), section 5.3, where the rate falls with the root of the steps.
        """
        return optax.adam(self.rate(), b2=0.98)

    def _sizes(self) -> dict[str, Any]:
        """What every model is made of."""
        return {name: getattr(self, name) for name in SIZES}

    def translator(
        self, *, length: int, source_vocabulary: int, target_vocabulary: int
    ) -> TranslatorConfig:
        """The model of these sizes, for sequences of at most ``length``."""
        return TranslatorConfig(
            length=length,
            **self._sizes(),
            source_vocabulary=source_vocabulary,
            target_vocabulary=target_vocabulary,
        )

    def language_model(self, *, length: int, vocabulary: int) -> LanguageModelConfig:
        """The model of these sizes that goes on with texts of at most ``length``."""
        return LanguageModelConfig(
            length=length,
            **self._sizes(),
            positions="rotary",
            vocabulary=vocabulary,
        )

    def recognizer(
        self, *, length: int, bands: int, stride: int, window: int, target_vocabulary: int
    ) -> RecognizerConfig:
        """The model of these sizes that hears at most ``length`` strides of frames."""
        return RecognizerConfig(
            length=length,
            **self._sizes(),
            bands=bands,
            stride=stride,
            window=window,
            target_vocabulary=target_vocabulary,
        )
