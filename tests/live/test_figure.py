"""What a live figure refuses, and what its output carries."""

import pytest
from matplotlib.figure import Figure as Drawing

from coreformulas.live import LiveFigure

JENSEN = {"first": 1, "second": 8, "weight": 0.5}


def made(script="jensen", data=JENSEN, alt="a chord"):
    return LiveFigure(script, data, alt=alt, fallback=Drawing())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"script": "nothing"}, "script must be one of .*jensen.*'nothing'"),
        ({"script": "shared"}, "script must be one of"),
        ({"alt": "  "}, "alt must say in words"),
        ({"data": {"first": float("nan")}}, "data must be finite"),
        ({"data": {"first": object()}}, "data must be finite and fit JSON"),
        ({"data": {"first": "x" * 150_000}}, "under 150000 bytes"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        made(**change)


def test_data_cannot_end_the_script_nor_alt_the_attribute():
    page = made(data={**JENSEN, "note": "</script><b>"}, alt='a "chord" <b>').to_html()
    assert page.count("</script>") == 1
    assert "<b>" not in page
    assert 'aria-label="a &quot;chord&quot; &lt;b&gt;"' in page


def test_output_stands_alone_and_has_a_picture():
    bundle = made()._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle["text/plain"] == "a chord"
    assert not any(word in bundle["text/html"] for word in ("import ", "http", "src="))


def test_modules_share_what_they_import_and_nothing_else(monkeypatch, tmp_path):
    (tmp_path / "deep.mjs").write_text("const SECRET = 1;\nexport const ONE = SECRET;\n")
    (tmp_path / "shared.mjs").write_text(
        'export { ONE } from "./deep.mjs";\nexport function two() { return 2; }\n'
    )
    (tmp_path / "drawn.mjs").write_text(
        'import { ONE, two } from "./shared.mjs";\nconst SECRET = ONE + two();\n'
        "export function render(element) { element.dataset.sum = SECRET; }\n"
    )
    monkeypatch.setattr("coreformulas.live.figure.SCRIPTS", tmp_path)
    page = made(script="drawn").to_html()
    assert page.count("const SECRET = 1") == 1  # deep is there once, though needed
    assert page.index("modules.deep =") < page.index("modules.shared =")
    assert "const { ONE, two } = modules.shared;" in page
    assert "return { ONE, two };" in page
    assert "export " not in page
