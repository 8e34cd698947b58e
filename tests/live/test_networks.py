"""Figures that hold a network, driven by keyboard, pointer and text, against JAX."""

import jax
import numpy as np
import pytest
from flax import nnx
from live_cases import rounded
from live_pages import (
    MOST_POINTS,
    drag,
    nameless_or_small,
    press,
    row,
    state,
    too_long,
    words,
    work,
)

from coreformulas import datasets, transformer
from coreformulas.live import pack_range, pack_weights
from coreformulas.live.figure import SCRIPTS

CLOSE = 1e-3


RATES = {
    "betas": [0.25, 1, 4, 16],
    "rate": [40.0, 22.0, 9.0, 0.5],
    "distortion": [70.0, 79.0, 97.0, 150.0],
    "active": [8, 7.5, 4, 0],
    "units": 8,
    "bound": 98.0,
    "most": 16,
    "pixels": 64,
}


def rates():
    images = np.random.default_rng(0).uniform(0, 16, (5, 6, 64))
    kept = [pack_range(one, low=0, high=16) for one in images]
    rows = [{"title": "test", "images": kept[4:]}, {"title": "decoded", "images": kept[:4]}]
    return {**RATES, "rows": rows}


@pytest.mark.parametrize("width", [360, 900])
def test_rate(opened, width):
    page = opened("rate", rates(), width=width)
    rate, distortion = np.array(RATES["rate"]), np.array(RATES["distortion"])
    seen = []
    for key in (None, "ArrowRight", "ArrowRight", "Home"):
        if key:
            press(page, "place", key)
        now = state(page)
        i = RATES["betas"].index(now["beta"])
        seen.append(i)
        assert now["elbo"] == pytest.approx(-(rate + distortion)[i])
        assert now["lost"] == pytest.approx((rate + distortion)[i] - 101)
        cost = distortion + now["beta"] * rate
        assert now["ahead"] == pytest.approx(np.delete(cost, i).min() - cost[i])
        assert f"= −ELBO {(rate + distortion)[i]:.1f} nats" in page.text_content("[aria-live]")
    assert seen == [1, 2, 3, 0]
    assert page.get_attribute("input[name=place]", "aria-valuetext") == "0.25"
    drag(page, (0.3, 0.3), (0.1, 0.1))  # where the rate is next to nothing
    assert state(page)["beta"] == 16
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture(scope="module")
def translator():
    """Two layers of fresh weights, with the tokens of numbers, and what the figure is given."""
    config = transformer.TranslatorConfig(
        length=24,
        width=16,
        heads=2,
        layers=2,
        hidden=24,
        source_vocabulary=len(datasets.ENGLISH),
        target_vocabulary=len(datasets.CHINESE),
    )
    model = transformer.Translator(config, rngs=nnx.Rngs(jax.random.key(3)))
    packed = pack_weights(nnx.state(model, nnx.Param), bits=6)
    data = {
        "weights": packed,
        "heads": 2,
        "longest": 24,
        "trained": 8,
        "english": list(datasets.ENGLISH),
        "chinese": list(datasets.CHINESE),
        "examples": ["12,305", "87,654,000"],
        "head": 1,
        "names": ["digits", ""],
    }
    return rounded(model, packed), data


def numeral_of(number):
    (tokens,) = datasets.chinese_tokens(np.array([number]))
    return "".join(datasets.words_of(tokens, datasets.CHINESE))


def written_by(model, number):
    """The numeral, and how much each character looks at each word, in each head."""
    source = datasets.english_tokens(np.array([number]))
    tokens = transformer.greedy(model, source, length=24)
    looks = np.asarray(model.cross_attention(source, tokens))[-1, 0, :, :, : (source != 0).sum()]
    return "".join(datasets.words_of(tokens[0], datasets.CHINESE)), looks


TYPED = [(None, 12305), ("0", 0), ("One hundred and five", 105), ("987654321012", 987654321012)]


@pytest.mark.parametrize("width", [360, 900])
def test_attention(opened, translator, width):
    model, data = translator
    page = opened("attention", data, width=width)
    for typed, number in TYPED:
        if typed:
            page.fill("input[name=number]", typed)
        text, looks = written_by(model, number)
        right = numeral_of(number)
        assert words(page)["written"] == text
        assert words(page)["right"] == str(int(text == right))
        assert text == right or f"right is {right}" in page.inner_text("output")
        last = int(page.get_attribute("input[name=character]", "max"))
        assert last in (len(text), len(text) + 1)  # with the end, unless it was cut off
        for place in {1, min(4, last), last}:
            press(page, "character", "Home")
            press(page, "character", "ArrowRight", place - 1)
            for head, key in enumerate(("Home", "End")):
                press(page, "head", key)
                assert state(page)["character"] == place
                np.testing.assert_allclose(row(page, "look"), looks[head, place - 1], atol=CLOSE)
    drag(page, (0.9, 0.3), (0.1, 0.3))
    assert state(page)["character"] == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width


FAULTS = {
    "": "type a whole number",
    "fourty two": "“fourty” is no word of English number names; did you mean “forty”?",
    "two thou": "did you mean “thousand”?",
    "xyzzy": "“xyzzy” is no word of English number names",
    "1,000,000,000,000": "too large: numbers go up to 999,999,999,999",
    "-5": "no whole number from 0 upward",
    "1.5": "no whole number from 0 upward",
    "one " * 25: "25 words are too many: at most 24 are read",
}


def test_attention_says_what_is_wrong(opened, translator):
    page = opened("attention", translator[1])
    before = words(page)["look"]
    for typed, message in FAULTS.items():
        page.fill("input[name=number]", typed)
        now = words(page)
        assert message in now["fault"]
        assert message in page.inner_text("output")
        assert page.get_attribute("input[name=number]", "aria-invalid") == "true"
        assert (now["written"], now["right"], now["look"]) == ("", "0", before)
    page.fill("input[name=number]", "one hundred five")  # no "and"
    assert words(page)["fault"] == ""
    assert page.get_attribute("input[name=number]", "aria-invalid") == "false"
    assert "taught to read “one hundred and five”" in page.inner_text("output")
    page.fill("input[name=number]", "hundred hundred")
    words(page)  # the next frame says it
    assert "no number’s name" in page.inner_text("output")


def test_numbers_have_the_names_and_numerals_of_the_data_set(opened, translator):
    page = opened("attention", translator[1])
    rng = np.random.default_rng(0)
    drawn = [rng.integers(10 ** (digits - 1), 10**digits, 200) for digits in range(4, 13)]
    gaps = [int("".join(rng.choice(["0", "1"], 12))) for _ in range(500)]
    numbers = np.concatenate([np.arange(2000), *drawn, gaps])
    found = page.evaluate(
        """async ([source, numbers]) => {
        const module = "data:text/javascript," + encodeURIComponent(source);
        const { nameOf, numeralOf, readNumber } = await import(module);
        return numbers.map((n) => {
          const name = nameOf(n).join(" ");
          return [name, numeralOf(n), readNumber(name, 24).number]; }); }""",
        [(SCRIPTS / "number_names.mjs").read_text(encoding="utf-8"), numbers.tolist()],
    )
    names = datasets.english_tokens(numbers)
    for number, name, seen in zip(numbers.tolist(), names, found, strict=True):
        words_of = datasets.words_of(name, datasets.ENGLISH)
        assert seen == [" ".join(words_of), numeral_of(number), number]


@pytest.mark.parametrize("script", ["rate", "attention"])
def test_everything_has_a_name_and_a_frame_of_bounded_work(opened, translator, script):
    data = {"rate": rates(), "attention": translator[1]}[script]
    page = opened(script, data, width=360)
    assert nameless_or_small(page) == []
    counted = work(page)
    assert 1 <= counted["frames"] <= 2
    assert 0 < counted["most"] < MOST_POINTS
    assert too_long(page) == []


TYPE = """
text => {
  const input = document.querySelector("input[name=number]");
  input.value = text;
  input.dispatchEvent(new Event("input"));
  const { written } = document.querySelector(".coreformulas-live").dataset;
  return [document.querySelector("output").ariaBusy, written];
}
"""


def test_a_slow_processor_translates_over_many_frames(opened, translator):
    model, data = translator
    page = opened("attention", data)
    page.evaluate("() => { let now = 0; performance.now = () => (now += 1000); }")
    before = words(page)["written"]
    assert page.evaluate(TYPE, "987654321012") == ["true", before]
    assert page.evaluate(TYPE, "87,654,000")[0] == "true"  # mostly before the other was done
    assert words(page)["written"] == written_by(model, 87654000)[0]
    assert page.get_attribute("output", "aria-busy") == "false"


def test_steps_through_a_translation_end_with_it(opened, translator):
    page = opened("attention", translator[1])
    page.fill("input[name=number]", "7")
    words(page)
    last = int(page.get_attribute("input[name=character]", "max"))
    press(page, "character", "Home")
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for()
    assert state(page)["character"] == last
