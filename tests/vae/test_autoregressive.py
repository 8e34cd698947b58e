"""The autoregressive decoder: order of pixels, a normalized likelihood, draws, and its update."""

from dataclasses import replace
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from coreformulas import vae

CONFIG = vae.AutoregressiveConfig(observed=5, hidden=7, latent=2)
OPTIMIZER = optax.sgd(0.1)
EVERY = jnp.array(list(product((0.0, 1.0), repeat=5)))


def random_model(config: vae.AutoregressiveConfig = CONFIG) -> vae.AutoregressiveVAE:
    """A model whose weights, zeros and all, are replaced by draws."""
    model = vae.AutoregressiveVAE(config, rngs=nnx.Rngs(jax.random.key(0)))
    leaves, tree = jax.tree.flatten(nnx.state(model, nnx.Param))
    keys = jax.random.split(jax.random.key(1), len(leaves))
    pairs = zip(keys, leaves, strict=True)
    nnx.update(model, jax.tree.unflatten(tree, [jax.random.normal(k, v.shape) for k, v in pairs]))
    return model


def jacobian(config: vae.AutoregressiveConfig) -> np.ndarray:
    model = random_model(config)
    context = model.decode(jnp.array([0.3, -1.0]))
    image = jnp.array([0.5, 0.2, 0.7, 0.4, 0.9])
    return np.asarray(jax.jacobian(lambda x: model.logits(x, context))(image))


def test_a_pixel_sees_all_pixels_before_it_and_no_other():
    slopes = jacobian(CONFIG)
    earlier = np.tri(5, k=-1, dtype=bool)
    assert not slopes[~earlier].any()
    assert np.all(slopes[earlier] != 0)


def test_the_control_sees_no_pixel():
    assert not jacobian(vae.AutoregressiveConfig(5, 7, 2, sees_pixels=False)).any()


@pytest.mark.parametrize("sees_pixels", [True, False])
def test_probabilities_of_all_images_add_up_to_one(sees_pixels):
    model = random_model(vae.AutoregressiveConfig(5, 7, 2, sees_pixels))
    context = jnp.broadcast_to(model.decode(jnp.array([0.3, -1.0])), (32, 12))
    total = jnp.exp(model.log_likelihood(EVERY, context)).sum()
    np.testing.assert_allclose(total, 1, rtol=1e-5)


def test_draws_have_the_probabilities_of_the_model():
    model, count = random_model(), 4000
    latent = jnp.broadcast_to(jnp.array([0.3, -1.0]), (count, 2))
    drawn = np.asarray(jax.jit(vae.sample_pixels)(model, latent, key=jax.random.key(2)))
    assert set(np.unique(drawn)) == {0, 1}
    context = jnp.broadcast_to(model.decode(latent[0]), (32, 12))
    chances = np.exp(np.asarray(model.log_likelihood(EVERY, context), float))
    seen = np.bincount((drawn @ 2 ** np.arange(5)[::-1]).astype(int), minlength=32) / count
    errors = np.sqrt(chances * (1 - chances) / count)
    assert np.all(abs(seen - chances) < 5 * errors + 1 / count)


def test_training_starts_at_the_prior():
    model = vae.AutoregressiveVAE(CONFIG, rngs=nnx.Rngs(jax.random.key(3)))
    mean, log_variance = model.encode(EVERY)
    assert not mean.any()
    assert not log_variance.any()


def one_step(**cure):
    state = vae.autoregressive_state(CONFIG, OPTIMIZER, key=jax.random.key(4))
    update = vae.make_autoregressive_update(CONFIG, OPTIMIZER, **cure)
    state, _ = update(state, EVERY, jax.random.key(5))  # away from the prior
    return state, *update(state, EVERY, jax.random.key(6))


def test_without_a_cure_the_loss_is_the_negative_elbo():
    _, after, metrics = one_step()
    np.testing.assert_allclose(metrics["loss"], metrics["kl"] - metrics["log_likelihood"])
    assert metrics["kl"] > 0
    assert int(after.step) == 2


def test_a_cure_changes_the_loss_as_its_formula_says():
    _, _, free = one_step(free_nats=3.0)
    np.testing.assert_allclose(free["loss"], 6 - free["log_likelihood"], rtol=1e-6)
    _, _, warm = one_step(warmup_steps=4.0)  # at the second step, t = 1
    np.testing.assert_allclose(warm["loss"], warm["kl"] / 4 - warm["log_likelihood"], rtol=1e-6)


@pytest.mark.parametrize("name", ["observed", "hidden", "latent"])
def test_bad_sizes_are_named(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        replace(CONFIG, **{name: 0})


def test_bad_cures_are_named():
    with pytest.raises(ValueError, match="free_nats must be a finite number"):
        one_step(free_nats=-1.0)
