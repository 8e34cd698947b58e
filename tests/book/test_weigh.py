"""Bytes are those on the line, and what is too heavy or asks elsewhere is found."""

import gzip
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
import served
import weigh
from architecture import ROOT

PAGE = "<html><body><p>" + "weight " * 1000 + "</p></body></html>"


@pytest.fixture
def site(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "index.html").write_text(PAGE)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG" + bytes(2000))
    return tmp_path


def test_text_is_served_compressed_and_pictures_are_not(site):
    with served.served(site) as address:
        with urllib.request.urlopen(f"{address}/chapters/index.html") as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(answer.read()).decode() == PAGE
        with urllib.request.urlopen(f"{address}/picture.png") as answer:
            assert answer.headers["Content-Encoding"] is None
            assert len(answer.read()) == 2004
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{address}/chapters")


@pytest.mark.parametrize(
    ("weight", "wanted"),
    [
        (weigh.Weight(weigh.FRONT, 701, 0, ()), "first visit 701 KB > 700"),
        (weigh.Weight("chapters/a.html", 900, 151, ()), "further page 151 KB > 150"),
        (weigh.Weight("chapters/a.html", 1, 1, ("https://cdn/x.js",)), "asks https://cdn/x.js"),
    ],
)
def test_faults_are_found(weight, wanted):
    assert [fault for fault in weigh.faults([weight]) if wanted in fault]


def test_a_light_page_has_no_faults():
    assert weigh.faults([weigh.Weight(weigh.FRONT, 700, 0, ())]) == []
    assert weigh.faults([weigh.Weight("chapters/a.html", 900, 150, ())]) == []


@pytest.mark.usefixtures("browser")  # or it is skipped
def test_the_program_weighs_every_page_of_a_site(site):
    (site / "chapters" / "other.html").write_text(PAGE + '<img src="../picture.png">')
    (site / "chapters" / "foreign.html").write_text('<img src="http://127.0.0.1:9/none.png">')
    program = [sys.executable, str(ROOT / "book" / "weigh.py"), "--site", str(site)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    rows = [line.split() for line in done.stdout.splitlines() if "KB" in line]
    assert [row[0] for row in rows] == [f"chapters/{p}.html" for p in ("foreign", "index", "other")]
    assert int(rows[2][1]) >= 2  # the page and its picture
    assert "chapters/foreign.html: asks http://127.0.0.1:9/none.png" in done.stdout
