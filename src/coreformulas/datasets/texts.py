"""Texts as characters: one that ships with the package, and tiny Shakespeare."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Integer, UInt8

from .storage import DataFile, read_file, read_shipped, shipped_locations

__all__ = ["Text", "load_text", "windows"]

GENESIS_SHA256 = "e7b72bfd25d395f55a3bd0c1ada5cbf3fd627f61734d239503d834ac9b5e23b6"
LOCATIONS = shipped_locations("genesis.txt")
TINY_SHAKESPEARE = DataFile(
    "tiny-shakespeare/input.txt",
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    ("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",),
)
NAMES = ("genesis", "tiny-shakespeare")
TRAINED_ON = 0.9
"""Share of a text, from its beginning."""


class Text(NamedTuple):
    """A text, cut in two, and its characters, which are the tokens.

    Attributes:
        characters: all that occur, in the order of their tokens.
        train: tokens of the first 90 % of the text.
        validation: tokens of the rest.
    """

    characters: str
    train: UInt8[np.ndarray, " train"]
    validation: UInt8[np.ndarray, " validation"]

    def encode(self, text: str) -> UInt8[np.ndarray, " length"]:
        """Tokens of a text.

        Raises:
            ValueError: if a character is not one of :attr:`characters`.
        """
        unknown = sorted(set(text) - set(self.characters))
        if unknown:
            raise ValueError(f"text has {unknown}, which are not among {self.characters!r}")
        return np.array([self.characters.index(character) for character in text], np.uint8)

    def decode(self, tokens: Integer[np.ndarray | Array, " length"]) -> str:
        """The text that tokens stand for.

        Raises:
            ValueError: if a token stands for no character.
        """
        values = np.asarray(tokens)
        if values.size and not 0 <= values.min() <= values.max() < len(self.characters):
            raise ValueError(
                f"tokens must be from 0 to {len(self.characters) - 1}, got {values.min()} to "
                f"{values.max()}"
            )
        return "".join(self.characters[token] for token in values.tolist())


def load_text(name: str) -> Text:
    """Load a text, with a token for each of its characters.

    ====================  ===========  ==========  ===============================================
    name                  characters   different   source
    ====================  ===========  ==========  ===============================================
    ``genesis``           196,818      60          ships: the King James Version of 1611
    ``tiny-shakespeare``  1,115,394    65          local folder, or a download; plays
    ====================  ===========  ==========  ===============================================

    The local folder is the one that ``COREFORMULAS_DATA`` names, as for :func:`load`. Both texts
    are in the public domain.

    Raises:
        ValueError: no text has this name.
        DatasetError: the file is missing, damaged, or cannot be downloaded.
    """
    if name not in NAMES:
        raise ValueError(f"name: got {name!r}, expected one of {', '.join(map(repr, NAMES))}")
    if name == "genesis":
        data = read_shipped(LOCATIONS, GENESIS_SHA256, "Reinstall coreformulas.")
    else:
        data = read_file(TINY_SHAKESPEARE)
    # ASCII, so that a byte is a character; sorted by code, so that the order is the alphabet's.
    codes, tokens = np.unique(np.frombuffer(data, np.uint8), return_inverse=True)
    tokens = tokens.astype(np.uint8)
    trained_on = int(TRAINED_ON * len(tokens))
    return Text(bytes(codes).decode("ascii"), tokens[:trained_on], tokens[trained_on:])


def windows(
    tokens: Integer[np.ndarray, " tokens"], length: int, *, stride: int
) -> Integer[np.ndarray, "windows length"]:
    """Pieces of a text, all of one length, one at every ``stride`` tokens.

    What is left behind the last piece has no part in any.

    Raises:
        ValueError: if ``length`` is longer than the text, or a number is below 1.
    """
    if not 1 <= length <= len(tokens):
        raise ValueError(f"length must be from 1 to {len(tokens)}, got {length}")
    if stride < 1:
        raise ValueError(f"stride must be at least 1, got {stride}")
    every = np.lib.stride_tricks.sliding_window_view(tokens, length)
    return np.ascontiguousarray(every[::stride])
