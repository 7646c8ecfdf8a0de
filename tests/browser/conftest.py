"""The app in a real browser: one server for all tests, a fresh page for each."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.data import sources
from engine.experiments import checkpoints
from engine.experiments.declared import DEFAULT_MODEL

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "build" / "screenshots"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
# no sandbox: CI runs as root; the rest keeps the browser from talking to anything but the app
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--disable-quic"]


@contextmanager
def running_app(folder: Path):
    """The app on a free port, with the committed models and the real data; its address. The log goes to `folder`."""
    if not sources.available("satmut", "cagi5_references", "lentimpra_sequences", "lentimpra_activity"):
        pytest.skip("the data files are not here; set CISLENS_DATA or run: python -m engine data fetch")
    if DEFAULT_MODEL not in checkpoints.trained():
        pytest.skip(f"trained_models/{DEFAULT_MODEL} is not here")
    with socket.socket() as s:
        s.bind(("localhost", 0))
        port = s.getsockname()[1]
    log = folder / "log.txt"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]
    command += ["--server.fileWatcherType=none"]  # a file that is edited meanwhile shows a sign that never goes
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=os.environ.copy())
    url = f"http://localhost:{port}"
    for _ in range(120):
        try:
            urllib.request.urlopen(url + "/_stcore/health", timeout=1)
            break
        except OSError:
            time.sleep(0.5)
    else:
        process.kill()
        pytest.fail("the app did not start:\n" + log.read_text())
    try:
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all tests."""
    with running_app(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
def new_server(tmp_path):
    """A server that nobody has asked for anything yet."""
    with running_app(tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium; without one the tests skip, unless CISLENS_REQUIRE_BROWSER asks for it (as in CI)."""
    if CHROMIUM is None:
        message = "no Chromium or Chrome on this machine; install Debian's package 'chromium'"
        if os.environ.get("CISLENS_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def windows(chromium, server):
    """A function that opens the app in a fresh browser window of a given size and colour scheme."""
    contexts = []

    def open_window(width=1400, height=2000, scheme="light", tour=False):
        size = {"width": width, "height": height}
        context = chromium.new_context(viewport=size, color_scheme=scheme, accept_downloads=True)
        contexts.append(context)
        if not tour:
            context.add_init_script("try { localStorage.setItem('cislens-tour', 'seen') } catch {}")
        page = context.new_page()
        page.set_default_timeout(60_000)
        return App(page, server)

    yield open_window
    for context in contexts:
        context.close()


@pytest.fixture
def new_app(chromium, server):
    """See `windows`."""
    with windows(chromium, server) as open_window:
        yield open_window


@pytest.fixture(scope="module")
def promoter(chromium, server):
    """One window for a whole file of tests, with the LDLR promoter in the Explorer."""
    with windows(chromium, server) as open_window:
        window = open_window()
        window.open()
        window.press("Open the LDLR promoter")
        window.explorer_ready()
        yield window


@pytest.fixture
def app(new_app):
    """A window tall enough to hold all tracks."""
    return new_app()


class App:
    """What the tests do with a page, in the words of a user."""

    def __init__(self, page, url):
        self.page, self.url = page, url
        self.console_errors = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.console_errors.append(str(error)))

    def _note(self, message):
        """Keep an error of the browser's console, but for those of Streamlit's search for its server's base path."""
        address = message.location.get("url", "")
        if message.type == "error" and "/_stcore/" not in address:
            self.console_errors.append(f"{message.text} {address}")

    def open(self, path=""):
        self.page.goto(f"{self.url}/{path}")
        self.settle()

    def settle(self):
        """Wait until nothing runs any more."""
        self.page.wait_for_timeout(400)
        quiet = """() => document.querySelector('[data-test-script-state="notRunning"]')
            && !document.querySelector('[data-testid="stSpinner"]')
            && !document.querySelector('[data-stale="true"]')"""
        self.page.wait_for_function(quiet, timeout=240_000)
        for part in ('[data-part="prediction"].late', ".row.late"):  # what was typed, and its tracks, on their way
            if self.page.locator(part).count():
                self.page.locator(part).first.wait_for(state="hidden", timeout=240_000)
                self.eventually(lambda part=part: not self.page.locator(part).count())
                self.page.wait_for_function(quiet, timeout=240_000)
        self.page.wait_for_timeout(250)

    def explorer_ready(self):
        """Wait until the Explorer shows a sequence and its tracks."""
        self.page.locator("#base-0").wait_for()
        self.settle()

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.settle()

    def shot(self, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    def no_exception(self):
        assert self.page.locator('[data-testid="stException"]').count() == 0

    def shows(self, *parts):
        """Wait until the page says every part; after a minute without one Playwright raises."""
        for part in parts:
            self.page.wait_for_function(
                """(part) => document.querySelector('[data-testid="stMain"]').innerText
                    .replaceAll('\u2212', '-').includes(part)""",
                arg=part,
            )

    def text(self):
        """All that the page says, once it is at rest."""
        self.settle()
        return self.page.locator('[data-testid="stMain"]').inner_text()

    def sequence(self):
        """The letters in the editor, once it is drawn: it draws itself after the page has run."""
        self.page.locator("#base-0").wait_for()
        return "".join(self.page.locator(".cell .base").all_inner_texts())

    def has(self, bases):
        """Wait until these letters are in the editor; what was asked for may be on its way."""
        self.eventually(lambda: self.sequence() == bases)
        assert self.sequence() == bases

    def eventually(self, condition):
        """Wait up to a minute for something."""
        for _ in range(300):
            if condition():
                return
            self.page.wait_for_timeout(200)

    def unfold(self, title):
        """Open a fold, or a drawer of the toolbar, unless it is open."""
        self.settle()
        drawer = self.page.get_by_test_id("stPopoverButton").filter(has_text=re.compile(title))
        if drawer.count():
            if not self.page.get_by_test_id("stPopoverBody").count():
                drawer.first.click()
            self.page.get_by_test_id("stPopoverBody").wait_for()
        else:
            fold = self.page.locator("details", has=self.page.get_by_text(title, exact=True))
            if fold.get_attribute("open") is None:  # it opens slowly, and a second click would close it
                fold.locator("summary").click()
            self.page.locator("details[open]", has=self.page.get_by_text(title, exact=True)).wait_for()
        self.settle()

    def fold(self):
        """Close the drawer that is open."""
        self.page.keyboard.press("Escape")
        self.page.get_by_test_id("stPopoverBody").wait_for(state="hidden")

    def hand_over(self, file):
        """Give a file to the session's uploader, in its drawer; again if the page was redrawn just then and lost it."""
        field = self.page.locator('input[type="file"][accept*="json"]')
        for _ in range(3):
            if not field.count():
                self.unfold("Session")
            field.set_input_files(file)
            self.settle()
            if self.page.get_by_text(file.name).count():
                return

    def text_field(self):
        """The sequence as plain text, opened if need be."""
        field = self.page.get_by_role("textbox", name="Sequence (edit it here; Ctrl+Enter applies)")
        if not field.is_visible():
            self.unfold("As text")
        return field

    def edited(self):
        """0-based positions of the bases that are marked as edited."""
        marks = self.page.locator(".cell.edited")
        return [int(cell.get_attribute("data-i")) for cell in marks.all()]

    def editor_says(self, part):
        """A part of the instrument: 'where' (cursor and edits), 'message', 'prediction', 'words', 'card', 'live'."""
        return self.page.locator(f'[data-part="{part}"]').inner_text()

    def at(self, position):
        """Click a base, by its 0-based position."""
        self.page.locator(f"#base-{position}").click()

    def keys(self, *names):
        """Press keys one after the other, as a person types."""
        for name in names:
            self.page.keyboard.press(name)

    def paste(self, text, wait=True):
        """Paste text from the clipboard into the editor."""
        self.page.evaluate(
            """text => { const find = root => { for (const e of root.querySelectorAll('*')) {
                  if (e.getAttribute('role') === 'grid' && e.classList.contains('grid')) return e;
                  const inner = e.shadowRoot && find(e.shadowRoot); if (inner) return inner; } };
                const data = new DataTransfer(); data.setData('text/plain', text);
                find(document).dispatchEvent(new ClipboardEvent('paste',
                  {clipboardData: data, bubbles: true, composed: true, cancelable: true})); }""",
            text,
        )
        if wait:
            self.settle()

    def drawn(self, name):
        """Wait for a figure that has the named trace."""
        self.page.wait_for_function(
            """(name) => [...document.querySelectorAll('.js-plotly-plot')]
                .some(p => p._fullData && p._fullData.some(d => d.name === name))""",
            arg=name,
        )

    def predicted(self):
        """`{'reference': [...], 'edited': [...]}` as the readout has them."""
        place = self.page.locator('[data-part="prediction"]')
        self.eventually(lambda: place.get_attribute("data-values"))
        rows = json.loads(place.get_attribute("data-values"))
        return {which: [r[which] for r in rows] for which in ("reference", "edited")}

    def says(self, *parts):
        """Wait until the sentence above the editor has every part."""
        for part in parts:
            self.eventually(lambda part=part: part in self.editor_says("words").replace("\u2212", "-"))
            assert part in self.editor_says("words").replace("\u2212", "-")

    def click_map(self, position, base):
        """Click the cell of the predicted map for a base at a 0-based position."""
        self.page.locator(f"#base-{position}").scroll_into_view_if_needed()
        column = self.page.locator(f"#base-{position}").bounding_box()
        lanes = self.page.locator(".row.map").first.bounding_box()
        y = lanes["y"] + lanes["height"] * ("ACGT".index(base) + 0.5) / 4
        self.page.mouse.click(column["x"] + column["width"] / 2, y)
        self.settle()

    def trace(self, name):
        """x, y and customdata of the named trace, from the last figure that has it."""
        self.drawn(name)
        return self.page.evaluate(
            """(name) => { const g = [...document.querySelectorAll('.js-plotly-plot')]
                .filter(p => p.data.some(d => d.name === name)).at(-1);
              const t = g._fullData.find(d => d.name === name);
              return {x: Array.from(t.x), y: Array.from(t.y), custom: t.customdata || []}; }""",
            name,
        )

    def click_marker(self, name, custom):
        """Click the marker of trace `name` whose customdata equal `custom`, by its place on the screen."""
        self.page.locator(".js-plotly-plot").last.scroll_into_view_if_needed()
        at = self.page.evaluate(
            """([name, custom]) => { const g = [...document.querySelectorAll('.js-plotly-plot')]
                .filter(p => p.data.some(d => d.name === name)).at(-1);
              const t = g._fullData.find(d => d.name === name);
              const i = t.customdata.findIndex(c => JSON.stringify(c) === JSON.stringify(custom));
              const axis = n => g._fullLayout[n[0] + 'axis' + n.slice(1)];
              const r = g.querySelector('.main-svg').getBoundingClientRect();
              const [x, y] = [axis(t.xaxis), axis(t.yaxis)];
              return {x: r.left + x._offset + x.d2p(t.x[i]), y: r.top + y._offset + y.d2p(t.y[i])}; }""",
            [name, custom],
        )
        self.page.mouse.move(at["x"], at["y"])
        self.page.wait_for_timeout(300)
        self.page.mouse.click(at["x"], at["y"])
        self.page.wait_for_timeout(1000)
        self.settle()

    def download(self, button, which=0):
        with self.page.expect_download() as caught:
            self.page.get_by_test_id("stDownloadButton").get_by_role("button", name=button).nth(which).click()
        return Path(caught.value.path())
