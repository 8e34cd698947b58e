"""Every construct of the chapters in plain Markdown, and refusal of what is unknown."""

from pathlib import Path

import pytest
from plain_markdown import UnknownMarkup, to_plain


class Known:
    """Names that the tests use."""

    def equation(self, label):
        return {"eq-elbo": "3"}[label], "elbo.ipynb"

    def page(self, target):
        return {"../vae/elbo": "The ELBO"}[target], "elbo.ipynb"

    def section(self, label):
        return {"ex-one": "Exercise 7", "sec": "Conventions"}[label], "#sec"

    def source(self, key):
        return "Kingma and Welling", {"kingma2014auto": "2014"}[key], "references.ipynb"

    def value(self, name):
        return {"loss:.2f": "1.25"}[name]


def plain(text, folder=Path()):
    return to_plain(text, Known(), folder)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("See {eq}`eq-elbo`.", "See [(3)](elbo.ipynb)."),
        ("{doc}`../vae/elbo`", "[The ELBO](elbo.ipynb)"),
        ("{doc}`there <../vae/elbo>`", "[there](elbo.ipynb)"),
        ("{ref}`sec` and {numref}`ex-one`", "[Conventions](#sec) and [Exercise 7](#sec)"),
        ("{glue:text}`loss:.2f` nats", "1.25 nats"),
        ("{cite:t}`kingma2014auto`", "[Kingma and Welling (2014)](references.ipynb)"),
        ("so {cite}`kingma2014auto`", "so ([Kingma and Welling, 2014](references.ipynb))"),
        ("{math}`x^2`", "$x^2$"),
        ("(sec)=\n## Conventions", "## Conventions"),
        ("`{eq}` is code", "`{eq}` is code"),
        ("$$\nx = 1\n$$ (eq-elbo)", "$$\nx = 1 \\tag{3}\n$$"),
        ("$$x = 1$$", "$$x = 1$$"),
    ],
)
def test_roles_and_formulas(text, wanted):
    assert plain(text) == wanted


def test_a_box_becomes_a_quote():
    text = "```{admonition} The question\nWhat is {glue:text}`loss:.2f`?\n\nThat.\n```"
    assert plain(text) == "> **The question**\n>\n> What is 1.25?\n>\n> That."


def test_exercises_have_their_number():
    text = "```{exercise-start} Why $x$\n:label: ex-one\n```\n\nWhy?\n\n```{exercise-end}\n```"
    assert plain(text) == "**Exercise 7** (Why $x$)\n\nWhy?"
    text = "```{solution-start} ex-one\n:class: dropdown\n```\n\nSo.\n\n```{solution-end}\n```"
    assert plain(text) == "**Solution to exercise 7**\n\nSo."


def test_listings_are_copied_in(tmp_path):
    (tmp_path / "code.py").write_text(
        "import os\n\n\n@cache\ndef one():\n    return 1\n\n\nclass Two:\n    def three(self):\n"
        "        return 3\n"
    )
    listing = "```{literalinclude} code.py\n:language: python\n:pyobject: %s\n```"
    assert plain(listing % "one", tmp_path) == "```python\n@cache\ndef one():\n    return 1\n```"
    assert "return 3" in plain(listing % "Two.three", tmp_path)
    some = (listing % "one").replace(":pyobject:", ":lines: 2-\n:pyobject:")
    assert plain(some, tmp_path) == "```python\ndef one():\n    return 1\n```"


def test_code_is_left_as_it_is():
    text = "```python\nx = '{eq}`eq-elbo` $$1$$ (eq-elbo)'\n```"
    assert plain(text) == text


@pytest.mark.parametrize("text", ["{strange}`x`", "```{strange} x\n```", "```python\nx = 1"])
def test_what_is_unknown_is_refused(text):
    with pytest.raises(UnknownMarkup):
        plain(text)
