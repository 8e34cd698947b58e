"""What belongs together stays on a line, and numbers have minus signs."""

import pytest
from docutils import nodes
from typography import is_code, join, mend


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.5 ± 0.1", "0.5\u00a0±\u00a00.1"),
        ("-0.5 to (-3)", "\u22120.5 to (\u22123)"),
        ("pages 3-5, x-1, GPT-2, 1e-3, --2", "pages 3-5, x-1, GPT-2, 1e-3, --2"),
    ],
)
def test_running_text_is_mended(text, expected):
    assert mend(text) == expected


@pytest.mark.parametrize(
    ("before", "formula", "after", "expected"),
    [
        ("see (", "x", "), and", ["see ", "(x),", " and"]),
        ("a ", "k", "-th of it", ["a ", "k-th", " of it"]),
        ("the ", "x", "'s own", ["the ", "x's", " own"]),
        ("of ", "x", " and", ["of ", "x", " and"]),
    ],
)
def test_a_formula_stays_with_what_touches_it(before, formula, after, expected):
    paragraph = nodes.paragraph(
        "", "", nodes.Text(before), nodes.math("", formula), nodes.Text(after)
    )
    join(paragraph)
    assert [part.astext() for part in paragraph if part.astext()] == expected


def test_what_is_code_stays():
    paragraph = nodes.paragraph("", "", nodes.Text("x = "), nodes.literal("", "-1"))
    assert [is_code(text) for text in paragraph] == [False, True]
