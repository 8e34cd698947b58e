"""The built site, served from this computer as a web server would, and when its pages are drawn."""

import gzip
import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
FRONT = "chapters/index.html"
COMPRESSED = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".txt", ".xml"}
DRAWN = "document.fonts.ready.then(() => true)"
PATIENCE = 120_000
"""Milliseconds; long pages of formulas take a while on a busy machine."""


def pages_of(site: Path) -> list[str]:
    """The pages that a reader can open, as addresses below the site's.

    All but the one that only leads to the front page.

    Raises:
        SystemExit: if there is no book.
    """
    if not (site / FRONT).is_file():
        raise SystemExit(f"there is no book in {site}: run `make book` first")
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    return sorted(page for page in pages - {"index.html"} if not page.startswith("_static/"))


def make_handler(site: Path) -> type[BaseHTTPRequestHandler]:
    """Files of the site, text compressed, all of them to be kept by the browser."""

    class Handler(BaseHTTPRequestHandler):
        """Answers GET."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Send a file, or 404."""
            path = site / unquote(urlsplit(self.path).path).lstrip("/")
            if not path.is_file():
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            content = path.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", mimetypes.guess_type(path)[0] or "text/plain")
            self.send_header("Cache-Control", "max-age=600")
            if path.suffix in COMPRESSED:
                content = gzip.compress(content, 6)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The address under which the site is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
