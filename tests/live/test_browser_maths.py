"""The figures of the minimax game, of the online softmax and of recorded training, in a browser."""

import numpy as np
import pytest
from live_cases import MINIMAX, ONLINE, film
from live_pages import drag, press, state, words
from scipy.integrate import quad
from scipy.special import softmax, xlogy
from scipy.stats import norm

from coreformulas.live import pack_range, unpack_range

CLOSE = 1e-3


def game(mean: float, width: float, apart: float) -> tuple[float, float]:
    """V(D*, G) and the JSD by adaptive quadrature, each from its definition."""

    def densities(x):
        sides = [norm.pdf(x, side * apart / 2, MINIMAX["width"]) for side in (-1, 1)]
        return sum(sides) / 2, norm.pdf(x, mean, width)

    def payoff(x):
        p, q = densities(x)
        return xlogy(p, p / (p + q)) + xlogy(q, q / (p + q)) if p + q else 0.0

    def divergence(x):
        p, q = densities(x)
        return (xlogy(p, 2 * p / (p + q)) + xlogy(q, 2 * q / (p + q))) / 2 if p + q else 0.0

    points = sorted({-apart / 2, apart / 2, mean})
    return tuple(quad(f, -15, 15, points=points, limit=400)[0] for f in (payoff, divergence))


def check_game(now: dict[str, float]) -> None:
    value, jsd = game(now["mean"], now["width"], now["apart"])
    assert now["value"] == pytest.approx(value, abs=CLOSE)
    assert now["jsd"] == pytest.approx(jsd, abs=CLOSE)
    assert now["value"] == pytest.approx(2 * now["jsd"] - np.log(4), abs=CLOSE)


def test_minimax(opened):
    page = opened("minimax", MINIMAX)
    seen = [state(page)]
    press(page, "apart", "ArrowRight", 10)
    press(page, "width", "End")
    seen.append(state(page))
    page.get_by_role("button", name="Reset").click()
    drag(page, (0.65, 0.12), (0.3, 0.28))  # the top of the bell: to the left and down
    seen.append(state(page))
    assert seen[-1]["mean"] < -1
    assert seen[-1]["width"] > 1
    page.get_by_role("button", name="Far away").click()
    seen.append(state(page))
    assert seen[-1]["jsd"] > 0.6
    for now in seen:
        check_game(now)


def test_the_game_can_be_won_where_the_data_are_one_bell(opened):
    page = opened("minimax", MINIMAX)
    page.get_by_role("button", name="q = p").click()
    now = state(page)
    assert now["value"] == pytest.approx(-np.log(4), abs=1e-6)
    assert now["jsd"] == pytest.approx(0, abs=1e-6)
    assert now["fooled"] == pytest.approx(0.5)


def test_online_softmax(opened):
    page = opened("online", ONLINE)
    press(page, "seen", "Home")
    assert words(page)["m"] == "-Infinity"
    assert state(page)["l"] == 0
    scores, rows, last = np.array(ONLINE["scores"]), np.array(ONLINE["values"]), None
    for keys in (5, 10, 12):  # the last block is shorter
        page.get_by_role("button", name="one step forward").click()
        now, seen = state(page), scores[:keys]
        assert now["m"] == pytest.approx(seen.max(), abs=CLOSE)
        assert now["l"] == pytest.approx(np.exp(seen - seen.max()).sum(), abs=CLOSE)
        output = [now[f"output{c}"] for c in (1, 2, 3)]
        assert output == pytest.approx(softmax(seen) @ rows[:keys], abs=CLOSE)
        if last:
            assert now["factor"] == pytest.approx(np.exp(last["m"] - now["m"]), abs=CLOSE)
            assert now["l"] == pytest.approx(now["factor"] * last["l"] + now["fresh"], abs=CLOSE)
        last = now
    assert "softmax over all keys" in page.text_content("[aria-live=polite]")
    assert page.get_attribute("input[name=seen]", "aria-valuetext") == "3 of 3"


def test_scrubber(opened):
    data = film()
    page = opened("scrubber", data)
    press(page, "stop", "Home")
    for k, stop in enumerate(data["stops"]):
        now = state(page)
        assert now["stop"] == k
        for i, run in enumerate(data["runs"], start=1):
            assert now[f"covered{i}"] == sum(run["found"][k])
            assert now[f"quality{i}"] == pytest.approx(run["quality"][k], abs=CLOSE)
        said = page.text_content("[aria-live=polite]")
        assert f"after {stop} steps" in said
        assert f"{sum(data['runs'][0]['found'][k])} of 4 modes" in said
        assert page.get_attribute("input[name=stop]", "aria-valuetext") == str(stop)
        press(page, "stop", "ArrowRight")
    drag(page, (0.95, 0.8), (0.5, 0.8))  # along the chart
    assert state(page)["stop"] == 1
    drag(page, (0.3, 0.3), (0.9, 0.3))  # in the planes nothing moves
    assert state(page)["stop"] == 1


PIXELS = """
([x, y]) => {
  const canvas = document.querySelector("canvas"), ratio = window.devicePixelRatio;
  return [...canvas.getContext("2d").getImageData(x * ratio, y * ratio, 1, 1).data];
}
"""


def test_the_field_is_drawn_where_it_is(opened):
    """Blue where it is real, orange where it is fake, and not upside down."""
    data = film(side=6)
    for run in data["runs"]:
        field = np.zeros((3, 6, 6))
        field[:, 3:, 3:] = 1  # real in the upper right quarter alone
        run["field"] = pack_range(field, low=0, high=1)
        run["samples"] = pack_range(np.full((3, 40, 2), 1.6), low=-1.6, high=1.6)
    page = opened("scrubber", data)
    state(page)
    box = page.locator("canvas").bounding_box()
    width, middle = box["width"] / 4, 0.32 * box["height"]
    for across, down, is_real in ((40, -40, True), (-40, -40, False), (40, 40, False)):
        red, _, blue, alpha = page.evaluate(PIXELS, [width + across, middle + down])
        assert alpha > 100
        assert (blue > red) == is_real


def test_a_range_comes_back_within_half_a_level():
    values = np.linspace(-2, 2, 301)
    packed = pack_range(values, low=-1.5, high=1.5)
    expected = np.clip(values, -1.5, 1.5)
    assert abs(unpack_range(packed) - expected).max() <= 3 / 255 / 2 + 1e-12
    assert len(packed["bytes"]) == 404


@pytest.mark.parametrize(
    ("values", "low", "high", "message"),
    [([0.0], 1, 1, "high must be above low"), ([np.nan], 0, 1, "values must be finite, got nan")],
)
def test_a_range_that_is_none_is_refused(values, low, high, message):
    with pytest.raises(ValueError, match=message):
        pack_range(values, low=low, high=high)
