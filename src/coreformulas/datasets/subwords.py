"""Words cut into pieces that come often enough to be learned, by SentencePiece."""

import io
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

import numpy as np
from jaxtyping import Array, Int, Integer

__all__ = ["Subwords"]


class Subwords:
    """A vocabulary of pieces by byte-pair encoding, learned from sentences.

    The first tokens are marks: 0 fills up short sentences, 1 begins and 2 ends one, 3 stands for
    characters that were not seen. The same sentences give the same vocabulary.

    Args:
        sentences: to learn from.
        size: of the vocabulary, marks included.

    Raises:
        ModuleNotFoundError: if the package sentencepiece is missing.
        ValueError: if there is no sentence, or the size does not fit to the sentences.

    References:
        Sennrich et al. (2016); Kudo and Richardson (2018).
    """

    padding, begin, end, unknown = range(4)

    def __init__(self, sentences: Sequence[str], size: int):
        """Learn the vocabulary."""
        sentencepiece = _sentencepiece()
        if not sentences:
            raise ValueError("sentences must hold at least one sentence, got none")
        model = io.BytesIO()
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(sentences),
                model_writer=model,
                vocab_size=size,
                model_type="bpe",
                character_coverage=1.0,
                normalization_rule_name="identity",
                pad_id=self.padding,
                bos_id=self.begin,
                eos_id=self.end,
                unk_id=self.unknown,
                num_threads=1,
                minloglevel=2,
            )
        except RuntimeError as error:
            raise ValueError(f"size must fit to the sentences, got {size}: {error}") from error
        self.size = size
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())

    def encode(self, sentences: Sequence[str]) -> list[list[int]]:
        """Tokens of each sentence, the end token the last."""
        return [[*tokens, self.end] for tokens in self._processor.encode(list(sentences))]

    def decode(self, rows: Integer[np.ndarray | Array, "sentences length"]) -> list[str]:
        """The sentence that stands in each row, up to its end token."""
        kept = []
        for row in np.asarray(rows).tolist():
            stop = row.index(self.end) if self.end in row else len(row)
            kept.append([token for token in row[:stop] if token != self.padding])
        return self._processor.decode(kept)


def _sentencepiece() -> ModuleType:
    """The package, imported here alone: the rest of the package does without."""
    try:
        return import_module("sentencepiece")
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "subwords need the package sentencepiece: pip install 'coreformulas[translation]'"
        ) from None


def fill_up(rows: Sequence[Sequence[int]], length: int) -> Int[np.ndarray, "rows length"]:
    """Rows of tokens in one array, zeros behind each.

    Raises:
        ValueError: if there is no row, or one is longer than ``length``.
    """
    longest = max((len(row) for row in rows), default=0)
    if not longest or longest > length:
        raise ValueError(f"rows must have 1 to {length} tokens, got {len(rows)} with {longest}")
    filled = np.zeros((len(rows), length), np.int32)
    for place, row in enumerate(rows):
        filled[place, : len(row)] = row
    return filled
