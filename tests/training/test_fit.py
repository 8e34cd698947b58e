"""One trace, one program, the caller's state kept, and a history of every step."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from coreformulas.training import fit
from coreformulas.training.chunks import Chunks


def assert_same(left, right):
    assert jax.tree.structure(left) == jax.tree.structure(right)
    for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        assert a.dtype == b.dtype
        assert bool(jnp.all(a == b))


@pytest.mark.parametrize(("steps", "chunk_size"), [(20, 5), (23, 5), (3, 5), (1, 1)])
def test_update_is_traced_once(fresh, state, rows, key, steps, chunk_size):
    fit(fresh, state, rows, key, steps=steps, batch_size=3, chunk_size=chunk_size)
    assert fresh.traces == 1


def test_second_run_reuses_the_program(fresh, state, rows, key):
    settings: dict[str, Any] = {"steps": 7, "batch_size": 3, "chunk_size": 4}
    state, first = fit(fresh, state, rows, key, **settings)
    _, second = fit(fresh, state, rows, key, start=7, **settings)
    assert fresh.traces == 1
    assert second.compile_seconds < first.compile_seconds


def test_python_numbers_in_the_state_do_not_cause_a_second_trace(rows, key):
    traces = []

    def update(state, batch, key):
        del batch, key
        traces.append(state)
        return (state[0] + 1, state[1] * 2.0), {"loss": state[1]}

    state, _ = fit(update, (0, 1.0), rows, key, steps=3, batch_size=3, chunk_size=4)
    assert len(traces) == 1
    assert_same(state, (jnp.int32(3), jnp.float32(8)))


def test_state_of_the_caller_lives_on(counter, state, rows, key):
    before = jax.tree.map(lambda leaf: leaf + 0, {name: state[name] for name in ("seen", "sum")})
    trained, _ = fit(counter, state, rows, key, steps=7, batch_size=3, chunk_size=4)
    assert not any(leaf.is_deleted() for leaf in jax.tree.leaves(state))
    assert_same({name: state[name] for name in before}, before)
    assert_same(jax.random.key_data(state["key"]), jax.random.key_data(jax.random.key(5)))
    assert int(trained["seen"].sum()) == 21


def test_chunk_gives_its_copy_of_the_state_away(counter, state, rows, key):
    chunks = Chunks(counter, state, rows, key, examples=10, batch_size=3, chunk_size=4, start=0)
    given = jax.tree.map(jnp.copy, state)
    place = (np.uint32(0), np.int32(4))
    chunks._compiled(given, rows, chunks._order.batches(0), chunks._key, *place)
    assert all(leaf.is_deleted() for leaf in jax.tree.leaves(given))


def test_same_key_same_run_and_another_key_another(counter, state, rows, key):
    settings: dict[str, Any] = {"steps": 8, "batch_size": 3, "chunk_size": 4}
    one, first = fit(counter, state, rows, key, **settings)
    two, second = fit(counter, state, rows, key, **settings)
    other, third = fit(counter, state, rows, jax.random.key(1), **settings)
    assert_same(one, two)
    np.testing.assert_array_equal(first["loss"], second["loss"])
    assert float(other["sum"]) != float(one["sum"])
    assert (third["bits"] != first["bits"]).all()


@pytest.mark.parametrize("chunk_size", [1, 4, 100])
def test_chunk_size_changes_nothing(counter, state, rows, key, chunk_size):
    expected, history = fit(counter, state, rows, key, steps=11, batch_size=4, chunk_size=11)
    settings: dict[str, Any] = {"steps": 11, "batch_size": 4, "chunk_size": chunk_size}
    found, other = fit(counter, state, rows, key, **settings)
    np.testing.assert_array_equal(other["rows"], history["rows"])
    np.testing.assert_array_equal(other["bits"], history["bits"])
    np.testing.assert_allclose(other["loss"], history["loss"], rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(found["seen"], expected["seen"])


def test_every_step_has_a_key_of_its_own(counter, state, rows, key):
    _, history = fit(counter, state, rows, key, steps=50, batch_size=3, chunk_size=4)
    assert len(np.unique(history["bits"])) == 50


def test_history_has_a_value_for_each_step(counter, state, rows, key):
    _, history = fit(counter, state, rows, key, steps=11, batch_size=3, chunk_size=4, start=3)
    shapes = {name: values.shape for name, values in history.metrics.items()}
    assert shapes == {"loss": (11,), "rows": (11, 3), "bits": (11,)}
    assert all(type(values) is np.ndarray for values in history.metrics.values())
    assert history.start == 3
    assert history.compile_seconds > 0
    assert history.run_seconds > 0
    with pytest.raises(KeyError, match="no metric 'lost'; this run has: bits, loss, rows"):
        history["lost"]


def test_values_are_those_of_steps_called_from_python(key):
    data = {"x": np.linspace(-1, 1, 12, dtype=np.float32)[:, None], "y": np.arange(12.0)}

    def update(weight, batch, key):
        def loss_of(weight):
            noise = jax.random.normal(key, batch["y"].shape)
            return jnp.mean((batch["x"][:, 0] * weight - batch["y"] + noise) ** 2)

        loss, gradient = jax.value_and_grad(loss_of)(weight)
        return weight - 0.1 * gradient, {"loss": loss}

    weight, history = fit(update, jnp.float32(0), data, key, steps=9, batch_size=5, chunk_size=4)
    # The order and the keys, as the documentation of Order and of fit defines them.
    order_key, step_key = jax.random.split(key)
    epochs = [jax.random.permutation(jax.random.fold_in(order_key, e), 12) for e in range(4)]
    rows = np.concatenate(epochs)[: 9 * 5].reshape(9, 5)
    expected, losses = jnp.float32(0), []
    for i in range(9):
        batch = {name: jnp.asarray(values[rows[i]], jnp.float32) for name, values in data.items()}
        expected, metrics = update(expected, batch, jax.random.fold_in(step_key, i))
        losses.append(float(metrics["loss"]))
    np.testing.assert_allclose(history["loss"], losses, rtol=1e-5)
    np.testing.assert_allclose(weight, expected, rtol=1e-5)


def test_several_seeds_at_once(key):
    data = jnp.linspace(-1, 1, 12)

    def update(weight, batch, key):
        loss = jnp.mean((batch - weight + jax.random.normal(key)) ** 2)
        return weight - 0.1 * jnp.mean(weight - batch), {"loss": loss}

    def update_all(weights, batch, key):
        return jax.vmap(update, in_axes=(0, None, 0))(weights, batch, jax.random.split(key, 3))

    def update_second(weight, batch, key):
        return update(weight, batch, jax.random.split(key, 3)[1])

    start = jnp.array([0.0, 1.0, 2.0])
    weights, history = fit(update_all, start, data, key, steps=6, batch_size=5, chunk_size=4)
    weight, alone = fit(update_second, start[1], data, key, steps=6, batch_size=5, chunk_size=4)
    assert history["loss"].shape == (6, 3)
    np.testing.assert_allclose(weights[1], weight, rtol=1e-6)
    np.testing.assert_allclose(history["loss"][:, 1], alone["loss"], rtol=1e-6)


def test_keys_of_another_kind_work(counter, state, rows):
    key = jax.random.key(0, impl="rbg")
    _, history = fit(counter, state, rows, key, steps=5, batch_size=3, chunk_size=4)
    assert len(np.unique(history["bits"])) == 5
