"""A setting in the state serves each lane by its own, and no step changes it."""

import jax
import jax.numpy as jnp
import numpy as np

from coreformulas.training import with_setting


def shrink(strength):
    """An update that takes a share of the state away, and some noise of the batch and the key."""

    def update(state, batch, key):
        noise = batch + jax.random.normal(key)
        return (1 - strength) * state + noise, {"before": state}

    return update


def test_each_lane_has_its_own_setting():
    settings, states = jnp.array([0.0, 0.1, 0.5]), jnp.array([1.0, 2.0, 3.0])
    keys = jax.random.split(jax.random.key(0), 3)
    lanes = jax.vmap(with_setting(shrink), in_axes=(0, None, 0))
    (kept, after), metrics = lanes((settings, states), 0.25, keys)
    np.testing.assert_array_equal(kept, settings)
    np.testing.assert_array_equal(metrics["before"], states)
    for lane in range(3):
        alone, _ = shrink(settings[lane])(states[lane], 0.25, keys[lane])
        np.testing.assert_allclose(after[lane], alone, rtol=1e-6)
    assert len(set(np.asarray(after - states).round(6).tolist())) == 3
