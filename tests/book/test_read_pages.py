"""What a reader would trip over is found on a page that has it, and on no other."""

import base64

import icons
import pytest
import read_pages
from served import served
from small_book import ICON_FONT

SOUND = """<!doctype html><html lang="en"><head><title>A page</title>
<link rel="icon" href="data:,"><style>{style}</style></head>
<body><main><h1>A page</h1><article>{article}</article></main></body></html>"""
FORMULA = '<span class="math"><span class="katex">x</span></span>'


@pytest.fixture
def faults(browser, tmp_path):
    """The faults of a page with this article."""

    def find(article: str, style: str = "") -> list[str]:
        (tmp_path / "page.html").write_text(SOUND.format(article=article, style=style))
        context = browser.new_context()
        with served(tmp_path) as address:
            found = read_pages.look(context.new_page(), f"{address}/page.html")
        context.close()
        return found

    return find


def test_a_sound_page_has_no_faults(faults) -> None:
    picture = '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="Nothing">'
    wide = '<pre tabindex="0" style="overflow-x: auto">' + "wide " * 400 + "</pre>"
    assert faults(FORMULA + picture + wide) == []


@pytest.mark.parametrize(
    ("article", "wanted"),
    [
        ('<p style="color: #aaa">pale</p>', "light: color-contrast at p"),
        ("<h4>too deep</h4>", "light: heading-order at h4"),
        ('<div style="width: 800px">wide</div>', "768 px: "),
        ('<span class="math">\\(x\\)</span>', "undrawn: "),
        ('<span class="math"><span class="katex-error">x</span></span>', "formula: x"),
        ('<img src="_images/a.png" alt="_images/a.png">', "no alt: a.png"),
        ('<script>throw new Error("no")</script>', "script: no"),
        ('<link rel="stylesheet" href="none.css">', "404: "),
        ('<details><summary>more</summary><p style="color: #aaa">pale</p></details>', "contrast"),
    ],
)
def test_a_fault_is_found(faults, article: str, wanted: str) -> None:
    assert any(wanted in fault for fault in faults(article))


@pytest.mark.parametrize(
    ("kept", "missing"), [((0xF0F3,), []), ((0xF002,), ["no icon: U+f0f3 at p.bell"])]
)
def test_an_icon_that_its_font_lacks_is_found(faults, kept, missing) -> None:
    text = base64.b64encode(icons.subset(ICON_FONT.read_bytes(), set(kept))).decode()
    style = f"""@font-face {{ font-family: Icons; src: url(data:font/woff2;base64,{text}); }}
    .bell::before {{ content: "\\f0f3"; font-family: Icons; }}"""
    assert faults('<p class="bell">Attention</p>', style) == missing


def test_parts_that_move_when_a_figure_is_in_use_are_found(faults) -> None:
    style = """[data-coreformulas-moving] section > * { contain: layout; }
    section > div > p { margin: 40px 0; }"""
    parts = (
        "<section><h2>Part</h2><div class='coreformulas-live'><p>before</p></div>"
        "<div class='{}'>after</div></section>"
    )
    assert any("moved by a figure" in one for one in faults(parts.format("cell"), style))
    assert faults(parts.format("cell"), "section > div > p { margin: 0; }") == []


def test_a_fault_in_the_dark_theme_is_found(faults) -> None:
    style = "@media (prefers-color-scheme: dark) { p { color: #222; } body { background: #111; } }"
    found = faults("<p>unreadable at night</p>", style)
    assert any("dark: color-contrast" in fault for fault in found)
    assert not any("light:" in fault for fault in found)


def test_a_theme_that_takes_its_time_is_waited_for(faults) -> None:
    style = "[data-theme=dark] p { color: #222; } [data-theme=dark] body { background: #111; }"
    late = """<script>
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => {
      document.documentElement.dataset.theme = dark.matches ? "dark" : "light";
    };
    dark.addEventListener("change", () => setTimeout(follow, 50));
    follow();
    </script>"""
    found = faults("<p>unreadable at night</p>" + late, style)
    dark = {fault.split(" px")[0] for fault in found if "dark: color-contrast" in fault}
    assert dark == set(map(str, read_pages.WIDTHS))
    assert not any("light:" in fault for fault in found)


def test_only_what_is_named_is_accepted(faults, monkeypatch) -> None:
    named = (read_pages.Accepted("color-contrast", "p", "a test"),)
    monkeypatch.setattr(read_pages, "EXCEPTIONS", named)
    assert faults('<p style="color: #aaa">pale</p>') == []
    assert faults('<p style="color: #aaa">pale</p><h4>too deep</h4>')
