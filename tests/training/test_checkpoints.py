"""A checkpoint gives back what it was given, or says what does not fit."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coreformulas.training import restore, save


class Pair(NamedTuple):
    weights: jax.Array
    moments: tuple


@pytest.fixture
def tree():
    return {
        "pair": Pair(jnp.arange(6.0).reshape(3, 2), ({"m": jnp.ones(2, jnp.bfloat16)}, None)),
        "key": jax.random.key(7),
        "keys": jax.random.split(jax.random.key(1, impl="rbg"), 3),
        "count": jnp.int32(4),
        "done": jnp.array([True, False]),
    }


def bits(leaf):
    is_key = jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
    return np.asarray(jax.random.key_data(leaf) if is_key else leaf)


@pytest.mark.parametrize("abstract", [False, True])
def test_state_comes_back_as_it_was(tree, tmp_path, abstract):
    save(tmp_path / "new" / "state", tree)
    blank = jax.eval_shape(lambda tree: tree, tree)
    found = restore(tmp_path / "new" / "state", blank if abstract else tree)
    assert jax.tree.structure(found) == jax.tree.structure(tree)
    for left, right in zip(jax.tree.leaves(found), jax.tree.leaves(tree), strict=True):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(bits(left), bits(right))


def test_restored_key_draws_the_same_numbers(tree, tmp_path):
    save(tmp_path / "state", tree)
    found = restore(tmp_path / "state", tree)
    np.testing.assert_array_equal(jax.random.bits(found["key"]), jax.random.bits(tree["key"]))


def test_relative_path(tree, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save("state", tree)
    assert int(restore("state", tree)["count"]) == 4


def test_nothing_is_overwritten(tree, tmp_path):
    save(tmp_path / "state", tree)
    with pytest.raises(FileExistsError, match="exists already"):
        save(tmp_path / "state", tree | {"count": jnp.int32(5)})
    assert int(restore(tmp_path / "state", tree)["count"]) == 4


def test_leaf_that_is_no_array_is_refused_before_writing(tmp_path):
    with pytest.raises(TypeError, match=r"state\['name'\] must be an array, got str 'x'"):
        save(tmp_path / "state", {"name": "x"})
    assert list(tmp_path.iterdir()) == []


def test_missing(tree, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no checkpoint at .*nowhere"):
        restore(tmp_path / "nowhere", tree)
    with pytest.raises(FileNotFoundError, match="no checkpoint at"):
        restore(tmp_path, tree)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": jnp.float32(4)}, r"\['count'\]: saved as int32\[\], like has float32\[\]"),
        ({"done": jnp.zeros(3, bool)}, r"\['done'\]: saved as bool\[2\], like has bool\[3\]"),
        ({"more": jnp.zeros(3)}, r"\['more'\]: saved as nothing, like has float32\[3\]"),
        ({"key": jax.random.key(7, impl="rbg")}, r"saved as key<fry>\[\], like has key<rbg>"),
        ({"key": jnp.zeros(2, jnp.uint32)}, r"saved as key<fry>\[\], like has uint32\[2\]"),
    ],
)
def test_state_that_does_not_fit(tree, tmp_path, change, message):
    save(tmp_path / "state", tree)
    with pytest.raises(ValueError, match=message):
        restore(tmp_path / "state", tree | change)


def test_missing_leaf(tree, tmp_path):
    save(tmp_path / "state", tree)
    del tree["count"]
    with pytest.raises(ValueError, match=r"\['count'\]: saved as int32\[\], like has nothing"):
        restore(tmp_path / "state", tree)


@pytest.mark.parametrize("part", ["state", "layout"])
def test_damaged_files(tmp_path, part):
    tree = {"weights": jax.random.normal(jax.random.key(0), (100, 100))}
    save(tmp_path / "state", tree)
    for file in (tmp_path / "state" / part).rglob("*"):
        if file.is_file():
            file.write_bytes(file.read_bytes()[:20])
    with pytest.raises(ValueError, match="is damaged"):
        restore(tmp_path / "state", tree)


def test_unfinished_folder_is_no_checkpoint(tree, tmp_path, monkeypatch):
    """A write that breaks off leaves nothing under the name that was asked for."""
    import orbax.checkpoint as ocp

    def broken(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(ocp.JsonCheckpointHandler, "async_save", broken)
    with pytest.raises(OSError, match="disk full"):
        save(tmp_path / "state", tree)
    assert not (tmp_path / "state").exists()
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        restore(tmp_path / "state", tree)
