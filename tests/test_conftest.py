"""The settings of conftest.py are in force; without them many tests would pass for nothing."""

import jax.numpy as jnp
import pytest
from jaxtyping import TypeCheckError

from coreformulas.vae import gaussian_kl


def test_shapes_are_enforced() -> None:
    with pytest.raises(TypeCheckError):
        gaussian_kl(jnp.zeros((4, 2)), jnp.zeros((4, 3)))


def test_rank_promotion_is_an_error() -> None:
    with pytest.raises(ValueError, match="rank"):
        jnp.add(jnp.zeros((3, 2)), jnp.zeros(2))
