"""Several settings of one update, trained at once by one compiled program."""

from collections.abc import Callable
from typing import Any

from jaxtyping import Array

__all__ = ["with_setting"]

Update = Callable[[Any, Any, Any], tuple[Any, Any]]


def with_setting(make_update: Callable[[Array], Update]) -> Update:
    """The update of a state that carries its own setting along, such as the strength of a penalty.

    Under ``jax.vmap``, as by :func:`coreformulas.training.fit_seeds`, each lane then has its own.

    Args:
        make_update: from a setting, a scalar of the state, to the update by it.

    Returns:
        ``update((setting, state), batch, key) -> ((setting, state), metrics)``; no step changes the
        setting.
    """

    def update(carried: tuple[Array, Any], batch: Any, key: Any) -> tuple[tuple[Array, Any], Any]:
        setting, state = carried
        state, metrics = make_update(setting)(state, batch, key)
        return (setting, state), metrics

    return update
