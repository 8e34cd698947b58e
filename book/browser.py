"""The browser that tests the figures, weighs the site and prints the book.

It is the system's Chromium or Chrome, or Playwright's. Run as a program (``make browser``), this
file installs one with apt-get where there is none.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

# Playwright's own program needs the second, which a bare Debian lacks.
PACKAGES = ("chromium", "libatomic1")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage"]
ADVICE = (
    f"install one (Debian: sudo apt-get install {' '.join(PACKAGES)}; "
    "elsewhere: .venv/bin/playwright install --with-deps chromium)"
)


class NoBrowser(SystemExit):
    """No Chromium could be started. A program that lets this pass ends with its one line."""


def launch(playwright: Playwright) -> Browser:
    """Start the first Chromium that starts: a name on the PATH may lead to an empty package.

    Raises:
        NoBrowser: if none does.
    """
    reason = "there is none"
    for path in [*filter(None, map(shutil.which, NAMES)), playwright.chromium.executable_path]:
        if not os.path.exists(path):
            continue
        try:
            return playwright.chromium.launch(executable_path=path, args=OPTIONS)
        except Error as error:
            reason = f"{path} does not start: {error.message.splitlines()[0]}"
    raise NoBrowser(f"Chromium is needed ({reason}); {ADVICE}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser without a window.

    Raises:
        NoBrowser: if none can be started.
    """
    driver = sync_playwright()
    try:
        playwright = driver.start()
    except Exception as error:  # Playwright has no name for a driver that does not start
        reason = f"Chromium is needed, and its driver does not start ({error})"
        raise NoBrowser(f"{reason}; {ADVICE}") from None
    try:
        browser = launch(playwright)
        yield browser
        browser.close()
    finally:
        playwright.stop()


def install() -> None:
    """Install Debian's packages.

    Raises:
        NoBrowser: if this user may not, or apt-get fails.
    """
    if shutil.which("apt-get") is None:
        raise NoBrowser(f"Chromium is needed, and there is no apt-get to bring it; {ADVICE}")
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and (
        shutil.which("sudo") is None
        or subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode
    ):
        raise NoBrowser(f"Chromium is needed, and only root may install packages here; {ADVICE}")
    for step in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        command = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", *step]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr or done.stdout).strip().rpartition("\n")[2]
            raise NoBrowser(f"apt-get {step[0]} failed ({last}); {ADVICE}")


def version() -> str:
    """What the browser calls itself."""
    with chromium() as browser:
        return browser.version


def main() -> None:
    """Start the browser, installing one first where there is none."""
    try:
        found = version()
    except NoBrowser:
        print("Installing Chromium with apt-get: about a minute", flush=True)
        install()
        found = version()
    print(f"Chromium {found}")


if __name__ == "__main__":
    main()
