"""The first page of a new server waits for nothing that it does not show."""

import subprocess
import sys
from pathlib import Path

from engine import device
from pages.shared import ahead

ROOT = Path(__file__).resolve().parents[2]
SLOW = "torch", "scipy", "memelite", "sklearn"


def test_home_is_drawn_without_the_libraries_of_the_models():
    """Of torch alone the import takes longer than all that Home and the navigation need."""
    home = "pages.panels.home.installed, pages.panels.home.pictures, pages.shared.kept, pages.shared.shelf"
    code = f"import sys; import app, {home}; print([m for m in {SLOW} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_device_is_told_in_words():
    assert ahead.device_in_words() == device.describe(device.resolve())
