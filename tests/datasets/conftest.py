"""Real data where it stands, and a local server that misbehaves on request."""

import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from coreformulas.datasets.storage import CACHE_VARIABLE, DATA_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
BESIDE_CHECKOUT = ROOT.parent / "shared" / "data"


class Server:
    """Serves what it was given, answers 404 to all else, and keeps the paths asked for."""

    def __init__(self) -> None:
        self.replies: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.requests: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append(self.path)
                outer.replies.get(self.path, lambda handler: handler.send_error(404))(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def serve(
        self,
        path: str,
        body: bytes,
        *,
        announced: int | None = None,
        then: Callable[[], object] | None = None,
    ) -> str:
        """Serve a body and return its address.

        ``announced`` is the length in the header where it shall be another; 0 sends no length.
        ``then`` is called when the body was sent and the connection is still open.
        """

        def reply(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            if announced != 0:
                handler.send_header("Content-Length", str(announced or len(body)))
            handler.end_headers()
            handler.wfile.write(body)
            if then is not None:
                then()

        self.replies[path] = reply
        return self.address(path)

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.http.server_port}{path}"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no local folder, and no proxy between here and the local server."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(CACHE_VARIABLE, str(folder))
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return folder


@pytest.fixture(scope="session")
def published() -> Path:
    """The folder of published data sets: ``COREFORMULAS_DATA``, or else beside the checkout."""
    folder = Path(os.environ.get(DATA_VARIABLE) or BESIDE_CHECKOUT).expanduser()
    if not folder.is_dir():
        pytest.skip(f"no data sets: {folder} is no folder; {DATA_VARIABLE} can name another")
    return folder


@pytest.fixture
def local(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make ``load`` read the published data sets."""
    monkeypatch.setenv(DATA_VARIABLE, str(published))
