"""What all live figures share: what is read out, buttons, fingers, themes, and work per frame."""

import pytest
from live_cases import MINIMAX, ONLINE, film
from live_pages import COUNT, MOST_POINTS, drag, nameless_or_small, press, state, too_long, work

CASES = {
    "jensen": {"first": 1, "second": 8, "weight": 0.5},
    "elbo": {"a": 1.5, "b": 0.3, "s": 0.8, "x": 2.0},
    "softmax": {"scores": [1.3, -0.4, 0.2, -1.1, 0.7]},
    "dirac": {"steps": 300},
    "minimax": MINIMAX,
    "online": ONLINE,
    "scrubber": film(),
}


def heard(page) -> str:
    state(page)  # after the next frame
    return page.text_content("[aria-live=polite]")


def swipe(page, start: tuple[float, float], move: tuple[float, float]) -> None:
    """A finger on the canvas: from a share of it, by so many pixels in ten moves."""
    box = page.locator("canvas").bounding_box()
    at = [box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"]]
    finger = page.context.new_cdp_session(page)
    for i in range(11):
        point = {"x": at[0] + move[0] * i / 10, "y": at[1] + move[1] * i / 10}
        kind = "touchMove" if i else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def scrolled(page) -> float:
    page.wait_for_timeout(300)
    return page.evaluate("scrollY")


def test_a_movement_is_read_out_at_its_end(opened):
    page = opened("jensen", CASES["jensen"])
    before = heard(page)
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"])
    assert state(page)["second"] < 6
    assert heard(page) == before
    page.mouse.up()
    assert f"{state(page)['gap']:.4f}" in heard(page)


def test_every_key_is_read_out(opened):
    page = opened("jensen", CASES["jensen"])
    press(page, "weight", "ArrowRight")
    assert f"{state(page)['gap']:.4f}" in heard(page)
    assert page.get_attribute("input[name=weight]", "aria-valuetext") == "0.51"


def test_reset_goes_back(opened):
    page = opened("dirac", CASES["dirac"])
    before = state(page)
    press(page, "step", "PageUp", 3)
    drag(page, (0.2, 0.5), (0.3, 0.4))
    assert state(page) != before
    page.get_by_role("button", name="Reset").click()
    assert state(page) == before


def test_play_moves_to_the_end_and_says_where_it_is(opened):
    page = opened("softmax", CASES["softmax"])
    press(page, "exponent", "End")
    press(page, "exponent", "ArrowLeft")
    page.get_by_role("button", name="Play").press("Enter")
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for()  # it stopped by itself
    assert state(page)["exponent"] == 10
    assert f"{state(page)['entropyRaw']:.3f}" in heard(page)
    page.get_by_role("button", name="Play").click()  # from the start again
    assert state(page)["exponent"] == 0
    press(page, "exponent", "ArrowRight", 3)  # whoever takes the slider stops it
    page.get_by_role("button", name="Play").wait_for()
    assert state(page)["exponent"] == 3


@pytest.fixture
def phone(opened):
    def opener(script: str):
        page = opened(script, CASES[script], width=360, touch=True)
        page.evaluate("document.body.style.paddingBottom = '2000px'")
        return page

    return opener


def test_a_finger_scrolls_the_page_past_a_figure(phone):
    page = phone("dirac")
    before = state(page)
    swipe(page, (0.3, 0.8), (0, -150))  # not on the start
    assert scrolled(page) > 50
    assert state(page) == before


def test_a_finger_on_a_grip_drags_it(phone):
    page = phone("dirac")
    before = state(page)
    swipe(page, (0.405, 0.45), (0, -60))  # up from the start at (1, 0)
    assert scrolled(page) == 0
    after = state(page)
    assert after["psi"] > before["psi"] + 1
    assert after["theta"] == pytest.approx(before["theta"], abs=0.3)


def test_a_finger_moves_sideways_and_taps(phone):
    page = phone("elbo")
    swipe(page, (0.55, 0.3), (80, 0))
    moved = state(page)
    assert moved["mean"] > 1
    assert scrolled(page) == 0
    swipe(page, (0.3, 0.3), (0, 0))
    assert state(page)["mean"] < 0


@pytest.mark.parametrize("script", CASES)
def test_everything_fits_and_has_a_name(opened, script):
    page = opened(script, CASES[script], width=360)
    assert nameless_or_small(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert heard(page).strip()
    page.add_style_tag(content="body { font: 17px sans-serif; }")
    for width in (360, 800, 280):
        page.set_viewport_size({"width": width, "height": 700})
        work(page)
        assert too_long(page) == []


INK = """
() => {
  const canvas = document.querySelector("canvas"), pen = canvas.getContext("2d");
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  let light = 0, dark = 0;
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3] > 200) data[i] + data[i + 1] + data[i + 2] > 600 ? light++ : dark++;
  return [light, dark];
}
"""


@pytest.mark.parametrize("script", CASES)
def test_a_drawing_follows_the_theme(opened, script):
    page = opened(script, CASES[script])
    state(page)
    light, dark = page.evaluate(INK)
    assert dark > 10 * light
    page.evaluate("document.documentElement.style.color = 'white'")
    state(page)
    light, dark = page.evaluate(INK)
    assert light > 200


@pytest.mark.parametrize("script", CASES)
def test_many_movements_are_one_frame_of_bounded_work(opened, script):
    page = opened(script, CASES[script], width=360)
    counted = work(page)
    assert 1 <= counted["frames"] <= 2
    assert 0 < counted["most"] < MOST_POINTS


def test_movements_within_one_step_draw_nothing(opened):
    page = opened("scrubber", CASES["scrubber"])
    press(page, "stop", "Home")
    state(page)
    page.evaluate(COUNT)
    slide = """([input, to]) => { input.value = to; input.dispatchEvent(new Event("input")); }"""
    slider = page.query_selector("input[name=stop]")
    for to in (0.1, 0.2, 0.4):
        page.evaluate(slide, [slider, to])
        state(page)
    assert page.evaluate("counted.frames") == 0
    page.evaluate(slide, [slider, 0.6])
    assert state(page)["stop"] == 1
    assert page.evaluate("counted.frames") == 1


def test_the_page_knows_that_a_figure_is_in_use(opened):
    page = opened("jensen", CASES["jensen"])

    def in_use():
        return page.evaluate("document.documentElement.matches('[data-coreformulas-moving]')")

    assert not in_use()
    page.focus("input[name=weight]")
    assert in_use()
    page.focus("button")  # still inside
    assert in_use()
    page.evaluate("document.activeElement.blur()")
    assert not in_use()
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    assert in_use()
    page.mouse.up()
    assert not in_use()
