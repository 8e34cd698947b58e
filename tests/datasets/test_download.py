"""Downloads through pooch from a local server: what goes wrong leaves nothing behind."""

import hashlib
import signal
import socket
import subprocess
import sys
import threading

import pytest

from coreformulas.datasets import DatasetError
from coreformulas.datasets.storage import CACHE_VARIABLE, DATA_VARIABLE, DataFile, read_file

BODY = bytes(range(256)) * 40
SHA256 = hashlib.sha256(BODY).hexdigest()
NAME = "set/numbers.bin"


def files_below(folder):
    return [path for path in folder.rglob("*") if not path.is_dir()]


def closed_address():
    """An address on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/numbers.bin"


def failing_address(server, fault):
    if fault == "no network":
        return closed_address()
    if fault == "not found":
        return server.address("/absent")
    body = {"corrupt": BODY[:-1] + b"x", "error page": b"<html>busy</html>"}.get(fault, BODY[:4000])
    announced = {"truncated": len(BODY), "truncated, no length": 0}.get(fault)
    return server.serve("/" + fault.replace(" ", "-"), body, announced=announced)


FAULTS = ["no network", "not found", "truncated", "truncated, no length", "corrupt", "error page"]


def test_fetched_once_into_the_cache(server, cache):
    file = DataFile(NAME, SHA256, (server.serve("/numbers.bin", BODY),))
    assert read_file(file) == BODY
    assert read_file(file) == BODY
    assert server.requests == ["/numbers.bin"]
    assert files_below(cache) == [cache / NAME]


def test_cache_serves_as_the_local_folder(server, cache, monkeypatch):
    file = DataFile(NAME, SHA256, (server.serve("/numbers.bin", BODY),))
    read_file(file)
    monkeypatch.setenv(DATA_VARIABLE, str(cache))
    assert read_file(DataFile(NAME, SHA256)) == BODY


@pytest.mark.parametrize("fault", FAULTS)
def test_failure_names_file_reason_and_way_out(server, cache, fault):
    url = failing_address(server, fault)
    with pytest.raises(DatasetError) as error:
        read_file(DataFile(NAME, SHA256, (url,)))
    message = str(error.value)
    for part in (NAME, url, "Try again later", f"set {DATA_VARIABLE}=FOLDER", CACHE_VARIABLE):
        assert part in message
    reason = {"no network": "ConnectionError", "not found": "404", "truncated": "IncompleteRead"}
    assert reason.get(fault, f"expected {SHA256} but got") in message
    assert files_below(cache) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_next_address_is_tried(server, cache, fault):
    urls = (failing_address(server, fault), server.serve("/good", BODY))
    assert read_file(DataFile(NAME, SHA256, urls)) == BODY
    assert files_below(cache) == [cache / NAME]


def test_all_addresses_are_named_when_all_fail(server, cache):
    urls = tuple(failing_address(server, fault) for fault in FAULTS)
    with pytest.raises(DatasetError) as error:
        read_file(DataFile(NAME, SHA256, urls))
    assert all(url in str(error.value) for url in urls)
    assert files_below(cache) == []


def test_damaged_file_in_the_cache_is_fetched_again(server, cache):
    (cache / "set").mkdir(parents=True)
    (cache / NAME).write_bytes(BODY[:-1])
    assert read_file(DataFile(NAME, SHA256, (server.serve("/good", BODY),))) == BODY
    assert (cache / NAME).read_bytes() == BODY


def test_damaged_file_in_the_cache_is_not_used_without_a_network(cache):
    (cache / "set").mkdir(parents=True)
    (cache / NAME).write_bytes(BODY[:-1])
    with pytest.raises(DatasetError, match="cannot download"):
        read_file(DataFile(NAME, SHA256, (closed_address(),)))


@pytest.mark.usefixtures("cache")
def test_cache_that_cannot_be_written(server, tmp_path, monkeypatch):
    blocker = tmp_path / "file"
    blocker.write_bytes(b"")
    monkeypatch.setenv(CACHE_VARIABLE, str(blocker))
    with pytest.raises(DatasetError, match=f"{CACHE_VARIABLE} moves it") as error:
        read_file(DataFile(NAME, SHA256, (server.serve("/good", BODY),)))
    assert str(blocker) in str(error.value)


def test_file_has_no_name_before_it_is_complete(server, cache):
    """While the server holds the end back, the target does not exist; the part lies beside it."""
    seen = []

    def look():
        seen.append(((cache / NAME).exists(), len(files_below(cache))))

    url = server.serve("/slow", BODY, then=look)
    assert read_file(DataFile(NAME, SHA256, (url,))) == BODY
    half = server.serve("/half", BODY[:4000], announced=len(BODY), then=look)
    (cache / NAME).unlink()
    with pytest.raises(DatasetError):
        read_file(DataFile(NAME, SHA256, (half,)))
    assert seen[1] == (False, 1)
    assert files_below(cache) == []


def test_interrupt_half_way_leaves_nothing(server, cache):
    half_sent, finish = threading.Event(), threading.Event()

    def hold():
        half_sent.set()
        finish.wait(120)

    url = server.serve("/stalled", BODY[:4000], announced=len(BODY), then=hold)
    code = (
        # A process started in the background may have been told to ignore interrupts.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from coreformulas.datasets.storage import DataFile, read_file\n"
        f"read_file(DataFile({NAME!r}, {SHA256!r}, ({url!r},)))"
    )
    # Starting Python and reading the package takes long where the machine is busy.
    with subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert half_sent.wait(120)
            process.send_signal(signal.SIGINT)
            _, output = process.communicate(timeout=120)
        finally:
            finish.set()
            process.kill()
    assert process.returncode != 0
    assert output.rstrip().endswith("KeyboardInterrupt")
    assert files_below(cache) == []
