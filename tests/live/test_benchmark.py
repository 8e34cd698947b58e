"""The benchmark of live figures: it moves everything that moves, and misses no figure silently."""

import json
from contextlib import nullcontext

import pytest
from matplotlib.figure import Figure as Drawing

from benchmarks import live_figures
from coreformulas.live import LiveFigure

JENSEN = {"first": 1, "second": 8, "weight": 0.5}


@pytest.fixture
def arguments(browser, monkeypatch, tmp_path):
    monkeypatch.setattr(live_figures, "FRAMES", 4)
    monkeypatch.setattr(live_figures, "chromium", lambda: nullcontext(browser))
    page = LiveFigure("jensen", JENSEN, alt="a chord", fallback=Drawing()).to_html()
    (tmp_path / "page.html").write_text(f"<!doctype html><meta charset=utf-8>{page}")
    given = ["--site", str(tmp_path), "--output", str(tmp_path / "found.json")]

    def run(*more: str) -> dict:
        monkeypatch.setattr("sys.argv", ["benchmarks.live_figures", *given, *more])
        live_figures.main()
        return json.loads((tmp_path / "found.json").read_text())

    return run


def test_every_slider_and_the_pointer_are_moved(arguments, capsys):
    record = arguments("--some")
    (figure,) = record["figures"]
    assert (figure["page"], figure["script"]) == ("page", "jensen")
    moved = [one["moved"] for one in figure["movements"]]
    assert moved == ["slider first", "slider second", "slider weight", "pointer"]
    for one in figure["movements"]:
        assert one["frames_per_second"] > 0
        assert 0 < one["median_milliseconds"] <= one["slow_milliseconds"]
    assert "slider weight" in capsys.readouterr().out
    assert record["settings"]["slowed"] == 4


def test_a_figure_that_no_page_shows_is_an_error(arguments, capsys):
    with pytest.raises(SystemExit):
        arguments()
    complaint = capsys.readouterr().err
    assert "dirac, elbo" in complaint
    assert "jensen" not in complaint
