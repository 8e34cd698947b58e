"""A machine without a browser gets one where it may, and one clear line where it may not."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import browser
import pytest

pytestmark = pytest.mark.own_thread
APT = """#!/bin/sh
echo "$@" >> "{log}"
case "$*" in *{fails}*) echo "Reading lists"; echo "E: no such package" >&2; exit 100 ;; esac
case "$*" in *install*) ln -s "{real}" "{folder}/chromium" ;; esac
"""


class Machine:
    """A PATH without a browser, on which a false apt-get brings the real one."""

    def __init__(self, folder: Path, real: str) -> None:
        self.folder, self.real, self.log = folder, real, folder / "log"

    def add_apt(self, fails: str = "nothing") -> None:
        text = APT.format(log=self.log, folder=self.folder, real=self.real, fails=fails)
        self.add("apt-get", text)

    def add(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)


def own_browser() -> str:
    """Where Playwright would have its own browser, after a look whether any starts."""
    with browser.sync_playwright() as playwright:
        browser.launch(playwright).close()
        return playwright.chromium.executable_path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    if os.environ.get("COREFORMULAS_NO_BROWSER") == "1":
        pytest.skip("COREFORMULAS_NO_BROWSER=1: there is no browser to bring")
    with ThreadPoolExecutor(1) as thread:
        own = thread.submit(own_browser).result()
    for tool in ("env", "ln", "sh"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    path = next(filter(None, map(shutil.which, browser.NAMES)), own)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "none"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return Machine(tmp_path, path)


def test_a_missing_browser_is_installed_and_started(machine, capsys) -> None:
    machine.add_apt()
    browser.main()
    assert machine.log.read_text().splitlines() == [
        "--quiet update",
        "--quiet install --yes --no-install-recommends chromium libatomic1",
    ]
    assert capsys.readouterr().out.splitlines()[-1].startswith("Chromium 1")
    browser.main()
    assert len(machine.log.read_text().splitlines()) == 2


def test_an_empty_package_is_passed_over(machine) -> None:
    machine.add("chromium-browser", "#!/bin/sh\necho 'it comes as a snap' >&2\nexit 1\n")
    with pytest.raises(browser.NoBrowser, match="chromium-browser does not start"):
        browser.version()
    (machine.folder / "google-chrome").symlink_to(machine.real)
    assert browser.version()


def test_a_driver_without_its_library_is_named(machine, monkeypatch) -> None:
    machine.add(
        "node", "#!/bin/sh\necho 'node: error while loading libatomic.so.1' >&2\nexit 127\n"
    )
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(machine.folder / "node"))
    with pytest.raises(browser.NoBrowser, match=r"its driver does not start .*libatomic1"):
        browser.version()


@pytest.mark.parametrize(
    ("fails", "line"),
    [
        ("update", r"apt-get update failed \(E: no such package\); install one \(Debian"),
        ("install", r"apt-get install failed \(E: no such package\); install one \(Debian"),
    ],
)
def test_a_failed_install_says_why(machine, fails, line) -> None:
    machine.add_apt(fails)
    with pytest.raises(SystemExit, match=line):
        browser.main()


@pytest.mark.usefixtures("machine")
def test_no_apt() -> None:
    with pytest.raises(SystemExit, match="no apt-get to bring it; install one"):
        browser.main()


@pytest.mark.parametrize("sudo", [None, "#!/bin/sh\nexit 1\n"])
def test_a_user_without_rights(machine, monkeypatch, sudo) -> None:
    machine.add_apt()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    if sudo is not None:
        machine.add("sudo", sudo)
    with pytest.raises(SystemExit, match="only root may install packages here; install one"):
        browser.main()
    assert not machine.log.exists()


def test_a_user_with_rights(machine, monkeypatch) -> None:
    machine.add_apt()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    machine.add("sudo", '#!/bin/sh\n[ "$1" = -n ] && shift\n[ "$1" = true ] || exec "$@"\n')
    browser.main()
    assert "install --yes" in machine.log.read_text()
