"""Save a training state to disk and read it back, with Orbax."""

import os
from pathlib import Path
from typing import Any, TypeVar

import jax
import orbax.checkpoint as ocp
from jax.sharding import SingleDeviceSharding

from coreformulas.training.checks import as_arrays

__all__ = ["restore", "save"]

State = TypeVar("State")


def save(path: str | os.PathLike[str], state: Any) -> None:
    """Write a state to a new folder.

    The folder appears under its name only when it is complete: where writing is cut off, an
    unfinished folder with another name may be left, which :func:`restore` never takes for a
    checkpoint.

    Args:
        path: the folder to make. Folders above it are made where they are missing.
        state: any pytree of arrays, random keys among them.

    Raises:
        FileExistsError: if there is something at ``path``; nothing is overwritten.
        TypeError: if a leaf is not an array.
    """
    folder = Path(path).absolute()
    if folder.exists():
        raise FileExistsError(f"{folder} exists already; a checkpoint needs a path of its own")
    state = as_arrays("state", state)
    # Orbax converts silently where types differ, so the checkpoint also says what it holds.
    contents = ocp.args.Composite(
        state=ocp.args.StandardSave(state), layout=ocp.args.JsonSave(_layout(state))
    )
    with ocp.Checkpointer(ocp.CompositeCheckpointHandler()) as checkpointer:
        checkpointer.save(folder, contents)


def restore(path: str | os.PathLike[str], like: State) -> State:
    """Read a state that :func:`save` wrote.

    Args:
        path: the folder.
        like: a state of the same structure, shapes and types: arrays, whose values do not matter,
            or what ``jax.eval_shape`` returns.

    Returns:
        The state, on the first device.

    Raises:
        FileNotFoundError: if there is no checkpoint at ``path``.
        ValueError: if the checkpoint holds something else than ``like``, with all differences, or
            is damaged.
    """
    folder = Path(path).absolute()
    if not (folder / "layout").is_dir() or not (folder / "state").is_dir():
        raise FileNotFoundError(f"no checkpoint at {folder}")
    device = SingleDeviceSharding(jax.devices()[0])
    like = jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=device),
        jax.eval_shape(lambda tree: tree, like),
    )
    with ocp.Checkpointer(ocp.CompositeCheckpointHandler()) as checkpointer:

        def read(**part: Any) -> Any:
            try:
                return checkpointer.restore(folder, ocp.args.Composite(**part))
            except Exception as error:  # the storage library raises many kinds
                raise ValueError(f"the checkpoint {folder} is damaged") from error

        layout = read(layout=ocp.args.JsonRestore()).layout
        _check_layout(folder, layout, _layout(like))
        return read(state=ocp.args.StandardRestore(like)).state


def _layout(state: Any) -> dict[str, str]:
    """Type and shape of every leaf by its place, such as ``['weights']: float32[3, 2]``."""
    return {
        jax.tree_util.keystr(path): f"{leaf.dtype}{list(leaf.shape)}"
        for path, leaf in jax.tree_util.tree_leaves_with_path(state)
    }


def _check_layout(folder: Path, saved: dict[str, str], wanted: dict[str, str]) -> None:
    differences = [
        f"state{place}: saved as {saved.get(place, 'nothing')}, "
        f"like has {wanted.get(place, 'nothing')}"
        for place in sorted(saved.keys() | wanted.keys())
        if saved.get(place) != wanted.get(place)
    ]
    if differences:
        raise ValueError(f"the checkpoint {folder} does not fit `like`:\n" + "\n".join(differences))
