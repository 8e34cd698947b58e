"""Bits-back coding: images as one lossless message whose length is the negative ELBO.

Sender and receiver share a model. The stack below holds some bits already. For each image x the
sender *reads* a code z off the stack, as if the bits there had been written by q(z | x), then
writes x with p(x | z), and z with p(z). The receiver undoes each step in reverse order, and ends
with the images and with the stack as it was: the bits read in the first step are back.

    write - log p(x | z) - log p(z), read - log q(z | x): on average, the negative ELBO

The receiver undoes a step with the very probabilities that the sender used: one bit off in one of
them, and all that follows is noise. So both take them from one :class:`Codec`, whose compiled
functions always see one image, because a sum over another batch shape may round differently. Two
machines, or two versions of a library, may differ all the same; a checksum in the message turns
that into an error instead of wrong images.
"""

import zlib
from collections.abc import Callable
from importlib import import_module
from math import ceil
from types import ModuleType
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Int, Num, UInt32
from scipy.special import expit, ndtr, ndtri

from coreformulas.vae.model import VAE

__all__ = ["Codec", "Message", "compress", "decompress", "make_codec"]

LARGEST_READ = 24  # bits that the coder can read for one symbol: the precision of its models


class Message(NamedTuple):
    """What is sent.

    Attributes:
        words: the stack, the caller's own words among them.
        images: how many there are.
        checksum: CRC-32 of their pixels.
    """

    words: UInt32[np.ndarray, " words"]
    images: int
    checksum: int


class Codec(NamedTuple):
    """The probabilities of both directions, made by :func:`make_codec`.

    Attributes:
        posterior: from one image, whole numbers of shape (observed,), to the probabilities of the
            bins of each latent dimension, (latent, bins).
        likelihood: from the bins of one code, (latent,), to the probability of a success in each
            pixel, (observed,).
        observed: pixels of an image.
        latent: dimensions of a code.
        trials: largest value of a pixel.
        bins: how many each latent dimension is cut into, equally likely under the prior.
    """

    posterior: Callable[[np.ndarray], Float[np.ndarray, "latent bins"]]
    likelihood: Callable[[np.ndarray], Float[np.ndarray, " observed"]]
    observed: int
    latent: int
    trials: int
    bins: int

    @property
    def reserve(self) -> int:
        """Words that must lie on the stack before a code can be read off it, whatever it is."""
        state = 2  # the coder keeps the two words on top in its register
        return ceil(LARGEST_READ * self.latent / 32) + state


def make_codec(model: VAE, *, bin_bits: int = 12) -> Codec:
    r"""Cut the latent space into bins and compile encoder and decoder for one image at a time.

    Each latent dimension is cut at the quantiles of the prior into :math:`2^b` bins of equal mass,
    so that to write a bin takes b bits; z stands at the middle quantile of its bin.

    Args:
        model: a VAE with binomial or Bernoulli likelihood.
        bin_bits: b, from 1 to 16.

    Raises:
        ValueError: if the likelihood is another, or ``bin_bits`` is out of range.

    References:
        Townsend et al. (2019), Practical lossless compression with latent variables using bits
        back coding, section 2.
    """
    config = model.config
    if config.likelihood not in ("binomial", "bernoulli"):
        raise ValueError(
            "model must have a binomial or Bernoulli likelihood, whose pixels are whole numbers, "
            f"got {config.likelihood!r}"
        )
    if not 1 <= bin_bits <= 16:
        raise ValueError(f"bin_bits must be a whole number from 1 to 16, got {bin_bits}")
    bins = 2**bin_bits
    edges, middles = ndtri(np.arange(bins + 1) / bins), ndtri((np.arange(bins) + 0.5) / bins)
    graph, weights = nnx.split(model)

    @jax.jit
    def encode(weights: nnx.State, image: Float[Array, "1 observed"]) -> tuple[Array, Array]:
        return nnx.merge(graph, weights).encode(image)

    @jax.jit
    def decode(weights: nnx.State, latent: Float[Array, "1 latent"]) -> Array:
        return nnx.merge(graph, weights).decode(latent)

    def posterior(image: np.ndarray) -> np.ndarray:
        # One type, whatever the images came in, so that there is one compiled function.
        mean, log_variance = encode(weights, jnp.asarray(image[None], jnp.float32))
        center = np.asarray(mean, np.float64).T
        scale = np.exp(np.asarray(log_variance, np.float64).T / 2)
        return np.diff(ndtr((edges - center) / scale), axis=1)

    def likelihood(code: np.ndarray) -> np.ndarray:
        logits = decode(weights, jnp.asarray(middles[code][None], jnp.float32))
        return expit(np.asarray(logits[0], np.float64))

    trials = config.trials if config.likelihood == "binomial" else 1
    return Codec(posterior, likelihood, config.observed, config.latent, trials, bins)


def compress(
    codec: Codec,
    images: Num[np.ndarray, "count observed"],
    initial: UInt32[np.ndarray, " words"],
) -> tuple[Message, Int[np.ndarray, " count"]]:
    """Write images on a stack that holds ``initial`` already.

    Args:
        codec: from :func:`make_codec`.
        images: whole numbers from 0 to ``codec.trials``, of any number type.
        initial: bits that are to be sent anyhow, such as an earlier message, or random ones. At
            least ``codec.reserve`` words; the receiver gets them back.

    Returns:
        The message, and the net number of bits that each image added to the stack: what was written
        less what was read, to the nearest bit.

    Raises:
        ValueError: if an argument is not as described, or the stack runs low midway.
        ModuleNotFoundError: if the package constriction is missing.
    """
    stream = _entropy_coder()
    pixels = _whole_pixels(images, codec)
    _require_words("initial", initial)
    coder = stream.stack.AnsCoder(initial, seal=True)
    sizes = [coder.num_valid_bits()]
    for number, image in enumerate(pixels):
        if coder.num_words() <= codec.reserve:  # one word is the seal, which marks the bottom
            raise ValueError(
                f"initial must hold at least {codec.reserve} words, so that a code can be read off "
                f"it, and more where codes take more than images leave; got {len(initial)}, and "
                f"{coder.num_words()} are left before image {number}"
            )
        posterior = codec.posterior(image)
        code = coder.decode(stream.model.Categorical(perfect=False), posterior)
        coder.encode_reverse(image, stream.model.Binomial(codec.trials), codec.likelihood(code))
        coder.encode_reverse(code, stream.model.Uniform(codec.bins))
        sizes.append(coder.num_valid_bits())
    words = coder.get_compressed()
    return Message(words, len(pixels), zlib.crc32(pixels.tobytes())), np.diff(sizes)


def decompress(
    codec: Codec, message: Message
) -> tuple[Int[np.ndarray, "count observed"], UInt32[np.ndarray, " words"]]:
    """Undo :func:`compress`: the images in their order, and the words of ``initial``.

    Raises:
        ValueError: if the images are not those that were sent, because the message is damaged or
            because the codec computes other probabilities than the sender's.
        ModuleNotFoundError: if the package constriction is missing.
    """
    stream = _entropy_coder()
    _require_words("message.words", message.words)
    coder = stream.stack.AnsCoder(message.words)
    pixels = np.zeros((message.images, codec.observed), np.int32)
    for number in reversed(range(message.images)):
        code = coder.decode(stream.model.Uniform(codec.bins), codec.latent)
        pixels[number] = coder.decode(stream.model.Binomial(codec.trials), codec.likelihood(code))
        coder.encode_reverse(
            code, stream.model.Categorical(perfect=False), codec.posterior(pixels[number])
        )
    if zlib.crc32(pixels.tobytes()) != message.checksum:
        raise ValueError(
            "message gives other images than were sent: it is damaged, or this codec computes "
            "other probabilities than the sender's (another model, machine or version)"
        )
    return pixels, coder.get_compressed(unseal=True)


def _entropy_coder() -> ModuleType:
    """The coders of constriction, imported here alone: the rest of the package does without."""
    try:
        return import_module("constriction").stream
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "bits-back coding needs the package constriction: "
            "pip install 'coreformulas[compression]'"
        ) from error


def _whole_pixels(images: np.ndarray, codec: Codec) -> Int[np.ndarray, "count observed"]:
    images = np.asarray(images)
    if images.ndim != 2 or images.shape[1] != codec.observed:
        raise ValueError(f"images must have shape (count, {codec.observed}), got {images.shape}")
    if not len(images):
        raise ValueError("images must hold at least one image, got none")
    bad = ~((images >= 0) & (images <= codec.trials) & (np.floor(images) == images))
    if bad.any():
        raise ValueError(
            f"images must hold whole numbers from 0 to {codec.trials}, got {images[bad][0]}"
        )
    return images.astype(np.int32)


def _require_words(name: str, words: np.ndarray) -> None:
    if not isinstance(words, np.ndarray) or words.dtype != np.uint32 or words.ndim != 1:
        found = getattr(words, "dtype", type(words).__name__)
        raise ValueError(f"{name} must be one row of uint32 words, got {found} {np.shape(words)}")
