"""Bits-back coding: exact round trips, the length that theory gives, determinism, and errors."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import flax.serialization
import jax
import numpy as np
import optax
import pytest
from flax import nnx
from scipy.stats import binom

from coreformulas import datasets
from coreformulas.training import ModelState, fit
from coreformulas.vae import (
    VAE,
    Codec,
    VAEConfig,
    compress,
    decompress,
    elbo,
    initial_state,
    make_codec,
    make_update,
    to_model,
)

KEYS = jax.random.split(jax.random.key(0), 4)
CONFIG = VAEConfig(hidden=(32,), latent=4)
DIGITS = datasets.load("digits")
TRAIN, TEST = (split.images.reshape(-1, 64) for split in (DIGITS.train, DIGITS.test))
INITIAL = np.random.default_rng(0).integers(0, 2**32, 20, dtype=np.uint32)


@pytest.fixture(scope="module")
def state() -> ModelState:
    optimizer = optax.adam(5e-3)
    start = initial_state(CONFIG, optimizer, key=KEYS[0])
    trained, _ = fit(
        make_update(CONFIG, optimizer), start, TRAIN, KEYS[1], steps=200, batch_size=100
    )
    return trained


@pytest.fixture(scope="module")
def model(state: ModelState) -> VAE:
    return to_model(CONFIG, state)


@pytest.fixture(scope="module")
def codec(model: VAE) -> Codec:
    return make_codec(model)


@pytest.mark.parametrize("bin_bits", [1, 8, 16])
def test_images_and_borrowed_bits_come_back(model, bin_bits):
    codec = make_codec(model, bin_bits=bin_bits)
    message, net_bits = compress(codec, TEST[:40], INITIAL)
    images, initial = decompress(codec, message)
    np.testing.assert_array_equal(images, TEST[:40])
    np.testing.assert_array_equal(initial, INITIAL)
    assert len(net_bits) == message.images == 40


def test_the_net_length_is_the_negative_elbo(model, codec):
    message, net_bits = compress(codec, TEST, INITIAL)
    terms = elbo(
        TEST,
        encode=model.encode,
        decode=model.decode,
        log_likelihood=model.log_likelihood,
        key=KEYS[2],
        samples=32,
    )
    rate = -float(terms.value.mean()) / np.log(2)
    assert abs(net_bits.mean() / rate - 1) < 0.02
    # The words are what the sum of the images says, up to the one that is not full.
    assert abs(32 * (len(message.words) - len(INITIAL)) - net_bits.sum()) <= 64


def test_the_sizes_are_those_of_the_probabilities(codec):
    """One image: 12 bits for each bin written, less what reading took, plus the pixels."""
    _, net_bits = compress(codec, TEST[:1], INITIAL)
    constriction: Any = importlib.import_module("constriction")  # it has no type stubs
    coder = constriction.stream.stack.AnsCoder(INITIAL, seal=True)
    posterior = codec.posterior(TEST[0])
    code = coder.decode(constriction.stream.model.Categorical(perfect=False), posterior)
    read = -np.log2(posterior[np.arange(4), code] / posterior.sum(axis=1)).sum()
    pixels = -binom.logpmf(TEST[0], 16, codec.likelihood(code)).sum() / np.log(2)
    assert net_bits[0] == pytest.approx(4 * 12 + pixels - read, abs=2)


def test_the_bins_are_a_distribution_for_each_latent_number(codec):
    for image in TEST[:5]:
        posterior = codec.posterior(image)
        assert posterior.shape == (4, 4096)
        assert np.all(posterior >= 0)
        np.testing.assert_allclose(posterior.sum(axis=1), 1, rtol=1e-12)


def test_both_directions_get_the_same_probabilities_to_the_last_bit(codec):
    for image in TEST[:20]:
        first, second = codec.posterior(image), codec.posterior(image.astype(np.int32))
        np.testing.assert_array_equal(first, second)
        code = first.argmax(axis=1)
        np.testing.assert_array_equal(
            codec.likelihood(code), codec.likelihood(code.astype(np.int32))
        )


RECEIVER = """
import sys
import flax.serialization, jax, numpy as np
from flax import nnx
from coreformulas.vae import VAE, Message, VAEConfig, decompress, make_codec
folder = sys.argv[1]
model = VAE(VAEConfig(hidden=(32,), latent=4), rngs=nnx.Rngs(jax.random.key(9)))
weights = nnx.state(model, nnx.Param)
pure = flax.serialization.msgpack_restore(open(folder + "/weights", "rb").read())
nnx.replace_by_pure_dict(weights, nnx.restore_int_paths(pure))
nnx.update(model, weights)
sent = np.load(folder + "/message.npz")
message = Message(sent["words"], int(sent["images"]), int(sent["checksum"]))
images, initial = decompress(make_codec(model), message)
np.savez(folder + "/received.npz", images=images, initial=initial)
"""


def test_another_process_reads_the_message(state, codec, tmp_path: Path):
    message, _ = compress(codec, TEST[:60], INITIAL)
    np.savez(tmp_path / "message.npz", **message._asdict())
    pure = nnx.to_pure_dict(state.parameters)
    as_text = jax.tree_util.tree_map(np.asarray, _with_text_keys(pure))
    (tmp_path / "weights").write_bytes(flax.serialization.msgpack_serialize(as_text))
    subprocess.run(
        [sys.executable, "-c", RECEIVER, str(tmp_path)],
        check=True,
        env=os.environ | {"JAX_PLATFORMS": "cpu"},
    )
    received = np.load(tmp_path / "received.npz")
    np.testing.assert_array_equal(received["images"], TEST[:60])
    np.testing.assert_array_equal(received["initial"], INITIAL)


def _with_text_keys(tree):
    if not isinstance(tree, dict):
        return tree
    return {str(key): _with_text_keys(value) for key, value in tree.items()}


def test_a_model_that_differs_by_little_is_found_out(state, codec):
    message, _ = compress(codec, TEST[:40], INITIAL)
    almost = to_model(CONFIG, jax.tree.map(lambda weights: weights * 1.0001, state))
    with pytest.raises(ValueError, match="other probabilities than the sender's"):
        decompress(make_codec(almost), message)


@pytest.mark.parametrize("place", [0, 100, -1])
def test_a_damaged_message_is_found_out(codec, place):
    message, _ = compress(codec, TEST[:40], INITIAL)
    words = message.words.copy()
    words[place] ^= np.uint32(1 << 7)
    if place == 0:  # below all images: what was lent comes back changed, and the images do not
        images, initial = decompress(codec, message._replace(words=words))
        np.testing.assert_array_equal(images, TEST[:40])
        assert np.flatnonzero(initial != INITIAL).tolist() == [0]
        return
    with pytest.raises(ValueError, match="it is damaged"):
        decompress(codec, message._replace(words=words))


def test_bernoulli_images_come_back():
    config = VAEConfig(observed=20, hidden=(8,), latent=2, likelihood="bernoulli")
    codec = make_codec(VAE(config, rngs=nnx.Rngs(KEYS[3])))
    images = np.random.default_rng(1).integers(0, 2, (15, 20))
    message, _ = compress(codec, images, INITIAL)
    np.testing.assert_array_equal(decompress(codec, message)[0], images)


def test_codes_as_long_as_possible_never_read_below_the_stack(model):
    """With exactly the reserve the first code can be read off; with one word less it is refused."""
    codec = make_codec(model)
    enough = INITIAL[: codec.reserve]
    message, _ = compress(codec, TEST[:5], enough)
    np.testing.assert_array_equal(decompress(codec, message)[1], enough)
    with pytest.raises(ValueError, match=f"initial must hold at least {codec.reserve} words"):
        compress(codec, TEST[:5], enough[:-1])


@pytest.mark.parametrize(
    ("images", "reason"),
    [
        (np.full((2, 64), 17), "whole numbers from 0 to 16, got 17"),
        (np.full((2, 64), -1), "whole numbers from 0 to 16, got -1"),
        (np.full((2, 64), 0.5), r"whole numbers from 0 to 16, got 0\.5"),
        (np.full((2, 64), np.nan), "whole numbers from 0 to 16, got nan"),
        (np.zeros((2, 63)), r"shape \(count, 64\), got \(2, 63\)"),
        (np.zeros((0, 64)), "at least one image"),
    ],
)
def test_bad_images_are_named(codec, images, reason):
    with pytest.raises(ValueError, match=reason):
        compress(codec, images, INITIAL)


@pytest.mark.parametrize("bin_bits", [0, 17])
def test_bins_out_of_range_are_refused(model, bin_bits):
    with pytest.raises(ValueError, match=f"from 1 to 16, got {bin_bits}"):
        make_codec(model, bin_bits=bin_bits)


def test_a_gaussian_decoder_is_refused():
    config = VAEConfig(observed=4, hidden=(4,), likelihood="gaussian")
    with pytest.raises(ValueError, match=r"binomial or Bernoulli likelihood.*got 'gaussian'"):
        make_codec(VAE(config, rngs=nnx.Rngs(KEYS[3])))


def test_without_the_coder_the_extra_is_named(codec, monkeypatch):
    monkeypatch.setitem(sys.modules, "constriction", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'coreformulas\[compression\]'"):
        compress(codec, TEST[:1], INITIAL)
