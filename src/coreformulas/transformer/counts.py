"""How many parameters a language model has, and how many operations its matrix products take."""

from coreformulas.transformer.config import LanguageModelConfig

__all__ = ["forward_flops", "parameter_count"]


def parameter_count(config: LanguageModelConfig) -> int:
    r"""Number of trainable numbers of a language model.

    .. math::
        L \, (4 d^2 + 2 d f + 9 d + f) + V (2 d + 1) + 2 d

    with the width d, the hidden units f, L layers and a vocabulary of V: four maps of attention
    and two of the feed-forward network with their biases, two normalizations in a layer, the
    embedding, the last normalization, and the map to the logits. With "post" the last
    normalization is missing (-2 d); learned positions add ``length`` times d. The number of heads
    changes nothing, because they share the width.

    Args:
        config: of the model.

    References:
        Worked out in the chapter on structure.
    """
    d, f, vocabulary = config.width, config.hidden, config.vocabulary
    layer = 4 * d**2 + 2 * d * f + 9 * d + f
    table = config.length * d if config.positions == "learned" else 0
    last = 2 * d if config.norm == "pre" else 0
    return config.layers * layer + vocabulary * (2 * d + 1) + last + table


def forward_flops(config: LanguageModelConfig, *, length: int, batch: int = 1) -> int:
    r"""Multiplications and additions in the matrix products of one forward pass.

    .. math::
        M \left( L \cdot 4 d n \, (2 d + f + n) + 2 n d V \right)

    for M sequences of n tokens: 2 a b c for the product of an (a, b) with a (b, c) matrix. Biases,
    softmax, normalizations and residuals are left out. Scores that the causal mask hides count,
    because they are computed.

    Args:
        config: of the model.
        length: n.
        batch: M.

    Raises:
        ValueError: if ``length`` is not from 1 to ``config.length``, or ``batch`` is below 1.

    References:
        Worked out in the chapter on structure.
    """
    if not 1 <= length <= config.length:
        raise ValueError(f"length must be from 1 to {config.length}, got {length}")
    if batch < 1:
        raise ValueError(f"batch must be at least 1, got {batch}")
    d, n = config.width, length
    layer = 4 * d * n * (2 * d + config.hidden + n)
    return batch * (config.layers * layer + 2 * n * d * config.vocabulary)
