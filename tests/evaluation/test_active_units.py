"""Active units: the definition, leading axes of models, and errors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coreformulas.evaluation import active_units

WAVE = jnp.array([1.0, -1.0, 1.0, -1.0])  # variance 1
MEAN = jnp.stack([WAVE, 5 + 0.05 * WAVE, 0.11 * WAVE, 0 * WAVE], axis=1)


def test_the_variance_of_the_mean_decides_and_not_its_size():
    np.testing.assert_array_equal(active_units(MEAN), [True, False, True, False])
    np.testing.assert_array_equal(active_units(MEAN, threshold=0.002), [True, True, True, False])


def test_axes_in_front_are_models_and_jit_gives_the_same():
    both = jnp.stack([MEAN, 10 * MEAN])
    wanted = [[True, False, True, False], [True, True, True, False]]
    np.testing.assert_array_equal(active_units(both), wanted)
    np.testing.assert_array_equal(jax.jit(jax.vmap(active_units))(both), wanted)


@pytest.mark.parametrize(
    ("mean", "threshold", "message"),
    [
        (MEAN[:1], 0.01, r"at least two examples in rows, got shape \(1, 4\)"),
        (MEAN, 0.0, "threshold must be a positive number, got 0.0"),
        (MEAN, float("nan"), "threshold must be a positive number, got nan"),
        (MEAN.at[0, 0].set(jnp.inf), 0.01, "mean must be finite"),
    ],
)
def test_bad_input_is_named(mean, threshold, message):
    with pytest.raises(ValueError, match=message):
        active_units(mean, threshold=threshold)
