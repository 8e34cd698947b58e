"""The cells of the plane, and what they cost, against integrals and closed forms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.stats import entropy, norm

from coreformulas.comparison import GRID_CELLS, Cells, cell_probabilities, exact_entropy
from coreformulas.datasets import GaussianMixture, grid, ring

PAIR = GaussianMixture(np.array([[-1.0, 0.5], [1.5, 0.5]], np.float32), 0.8)


def test_every_point_lies_in_its_cell():
    cells = Cells(low=-1.0, width=0.25, count=8)
    points = jnp.array([-1.0, -0.76, -0.74, 0.0, 0.99])
    tokens = cells.tokens(points)
    np.testing.assert_array_equal(tokens, [0, 0, 1, 4, 7])
    assert cells.edges[0] == -1
    assert cells.edges[-1] == 1
    np.testing.assert_allclose(cells.centers(tokens), [-0.875, -0.875, -0.625, 0.125, 0.875])
    spread = cells.spread(jnp.tile(tokens, (200, 1)), key=jax.random.key(0))
    np.testing.assert_array_equal(cells.tokens(spread), jnp.tile(tokens, (200, 1)))
    assert spread.std(axis=0).min() > 0.05  # uniform: 0.25 / sqrt(12) = 0.072


@pytest.mark.parametrize("outside", [-1.01, 1.0])
def test_points_outside_are_named(outside):
    with pytest.raises(ValueError, match=r"points must lie from -1.0 up to 1, got"):
        Cells(low=-1.0, width=0.25, count=8).tokens(jnp.array([0.0, outside]))


@pytest.mark.parametrize(("change", "name"), [({"width": 0.0}, "width"), ({"count": 0}, "count")])
def test_bad_cells_are_refused(change, name):
    with pytest.raises(ValueError, match=f"{name} must be"):
        Cells(**change)


def test_a_cell_has_the_integral_of_the_density():
    cells = Cells(low=-8.0, width=0.5, count=36)
    table = cell_probabilities(PAIR, cells)
    x, y = 14, 17  # cells that begin at -1.0 and 0.5

    def density(second, first):
        parts = [
            norm.pdf(first, mean[0], 0.8) * norm.pdf(second, mean[1], 0.8) for mean in PAIR.means
        ]
        return sum(parts) / 2

    exact = dblquad(density, -1.0, -0.5, 0.5, 1.0)[0]
    np.testing.assert_allclose(table[x, y], exact, rtol=1e-9)
    np.testing.assert_allclose(table.sum(), 1, atol=1e-12)


def test_cells_that_leave_something_out_are_refused():
    with pytest.raises(ValueError, match="cells must hold the whole mixture, got 0"):
        cell_probabilities(grid(), Cells(low=-4.4, width=0.025, count=340))


def test_entropy_of_the_grid_is_that_of_its_modes_and_one_gaussian():
    mixture = grid()
    exact = np.log(25) + np.log(2 * np.pi * np.e * mixture.standard_deviation**2)
    np.testing.assert_allclose(exact_entropy(mixture), exact, atol=1e-9)


def test_entropy_where_modes_overlap_is_the_integral():
    def first(x):
        return 0.5 * (norm.pdf(x, -1, 0.8) + norm.pdf(x, 1.5, 0.8))

    along, _ = quad(lambda x: -first(x) * np.log(first(x)), -8, 8)
    exact = along + 0.5 * np.log(2 * np.pi * np.e * 0.64)
    np.testing.assert_allclose(exact_entropy(PAIR), exact, atol=1e-7)


def test_a_mixture_that_is_no_grid_is_refused():
    with pytest.raises(ValueError, match="mixture must have all"):
        exact_entropy(ring())


def test_cells_cost_the_square_of_their_width():
    mixture = grid()
    costs = []
    for width, count in ((GRID_CELLS.width, GRID_CELLS.count), (GRID_CELLS.width / 2, 704)):
        table = cell_probabilities(mixture, Cells(width=width, count=count))
        log_area = 2 * np.log(width)
        costs.append(entropy(table.ravel()) + log_area - exact_entropy(mixture))
    small = GRID_CELLS.width**2 / (12 * mixture.standard_deviation**2)
    assert 0 < costs[1] < costs[0]
    np.testing.assert_allclose(costs, [small, small / 4], rtol=0.03)
