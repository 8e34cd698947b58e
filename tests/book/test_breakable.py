"""Formulas that are broken where the page is narrow, and look as they did where it is wide."""

from functools import partial

import katex_maths
import pytest
from breakable import breakable
from py_mini_racer import MiniRacer

from coreformulas.catalogue import load_all
from coreformulas.symbolic import registry
from coreformulas.symbolic.rendering import equation

LOW = (0.7, 0.2)  # em, what a line of letters measures
NARROW = 252  # px, the room for a formula on a phone of 360
LABELS = ("evidence-decomposition", "kl-to-a-gaussian", "kl-minus-twice-jsd", "mean-field-gap")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = b", r"a \allowbreak =\nobreak  b"),
        (
            r"m, \qquad l = b, \quad abcd = c",
            r"m, \qquad\allowbreak  l =\nobreak  b, "
            r"\quad\allowbreak  abcd \allowbreak =\nobreak  c",
        ),
        (r"\displaystyle = b", r"\displaystyle =\nobreak  b"),
        (r"q(z \mid x)", r"q(z \mid\nobreak  x)"),
        (r"\frac{a = b}{c}", r"\frac{a = b}{c}"),
        (r"\mathcal{N}(x; m + w, 1)", r"\mathcal{N}(x; m +\nobreak  w, 1)"),
        (r"\left(a + b\right)", r"\left(a + b\right)"),
        (r"\left(a + b\right) \log c", r"\left(a + b\right)\allowbreak  \log c"),
        (r"\log\!\left(abcdef + ghijkl\right)", r"\log(abcdef + ghijkl)"),
        (r"x \left(abcdef + ghijkl\right) y", r"x \,(abcdef + ghijkl)\,\allowbreak  y"),
        (
            r"\begin{aligned} & abc \\[0.4em] & \quad = d \end{aligned}",
            r"  abc  \\[0.4em]  \quad =\nobreak  d ",
        ),
        (r"\begin{aligned} a &= b \\ &= c \end{aligned}",) * 2,
    ],
)
def test_where_a_formula_may_be_broken(text, expected):
    assert breakable(text, lambda _: LOW) == expected


@pytest.mark.parametrize(
    ("height", "bracket"),
    [(0.7, r"("), (0.9, r"\bigl("), (1.2, r"\Bigl("), (1.5, r"\biggl("), (2.2, r"\Biggl(")],
)
def test_brackets_are_as_high_as_what_they_hold(height, bracket):
    written = breakable(r"\left(abcdef + ghijkl\right)", lambda _: (height, 0.2))
    assert written == f"{bracket}abcdef + ghijkl{bracket.replace('l(', 'r').rstrip('(')})"


def test_what_is_higher_than_any_bracket_stays_whole():
    text = r"\left(abcdef + ghijkl\right)"
    assert breakable(text, lambda _: (3, 2)) == text


@pytest.fixture(scope="module")
def formulas() -> list[tuple[str, str]]:
    """Results of derivations, as KaTeX draws them and as the book does."""
    load_all()
    texts = [equation(registry.get(label)).latex for label in LABELS]
    drawn = []
    with MiniRacer() as engine:
        engine.eval((katex_maths.KATEX / "katex.min.js").read_text("utf-8") + katex_maths.SIZE)
        for text in texts:
            both = (text, breakable(text, partial(engine.call, "size")))
            options = katex_maths.OPTIONS | {"displayMode": True}
            drawn.append(tuple(engine.call("katex.renderToString", tex, options) for tex in both))
    return drawn


EXTENT = """
(width) => [...document.querySelectorAll(".box")].map((box) => {
  box.style.width = `${width}px`;
  const parts = [...box.querySelectorAll(".katex-base")].map((e) => e.getBoundingClientRect());
  return Math.max(...parts.map((r) => r.right)) - Math.min(...parts.map((r) => r.left));
})
"""
STYLE = """
.katex-display { text-align: left }
.katex-display > .katex { display: inline-block; max-width: 100%; text-align: left;
  white-space: normal; font-size: 16px }
"""


def test_formulas_keep_their_length_and_fit_on_a_phone(formulas, browser, tmp_path):
    style = (katex_maths.KATEX / "katex.min.css").as_uri()
    boxes = "".join(f'<div class="box">{html}</div>' for pair in formulas for html in pair)
    page = browser.new_page(viewport={"width": 1600, "height": 900})
    (tmp_path / "page.html").write_text(
        f'<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="{style}">'
        f"<style>{STYLE}</style>{boxes}",
        "utf-8",
    )
    page.goto((tmp_path / "page.html").as_uri())
    page.evaluate("document.fonts.ready")
    wide, narrow = page.evaluate(EXTENT, 1500), page.evaluate(EXTENT, NARROW)
    page.close()
    for whole, broken in zip(wide[::2], wide[1::2], strict=True):
        assert broken == pytest.approx(whole, abs=16)
    assert min(narrow[::2]) > NARROW
    assert max(narrow[1::2]) <= NARROW
