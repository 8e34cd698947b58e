"""The fonts of a built page hold the icons that its pages, scripts and styles use, and no other."""

from io import BytesIO

import icons
from fontTools.ttLib import TTFont
from small_book import ICON_FONT

STYLE = """.fa-bars:before{content:"\\f0c9"}.fa-list::before,.fa-list-alt{--fa:"\\f03a"}
.toggle::after{content:"\\f107"} html{--icon-bell:"\uf0f3"} p::before{content:"»"}"""


def test_icons_are_found_by_name():
    page = '<i class="fa-solid fa-bars"></i><span class="fas fa-list"></span>'
    assert {"bars", "list"} <= icons.names_in([page])
    assert icons.characters_of(STYLE) == {"bars": 0xF0C9, "list": 0xF03A, "list-alt": 0xF03A}


def test_icons_of_the_style_itself_are_found_by_number_and_as_they_are():
    assert icons.bare_characters(STYLE) == {0xF107, 0xF0F3}


def test_the_font_holds_what_is_asked_for():
    font = TTFont(BytesIO(icons.subset(ICON_FONT.read_bytes(), {0xF107, 0xF0F3})))
    assert set(font.getBestCmap() or ()) == {0xF107, 0xF0F3}
