"""Progress is told on the host, once a chunk, and shows only where somebody looks."""

import io
import sys
from types import SimpleNamespace

import jax.numpy as jnp
import pytest

from coreformulas.training import NonFiniteMetric, NoProgress, TqdmProgress, fit
from coreformulas.training.progress import SWITCH, choose_progress


class Recorder:
    def __init__(self):
        self.calls = []

    def start(self, steps):
        self.calls.append(("start", steps))

    def advance(self, steps, metrics):
        shapes = {name: values.shape for name, values in metrics.items()}
        self.calls.append(("advance", steps, shapes["loss"]))

    def close(self):
        self.calls.append(("close",))


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def outside(monkeypatch):
    """No notebook, no switch, whatever runs the tests."""
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setitem(sys.modules, "IPython", None)


def in_notebook(monkeypatch, *, answers):
    kernel = SimpleNamespace(_allow_stdin=answers)
    shell = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=kernel))
    monkeypatch.setitem(sys.modules, "IPython", shell)


def test_object_is_called_once_a_chunk(counter, state, rows, key):
    progress = Recorder()
    fit(counter, state, rows, key, steps=11, batch_size=3, chunk_size=4, progress=progress)
    assert progress.calls == [
        ("start", 11),
        ("advance", 4, (4,)),
        ("advance", 4, (4,)),
        ("advance", 3, (3,)),
        ("close",),
    ]


def test_object_is_closed_when_the_run_stops(rows, key):
    def update(state, batch, key):
        del batch, key
        return state * 2, {"loss": state}

    progress = Recorder()
    with pytest.raises(NonFiniteMetric):
        fit(
            update,
            jnp.float32(1e38),
            rows,
            key,
            steps=20,
            batch_size=2,
            chunk_size=2,
            progress=progress,
        )
    assert progress.calls[-1] == ("close",)


def test_bar_counts_the_steps_and_shows_metrics(counter, state, rows, key, capsys):
    fit(counter, state, rows, key, steps=11, batch_size=3, chunk_size=4, progress=True)
    shown = capsys.readouterr().err
    assert "11/11" in shown
    assert "loss=" in shown


def test_no_bar_on_request(counter, state, rows, key, capsys):
    fit(counter, state, rows, key, steps=3, batch_size=3, chunk_size=4, progress=False)
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("outside")
def test_auto_is_silent_in_a_pipe(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert type(choose_progress("auto")) is NoProgress
    monkeypatch.setattr(sys, "stderr", None)
    assert type(choose_progress("auto")) is NoProgress


@pytest.mark.usefixtures("outside")
def test_auto_shows_a_bar_in_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert type(choose_progress("auto")) is TqdmProgress
    monkeypatch.setenv(SWITCH, "0")
    assert type(choose_progress("auto")) is NoProgress


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize(("answers", "kind"), [(True, TqdmProgress), (False, NoProgress)])
def test_auto_asks_whether_somebody_is_at_the_notebook(monkeypatch, answers, kind):
    in_notebook(monkeypatch, answers=answers)
    assert type(choose_progress("auto")) is kind


@pytest.mark.parametrize(("answers", "kind"), [(True, "TqdmProgress"), (False, "NoProgress")])
def test_a_real_kernel_says_whether_somebody_is_there(monkeypatch, answers, kind):
    manager = pytest.importorskip("jupyter_client.manager")
    monkeypatch.delenv(SWITCH, raising=False)
    code = (
        "from coreformulas.training.progress import choose_progress\n"
        "print(type(choose_progress('auto')).__name__)"
    )
    printed = []
    with manager.run_kernel(kernel_name="python3") as client:
        client.execute_interactive(
            code,
            allow_stdin=answers,
            timeout=30,
            output_hook=lambda message: printed.append(message["content"].get("text", "")),
        )
    assert "".join(printed).strip() == kind


@pytest.mark.parametrize("progress", [True, False])
def test_true_and_false_do_not_depend_on_the_place(monkeypatch, progress):
    monkeypatch.setenv(SWITCH, "0")
    assert type(choose_progress(progress)) is (TqdmProgress if progress else NoProgress)
