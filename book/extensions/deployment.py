"""Sphinx extension: what the pages say of the places where the book and its notebooks are public.

The repository does not know them; the deployment does. Where a variable is missing, the pages say
nothing, and no button leads to nowhere.

BOOK_SITE
    address of the site: canonical links, link previews, sitemap, robots.txt, and the links of the
    plain notebooks.
BOOK_REPOSITORY
    address of the public repository: the buttons for Binder and Colab. Without it, the remote
    ``origin`` of the clone, if it is on GitHub.
BOOK_JUPYTERHUB
    address of a JupyterHub with nbgitpuller: a button for it.
"""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import quote, urlsplit

from docutils import nodes
from docutils.nodes import document
from sphinx.application import Sphinx
from sphinx.config import Config

ROOT = Path(__file__).resolve().parents[2]
BRANCH = "main"
GITHUB = re.compile(r"(?:https://|git@)github\.com[:/](?P<name>[\w.-]+/[\w.-]+?)(?:\.git)?/?$")
ROBOTS = "User-agent: *\nAllow: /\nSitemap: {site}/sitemap.xml\n"


def site() -> str | None:
    """Address of the published site, without a slash at its end."""
    return os.environ.get("BOOK_SITE", "").strip().rstrip("/") or None


def repository(root: Path = ROOT) -> str | None:
    """Owner and name of the public repository on GitHub.

    Raises:
        ValueError: if BOOK_REPOSITORY is set to something else.
    """
    given = os.environ.get("BOOK_REPOSITORY", "").strip()
    if given:
        found = GITHUB.match(given)
        if found is None:
            raise ValueError(
                f"BOOK_REPOSITORY must be https://github.com/OWNER/NAME, got {given!r}"
            )
        return found["name"]
    asked = ["git", "-C", str(root), "remote", "get-url", "origin"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    found = GITHUB.match(done.stdout.strip())
    return found["name"] if found else None


def buttons(page: str, name: str | None, hub: str) -> list[dict[str, str]]:
    """The launch buttons of a chapter, as the theme draws them."""
    if name is None:
        return []
    file = quote(f"{page}.md")
    targets = {
        "Binder": f"https://mybinder.org/v2/gh/{name}/{BRANCH}?urlpath=lab/tree/{file}",
        "Colab": "https://colab.research.google.com/github/"
        f"{name}/blob/notebooks/notebooks/{quote(page)}.ipynb",
    }
    if hub:
        clone = quote(f"https://github.com/{name}", safe="")
        targets["JupyterHub"] = (
            f"{hub}/hub/user-redirect/git-pull?repo={clone}&branch={BRANCH}"
            f"&urlpath=lab/tree/{name.partition('/')[2]}/{file}"
        )
    return [
        {
            "type": "link",
            "text": text,
            "tooltip": f"Run this chapter on {text}",
            "icon": "fas fa-rocket",
            "url": url,
        }
        for text, url in targets.items()
    ]


def choose_address(app: Sphinx, config: Config) -> None:
    """Turn on what needs the site's address, where it is known."""
    address = site()
    # The page for wrong addresses is served from any depth, so its links begin at the root.
    config["notfound_urls_prefix"] = (urlsplit(address or "").path or "") + "/"
    if address is None:
        config["ogp_social_cards"] = {"enable": False}  # pictures for link previews
        return
    config["html_baseurl"] = f"{address}/"
    config["ogp_site_url"] = f"{address}/"
    config["sitemap_url_scheme"] = "{link}"
    config["sitemap_excludes"] = [
        "404.html",
        "search.html",
        "genindex.html",
        "py-modindex.html",
        "_modules/*",
    ]
    app.setup_extension("sphinx_sitemap")


def describe(app: Sphinx, page: str, template: str, context: dict, doctree: document) -> None:
    """Let link previews say what the page's own description says, instead of its first lines."""
    del app, page, template
    if doctree is None:
        return
    for node in doctree.findall(nodes.meta):
        if node.get("name") == "description":
            said = dict.fromkeys(("og:description", "og:image:alt"), node["content"])
            context["meta"] = (context.get("meta") or {}) | said


def add_buttons(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Put the launch buttons of a notebook before the others."""
    del template, doctree
    if not getattr(app.env, "nb_metadata", {}).get(page):
        return  # nothing in it runs
    hub = os.environ.get("BOOK_JUPYTERHUB", "").strip().rstrip("/")
    found = buttons(page, repository(), hub)
    if found:
        group = {
            "type": "group",
            "buttons": found,
            "icon": "fas fa-rocket",
            "tooltip": "Run this chapter",
            "label": "launch-buttons",
        }
        context["header_buttons"].insert(0, group)


def write_robots(app: Sphinx, error: Exception | None) -> None:
    """Write robots.txt beside the sitemap."""
    address = site()
    if error is None and app.builder.format == "html" and address is not None:
        Path(app.outdir, "robots.txt").write_text(ROBOTS.format(site=address), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool | str]:
    """Register the extension."""
    app.connect("config-inited", choose_address)
    app.connect("html-page-context", describe, priority=400)  # before the previews are made
    app.connect("html-page-context", add_buttons, priority=600)  # when the theme has its own
    app.connect("build-finished", write_robots)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
