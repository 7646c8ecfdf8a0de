"""The app for measurements: a server of its own, and a browser that looks at it as a user does.

Needs Chromium and the development requirements (Playwright).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.shared import resident

ROOT = Path(__file__).resolve().parent.parent
# no sandbox: machines for tests run as root; the rest keeps the browser from talking to anything but the app
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--disable-quic"]
AT_REST = """() => document.querySelector('[data-test-script-state="notRunning"]')
    && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"], [data-testid="stSpinner"]')"""
HEADING = """document.querySelector('[data-testid="stMain"]')?.querySelector('h1, h2')"""
LONGEST = 300_000  # ms that anything is waited for
ENDING = 20.0  # s that a server is given to end
PAGES = {  # the address of each page and the section of the navigation that it stands in
    "": "", "explorer": "", "in_silico": "Sequences", "variants": "Sequences", "scan": "Sequences",
    "your_library": "Sequences", "saturation": "Sequences", "benchmark": "Models", "side_by_side": "Models",
    "representations": "Models", "disentangle": "Models", "published_findings": "Models",
    "attributions": "Explanations", "motifs": "Explanations", "reliability": "Explanations",
}  # fmt: skip


@dataclass(frozen=True)
class Server:
    """A running app: its address, its process and the file that its log goes to."""

    url: str
    process: subprocess.Popen
    log: Path

    @property
    def cpu(self) -> float:
        """Processor time so far, in s."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii", "replace").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float:
        """Resident memory, in MB."""
        return resident(self.process.pid)

    def complaints(self) -> list[str]:
        """Last lines of the tracebacks in the log, each once."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        kinds = [line.strip() for line in lines if "Error" in line.split(":")[0] and not line.startswith(" ")]
        return list(dict.fromkeys(kinds))


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """The app on a free port, as soon as it answers; it keeps its files in a folder of its own."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        command = [sys.executable, "-m", "engine", "app", f"--server.port={port}"]
        command += ["--server.headless=true", "--server.fileWatcherType=none"]
        environment = os.environ | {"CISLENS_CACHE": os.environ.get("CISLENS_CACHE", folder)}
        with log.open("w") as out:
            process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=environment)
        url = f"http://localhost:{port}"
        try:
            _wait_for(url, process)
            yield Server(url, process, log)
        finally:
            process.terminate()
            try:
                process.wait(ENDING)
            except subprocess.TimeoutExpired:  # on a busy machine; what was measured is measured
                process.kill()
                process.wait()


def _wait_for(url: str, process: subprocess.Popen) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url + "/_stcore/health", timeout=1)
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit("the app did not start")


@contextlib.contextmanager
def chromium() -> Iterator:
    """A headless Chromium of Playwright."""
    from playwright.sync_api import sync_playwright  # of the development requirements

    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    if found is None:
        raise SystemExit("no Chromium or Chrome on this machine; install Debian's package 'chromium'")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def heading(page) -> str:
    """The first heading of the page, as shown; empty if there is none yet."""
    return page.evaluate(f"() => {HEADING}?.innerText || ''")


def at_rest(page) -> None:
    """Wait until nothing runs on the page, nothing is out of date and nothing is still to come."""
    page.wait_for_function(AT_REST, timeout=LONGEST)


def go_to(page, address: str) -> None:
    """Click the page's entry in the navigation, as a user does; the clock starts with the click on the entry itself."""
    if PAGES[address]:
        page.get_by_test_id("stTopNavSection").filter(has_text=PAGES[address]).first.click()
    page.locator(f'a[href$="/{address}"]').first.click()
