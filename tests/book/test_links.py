"""A link inside the site that leads nowhere is found; sound links and other sites are no fault."""

import subprocess
import sys
from pathlib import Path

import pytest
from architecture import ROOT

PAGE = """<!doctype html><html><body id="top"><h2 id="sec-β">Here</h2>
<a href="#top">up</a> <a href="#sec-%CE%B2">here</a> <a href="part/other.html#there">there</a>
<a href="https://example.org/none">elsewhere</a> <img src="a.svg"> {more}</body></html>"""


@pytest.fixture
def check(tmp_path):
    """Run what `make links` runs, on a site of two pages."""

    def run(more: str) -> subprocess.CompletedProcess:
        (tmp_path / "part").mkdir()
        (tmp_path / "index.html").write_text(PAGE.format(more=more), encoding="utf-8")
        (tmp_path / "part" / "other.html").write_text("<body><i id='there'>x</i></body>")
        (tmp_path / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
        program = str(Path(sys.executable).parent / "lychee")
        command = [program, "--config", str(ROOT / "book" / "lychee.toml")]
        command += ["--root-dir", str(tmp_path), str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def test_sound_links_pass(check):
    done = check("")
    assert done.returncode == 0, done.stdout
    assert "0 Errors" in done.stdout
    assert "4 OK" in done.stdout  # and the other site is excluded


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('<a href="none.html">x</a>', "none.html"),
        ('<a href="part/other.html#nowhere">x</a>', "other.html#nowhere"),
        ('<a href="#nowhere">x</a>', "index.html#nowhere"),
        ('<img src="none.png">', "none.png"),
        ('<a href="/part/none.html">x</a>', "part/none.html"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(check, more, said):
    done = check(more)
    assert done.returncode == 2
    assert said in done.stdout
