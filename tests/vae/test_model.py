"""The model: shapes, scaling, and errors that name what is wrong."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from coreformulas.vae import VAE, VAEConfig, bernoulli_log_likelihood, binomial_log_likelihood

SMALL = VAEConfig(observed=6, hidden=(5, 4), latent=3)


def make(config=SMALL, seed=0):
    return VAE(config, rngs=nnx.Rngs(jax.random.key(seed)))


@pytest.mark.parametrize("hidden", [(), (5, 4)])
def test_shapes_follow_the_config(hidden):
    model = make(VAEConfig(observed=6, hidden=hidden, latent=3))
    mean, log_variance = model.encode(jnp.ones((2, 6)))
    assert mean.shape == log_variance.shape == (2, 3)
    assert model.decode(mean).shape == (2, 6)
    assert model.decode(mean[0]).shape == (6,)


def test_the_decoder_mirrors_the_encoder():
    kernels = {
        "/".join(map(str, path)): leaf.shape
        for path, leaf in nnx.to_flat_state(nnx.state(make(), nnx.Param))
        if path[-1] == "kernel"
    }
    assert sorted(kernels.values()) == sorted([(6, 5), (5, 4), (4, 6), (3, 4), (4, 5), (5, 6)])


@pytest.mark.parametrize(("likelihood", "largest"), [("binomial", 16), ("bernoulli", 1)])
def test_the_encoder_sees_its_input_between_zero_and_one(likelihood, largest):
    """A first layer that adds its inputs up tells what it was given."""
    config = VAEConfig(observed=6, hidden=(), latent=3, likelihood=likelihood, trials=16)
    model = make(config)
    (layer,) = model.encoder.layers
    layer.kernel[...] = jnp.ones_like(layer.kernel[...])
    mean, _ = model.encode(np.full((1, 6), largest, np.uint8))
    np.testing.assert_allclose(mean, 6.0)


def test_weights_come_from_the_key():
    first, same, other = (nnx.state(make(seed=seed), nnx.Param) for seed in (0, 0, 1))
    assert all(jax.tree.leaves(jax.tree.map(lambda a, b: bool(jnp.all(a == b)), first, same)))
    kernels = [
        (np.asarray(a), np.asarray(b))
        for a, b in zip(jax.tree.leaves(first), jax.tree.leaves(other), strict=True)
        if a.ndim == 2
    ]
    assert len(kernels) == 6
    assert all(np.all(a != b) for a, b in kernels)


def test_the_likelihood_is_the_one_of_the_config():
    counts, logits = jnp.array([[0, 4, 9, 1, 0, 2]]), jnp.linspace(-1, 1, 6)[None]
    binomial = make(VAEConfig(observed=6, hidden=(), trials=9))
    np.testing.assert_array_equal(
        binomial.log_likelihood(counts, logits), binomial_log_likelihood(counts, logits, 9)
    )
    bits = counts % 2
    bernoulli = make(VAEConfig(observed=6, hidden=(), likelihood="bernoulli"))
    np.testing.assert_array_equal(
        bernoulli.log_likelihood(bits, logits), bernoulli_log_likelihood(bits, logits)
    )
    with pytest.raises(ValueError, match="from 0 to 9, got 10"):
        binomial.log_likelihood(counts + 1, logits)


def test_wrong_widths_are_named():
    model = make()
    with pytest.raises(ValueError, match=r"observed must have 6 values .* got \(2, 7\)"):
        model.encode(jnp.ones((2, 7)))
    with pytest.raises(ValueError, match=r"latent must have 3 values .* got \(2,\)"):
        model.decode(jnp.ones(2))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"observed": 0}, "observed must be a whole number >= 1, got 0"),
        ({"latent": -2}, "latent must be a whole number >= 1, got -2"),
        ({"latent": 2.0}, "latent must be a whole number >= 1, got 2.0"),
        ({"trials": 0}, "trials must be a whole number >= 1, got 0"),
        ({"trials": True}, "trials must be a whole number >= 1, got True"),
        ({"hidden": (8, 0)}, r"hidden must be a tuple of whole numbers >= 1, got \(8, 0\)"),
        ({"hidden": [8, 8]}, r"hidden must be a tuple of whole numbers >= 1, got \[8, 8\]"),
        (
            {"likelihood": "poisson"},
            "must be 'binomial' or 'bernoulli' or 'gaussian', got 'poisson'",
        ),
        ({"architecture": "gru"}, "must be 'perceptron' or 'convolutional', got 'gru'"),
        (
            {"architecture": "convolutional", "observed": 36, "hidden": (8, 8)},
            "observed must be the square of a multiple of 4 for 2 convolutions, got 36",
        ),
    ],
)
def test_bad_configs_are_refused(changes, message):
    # Past the type check that only tests install, as a user's own mistake would come.
    config = object.__new__(VAEConfig)
    fields = {"observed": 64, "hidden": (8,), "latent": 2, "likelihood": "binomial", "trials": 16}
    fields["architecture"] = "perceptron"
    for name, value in {**fields, **changes}.items():
        object.__setattr__(config, name, value)
    with pytest.raises(ValueError, match=message):
        config.__post_init__()


def test_a_config_is_a_value():
    assert VAEConfig(hidden=(8,)) == VAEConfig(hidden=(8,))
    assert hash(VAEConfig(hidden=(8,))) == hash(VAEConfig(hidden=(8,)))
    with pytest.raises(AttributeError):
        VAEConfig().latent = 3  # pyright: ignore[reportAttributeAccessIssue]
