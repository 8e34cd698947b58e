"""Sphinx extension: the one page that becomes the PDF draws everything that the pages draw.

An extension that says how its own parts look on that page, and only those, hides what all others
say of HTML: Sphinx then looks in one list alone. Here the two lists become one.
"""

from sphinx.application import Sphinx


def share_handlers(app: Sphinx, config: object) -> None:
    """Let the single page know what every HTML page knows."""
    del config
    handlers = app.registry.translation_handlers
    if "singlehtml" in handlers:
        handlers["singlehtml"] = handlers.get("html", {}) | handlers["singlehtml"]


def setup(app: Sphinx) -> dict[str, bool | str]:
    """Register the extension."""
    app.connect("config-inited", share_handlers, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
