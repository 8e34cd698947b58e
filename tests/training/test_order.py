"""Shuffled epochs: every example once in each, none dropped, at every place of the run."""

import jax
import numpy as np
import pytest

from coreformulas.training import fit
from coreformulas.training import order as order_module
from coreformulas.training.order import Order

SIZES = [
    # examples, batch, chunk: an epoch in one chunk, in several, many epochs in one chunk,
    # one batch for all, one example, batches that straddle epochs.
    (12, 3, 4),
    (23, 5, 3),
    (3, 2, 10),
    (7, 7, 2),
    (1, 1, 4),
    (10, 7, 5),
]


def endless(key, examples, epochs):
    """The order by its definition: permutation after permutation."""
    draws = [jax.random.permutation(jax.random.fold_in(key, e), examples) for e in range(epochs)]
    return np.concatenate(draws)


@pytest.mark.parametrize(("examples", "batch_size", "chunk_size"), SIZES)
def test_batches_are_the_epochs_laid_end_to_end(examples, batch_size, chunk_size):
    key = jax.random.key(3)
    order = Order(key, examples=examples, batch_size=batch_size, chunk_size=chunk_size)
    firsts = range(0, 6 * chunk_size, chunk_size)
    found = np.concatenate([order.batches(first) for first in firsts])
    assert found.shape == (6 * chunk_size, batch_size)
    expected = endless(key, examples, 1 + found.size // examples)
    np.testing.assert_array_equal(found.ravel(), expected[: found.size])


def test_order_can_be_entered_anywhere():
    key = jax.random.key(3)
    order = Order(key, examples=11, batch_size=4, chunk_size=3)
    expected = endless(key, 11, 50)
    for first in (30, 0, 2, 60, 59, 61, 7):
        found = order.batches(first)
        np.testing.assert_array_equal(found.ravel(), expected[4 * first : 4 * (first + 3)])


def test_an_epoch_is_drawn_once_however_many_chunks_it_has(monkeypatch):
    """A run that goes forward keeps what it drew; only what is missing is sorted."""
    drawn = []
    draw = order_module._draw

    def watched(key, epochs, passed, kept, needed, first, place, **settings):
        drawn.append(list(range(first + kept, first + needed)))
        return draw(key, epochs, passed, kept, needed, first, place, **settings)

    monkeypatch.setattr(order_module, "_draw", watched)
    order = Order(jax.random.key(0), examples=20, batch_size=8, chunk_size=1)
    for first in range(8):
        order.batches(first)
    # Places 0-7, 8-15, 16-23, ... of epochs of 20: one is new when a batch first reaches it.
    assert drawn == [[0], [], [1], [], [], [2], [], [3]]


@pytest.mark.parametrize(("batch_size", "steps"), [(5, 8), (4, 10), (3, 40), (10, 4), (7, 10)])
def test_each_example_is_used_once_in_each_epoch(counter, state, rows, key, batch_size, steps):
    state, history = fit(
        counter, state, rows, key, steps=steps, batch_size=batch_size, chunk_size=4
    )
    epochs, rest = divmod(steps * batch_size, len(rows))
    seen = history["rows"].ravel()
    for epoch in seen[: epochs * len(rows)].reshape(epochs, len(rows)):
        assert sorted(epoch) == list(range(len(rows)))
    assert rest == 0
    np.testing.assert_array_equal(state["seen"], np.full(len(rows), epochs))


def test_examples_of_an_unfinished_epoch_are_used_at_most_once(counter, state, rows, key):
    state, _ = fit(counter, state, rows, key, steps=4, batch_size=4, chunk_size=4)
    counts = np.asarray(state["seen"])
    assert counts.sum() == 16
    assert set(counts) <= {1, 2}


def test_epochs_are_shuffled_anew(counter, state, rows, key):
    _, history = fit(counter, state, rows, key, steps=20, batch_size=10, chunk_size=4)
    orders = {tuple(order) for order in history["rows"]}
    assert len(orders) == 20
