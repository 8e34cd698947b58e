"""Long texts and a language model of limited length: its loss on them."""

from functools import partial

import jax
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Integer

from coreformulas.datasets import windows
from coreformulas.transformer.model import LanguageModel
from coreformulas.transformer.objective import sequence_cross_entropy
from coreformulas.transformer.update import predict

__all__ = ["text_loss"]

ROWS = 128
"""Windows that are looked at together."""


def text_loss(model: LanguageModel, tokens: Integer[np.ndarray | Array, " tokens"]) -> float:
    r"""Cross-entropy of a whole text in nats a token, cut into windows of the model's length n.

    .. math::
        L = -\frac{1}{N - 1} \sum_{t=2}^{N} \log p(x_t \mid x_{s(t)}, \ldots, x_{t-1}), \qquad
        s(t) = n \left\lfloor \frac{t - 2}{n} \right\rfloor + 1

    Every token but the first is predicted once, from what its window shows: one token at a window's
    start, n at its end, and half of n on the average. What comes after a window begins anew.

    Raises:
        ValueError: if there are not two tokens, or one is outside the vocabulary.
    """
    values = np.asarray(tokens)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"tokens must be a row of at least 2, got shape {values.shape}")
    if not 0 <= values.min() <= values.max() < model.config.vocabulary:
        raise ValueError(
            f"tokens must be from 0 to {model.config.vocabulary - 1}, got {values.min()} to "
            f"{values.max()}"
        )
    length = model.config.length
    graph, weights = nnx.split(model)
    whole, total = (len(values) - 1) // length, 0.0
    rows = windows(values, length + 1, stride=length)[:whole] if whole else []
    for first in range(0, whole, ROWS):
        part = rows[first : first + ROWS]
        total += float(_mean(graph, weights, part)) * len(part) * length
    rest = values[whole * length :]
    if len(rest) > 1:
        total += float(_mean(graph, weights, rest[None])) * (len(rest) - 1)
    return total / (len(values) - 1)


@partial(jax.jit, static_argnames="graph")
def _mean(graph, weights, rows) -> Float[Array, ""]:
    found = predict(nnx.merge(graph, weights), rows)
    return sequence_cross_entropy(found.logits, found.targets, mask=found.mask)
