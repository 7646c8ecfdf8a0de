"""The package as it is installed: complete, and the same from any working directory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from engine import __version__

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this checkout, made by the build tools of requirements-test.txt, without network."""
    folder = tmp_path_factory.mktemp("wheel")
    words = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder, ROOT]
    pip(sys.executable, *words)
    [file] = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The folder of commands of a new environment with the wheel in it; libraries come from the environment of the
    tests."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    paths = {"base": str(folder), "platbase": str(folder)}
    bin_folder = Path(sysconfig.get_path("scripts", "venv", paths))
    packages = Path(sysconfig.get_path("purelib", "venv", paths))
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = next(bin_folder.glob("python*"))
    pip(python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    return bin_folder


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A working directory and a home of their own; nothing in the environment names a folder of ours."""
    for name in ("CISLENS_MODELS", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def pip(python: str | Path, *words: object) -> None:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def call(installed: Path, *words: str) -> str:
    done = subprocess.run([installed / "cislens", *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def tracked(*folders: str) -> set[str]:
    """Files of the checkout under version control that the wheel is to carry."""
    done = subprocess.run(["git", "ls-files", *folders], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    return set(done.stdout.splitlines())


def test_the_wheel_carries_every_file_that_its_users_need(wheel):
    carried = set(zipfile.ZipFile(wheel).namelist())
    code = {f for f in tracked("engine") if (ROOT / f).is_file()}
    share = {f"engine/_share/{f}" for f in tracked("app.py", "pages", ".streamlit", "trained_models", "shared_results")}
    assert code | share <= carried
    assert {"engine/_share/assets/style.css", "engine/_share/assets/icon.svg", "engine/py.typed"} <= carried
    assert not [f for f in carried if f.endswith(("state.pt", ".partial", ".pyc", ".png"))]
    assert {f.split("/")[0] for f in carried} == {"engine", f"cislens-{__version__}.dist-info"}


def test_the_command_works_from_another_folder_with_the_shipped_models(installed, elsewhere):
    assert "predict" in call(installed, "--help")
    models = call(installed, "models")
    assert "joint_legnet\n" in models
    assert "held-out Spearman" in models
    Path("one.fa").write_text(">one\n" + "ACGTTGCATG" * 20 + "\n", encoding="utf-8")
    table = call(installed, "predict", "one.fa", "--model", "joint_legnet").splitlines()
    assert table[0].startswith("name,")
    assert table[1].startswith("one,")


def test_trained_models_are_copied_to_the_users_folder_and_what_is_trained_there_is_kept(installed, elsewhere):
    call(installed, "models")
    own = elsewhere.parent / ".local" / "share" / "cislens" / "trained_models"
    assert {f.relative_to(own).as_posix() for f in own.rglob("*") if f.is_file() and not f.name.startswith(".")} == {
        f.removeprefix("trained_models/") for f in tracked("trained_models")
    }
    (own / "joint_legnet").rename(own / "mine")
    assert "\nmine\n" in call(installed, "models")


def test_the_app_answers_from_another_folder(installed, elsewhere):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    options = ["--server.port", str(port), "--server.headless", "true"]
    app = subprocess.Popen([installed / "cislens", "app", *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert answer(f"http://localhost:{port}/_stcore/health", app) == "ok"
    finally:
        app.terminate()
        app.wait(timeout=20)


def answer(address: str, app: subprocess.Popen) -> str:
    """What the app says there, as soon as it says anything."""
    end = time.monotonic() + 60
    while app.poll() is None and time.monotonic() < end:
        try:
            return urllib.request.urlopen(address, timeout=5).read().decode()
        except OSError:
            time.sleep(0.2)
    app.terminate()
    pytest.fail(f"no answer; the app wrote:\n{app.communicate()[0].decode()}")


def test_the_first_page_of_the_installed_app_opens(installed, elsewhere):
    """App and pages come from the share, the engine from beside it."""
    script = """
import sys
from pathlib import Path
from engine import places
from streamlit.testing.v1 import AppTest
assert "_share" in str(places.app_script()), places.app_script()
sys.path.insert(0, str(places.root()))  # as `streamlit run` does
app = AppTest.from_file(str(places.app_script()), default_timeout=120).run()
assert not app.exception, app.exception
import pages.shared.show
assert Path(pages.shared.show.__file__).is_relative_to(places.root())
print("opened", len(app.main.children))
"""
    python = next(installed.glob("python*"))
    done = subprocess.run([python, "-P", "-c", script], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("opened")
