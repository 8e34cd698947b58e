"""What belongs together stays on a line, and numbers have minus signs."""

import pytest
from docutils import nodes
from typography import JOINER, is_code, mend


@pytest.mark.parametrize(
    ("text", "sides", "expected"),
    [
        (", and", (True, False), f"{JOINER}, and"),
        (", and", (False, False), ", and"),
        (" and (", (False, True), f" and ({JOINER}"),
        (" and (", (False, False), " and ("),
        ("0.5 ± 0.1", (False, False), "0.5\u00a0±\u00a00.1"),
        ("-0.5 to (-3)", (False, False), "\u22120.5 to (\u22123)"),
        ("pages 3-5, x-1, GPT-2, 1e-3, --2", (False, False), "pages 3-5, x-1, GPT-2, 1e-3, --2"),
    ],
)
def test_running_text_is_mended(text, sides, expected):
    assert mend(text, *sides) == expected


def test_what_is_code_stays():
    paragraph = nodes.paragraph("", "", nodes.Text("x = "), nodes.literal("", "-1"))
    assert [is_code(text) for text in paragraph] == [False, True]
