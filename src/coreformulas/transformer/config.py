"""Sizes and choices of a Transformer, checked where they are made."""

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = [
    "LanguageModelConfig",
    "RecognizerConfig",
    "StackConfig",
    "TranslatorConfig",
    "WriterConfig",
]

PositionKind = Literal["sinusoidal", "learned", "rotary", "none"]
NormPlace = Literal["pre", "post"]


@dataclass(frozen=True, kw_only=True)
class StackConfig:
    """What a stack of layers needs to know, encoder or decoder.

    Attributes:
        length: of the longest sequence.
        width: entries of each token's vector, :math:`d_{model}`.
        heads: of each attention layer; they share the width.
        layers: of the encoder, of the decoder, or of each of both.
        hidden: units between the two linear maps of a layer, :math:`d_{ff}`.
        positions: "sinusoidal", "learned", "rotary", or "none".
        norm: layer normalization before each sublayer, inside the residual branch, and once at the
            end ("pre"); or after each addition, as in the first Transformer ("post").
        dropout: share of each sublayer's output, and of the first layer's input, that is zeroed in
            training; at least 0, below 1.

    Raises:
        ValueError: if a size is not a positive whole number, ``heads`` does not divide ``width``,
            the positions need an even number of entries and there is none, or a choice is unknown.

    References:
        Vaswani et al. (2017), section 3 and table 3; Xiong et al. (2020), for "pre"; Su et al.
        (2021), for "rotary".
    """

    length: int = 64
    width: int = 64
    heads: int = 4
    layers: int = 2
    hidden: int = 256
    positions: PositionKind = "sinusoidal"
    norm: NormPlace = "pre"
    dropout: float = 0.0

    def __post_init__(self):
        """Check every field, so that a bad one is named here and not deep inside a layer."""
        self._require_whole(1, "length", "width", "heads", "layers", "hidden")
        if self.width % self.heads:
            raise ValueError(f"heads must divide width, {self.width}, got {self.heads}")
        for name, allowed in (("positions", PositionKind), ("norm", NormPlace)):
            if getattr(self, name) not in get_args(allowed):
                names = " or ".join(map(repr, get_args(allowed)))
                raise ValueError(f"{name} must be {names}, got {getattr(self, name)!r}")
        if self.positions == "sinusoidal" and self.width % 2:
            raise ValueError(f"sinusoidal positions need an even width, got {self.width}")
        if self.positions == "rotary" and self.width // self.heads % 2:
            raise ValueError(
                f"rotary positions need heads of an even size, got {self.width // self.heads}"
            )
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must be at least 0 and below 1, got {self.dropout}")

    def _require_whole(self, low: int, *names: str):
        for name in names:
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < low:
                raise ValueError(f"{name} must be a whole number >= {low}, got {value!r}")


@dataclass(frozen=True, kw_only=True)
class LanguageModelConfig(StackConfig):
    """A :class:`StackConfig` with a vocabulary.

    Attributes:
        vocabulary: number of tokens; they are the whole numbers below it.
        padding: the token that fills up short sequences, at their end, or None where all are full.

    Raises:
        ValueError: as :class:`StackConfig`, or if ``padding`` is outside the vocabulary.
    """

    vocabulary: int
    padding: int | None = None

    def __post_init__(self):
        """Check the fields."""
        super().__post_init__()
        self._require_whole(1, "vocabulary")
        if self.padding is not None:
            self._require_whole(0, "padding")
            if self.padding >= self.vocabulary:
                raise ValueError(f"padding must be below {self.vocabulary}, got {self.padding}")


@dataclass(frozen=True, kw_only=True)
class WriterConfig(StackConfig):
    """A :class:`StackConfig` of encoder and decoder, with the tokens that the decoder writes.

    Attributes:
        target_vocabulary: number of tokens that can be written.
        padding: fills up short sequences, at their end.
        begin: what the decoder sees before the first token; never written.
        end: the last token of every target.

    Raises:
        ValueError: as :class:`StackConfig`, or if a special token is outside the vocabulary or two
            are the same.
    """

    target_vocabulary: int
    padding: int = 0
    begin: int = 1
    end: int = 2

    def __post_init__(self):
        """Check the fields."""
        super().__post_init__()
        self._require_whole(1, "target_vocabulary")
        self._require_whole(0, "padding", "begin", "end")
        special = (self.padding, self.begin, self.end)
        if len(set(special)) < 3 or max(special) >= self.target_vocabulary:
            raise ValueError(
                "padding, begin and end must be three different tokens below target_vocabulary, "
                f"{self.target_vocabulary}, got {special}"
            )


@dataclass(frozen=True, kw_only=True)
class TranslatorConfig(WriterConfig):
    """A :class:`WriterConfig` that reads tokens too, with the same padding.

    Attributes:
        source_vocabulary: number of tokens of the language read.

    Raises:
        ValueError: as :class:`WriterConfig`, or if the padding is outside the vocabulary read.
    """

    source_vocabulary: int

    def __post_init__(self):
        """Check the fields."""
        super().__post_init__()
        self._require_whole(1, "source_vocabulary")
        if self.padding >= self.source_vocabulary:
            raise ValueError(
                f"padding must be below source_vocabulary, {self.source_vocabulary}, "
                f"got {self.padding}"
            )


@dataclass(frozen=True, kw_only=True)
class RecognizerConfig(WriterConfig):
    """A :class:`WriterConfig` that reads frames of sound.

    Attributes:
        bands: entries of a frame.
        stride: frames for each vector that the encoder gets, of which there are at most ``length``.
        window: frames around them that the vector is made of, at least ``stride``.

    Raises:
        ValueError: as :class:`WriterConfig`, or if a number is not a positive whole number, or the
            window is shorter than the stride, so that frames would be skipped.
    """

    bands: int
    stride: int = 1
    window: int = 1

    def __post_init__(self):
        """Check the fields."""
        super().__post_init__()
        self._require_whole(1, "bands", "stride", "window")
        if self.window < self.stride:
            raise ValueError(f"window must be at least stride, {self.stride}, got {self.window}")
