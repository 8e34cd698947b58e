"""What the pages say of public places comes from the deployment, and from nowhere else."""

import subprocess

import deployment
import pytest


@pytest.fixture(autouse=True)
def _nothing_is_known(monkeypatch):
    for name in ("BOOK_SITE", "BOOK_REPOSITORY", "BOOK_JUPYTERHUB"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/some/book",
        "https://github.com/some/book.git",
        "git@github.com:some/book.git",
    ],
)
def test_the_remote_tells_the_repository(tmp_path, remote):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert deployment.repository(tmp_path) is None
    add = ["git", "-C", str(tmp_path), "remote", "add", "origin", remote]
    subprocess.run(add, check=True)
    assert deployment.repository(tmp_path) == "some/book"


def test_a_remote_elsewhere_is_no_public_repository(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    add = ["git", "-C", str(tmp_path), "remote", "add", "origin", "/srv/book.git"]
    subprocess.run(add, check=True)
    assert deployment.repository(tmp_path) is None


def test_the_deployment_tells_the_repository(monkeypatch, tmp_path):
    monkeypatch.setenv("BOOK_REPOSITORY", "https://github.com/some/book/")
    assert deployment.repository(tmp_path) == "some/book"
    monkeypatch.setenv("BOOK_REPOSITORY", "some/book")
    with pytest.raises(ValueError, match=r"BOOK_REPOSITORY must be https://github\.com/OWNER/NAME"):
        deployment.repository(tmp_path)


def test_no_button_where_no_repository_is_known():
    assert deployment.buttons("chapters/vae/elbo", None, "") == []


def test_buttons_open_the_chapter():
    found = deployment.buttons("chapters/vae/elbo", "some/book", "https://hub.example")
    urls = {button["text"]: button["url"] for button in found}
    assert urls == {
        "Binder": "https://mybinder.org/v2/gh/some/book/main?urlpath=lab/tree/chapters/vae/elbo.md",
        "Colab": "https://colab.research.google.com/github/some/book/blob/notebooks/notebooks/"
        "chapters/vae/elbo.ipynb",
        "JupyterHub": "https://hub.example/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com"
        "%2Fsome%2Fbook&branch=main&urlpath=lab/tree/book/chapters/vae/elbo.md",
    }
    assert len(deployment.buttons("chapters/vae/elbo", "some/book", "")) == 2


def test_the_site_has_no_slash_at_its_end(monkeypatch):
    assert deployment.site() is None
    monkeypatch.setenv("BOOK_SITE", "https://some.example/book/")
    assert deployment.site() == "https://some.example/book"
