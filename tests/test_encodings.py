"""Text files of CisLens are UTF-8 on every system: whoever opens one in the engine or the app says so.

Without it Python takes the system's own encoding, which on Windows is none that holds Greek letters.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = ("read_text", "write_text", "TextIOWrapper")
RUNS = ("run", "Popen", "check_output")  # of subprocess, with text=True


def silent(text: str) -> list[int]:
    """The lines that read or write text without naming its encoding."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if needs(call) and "encoding" not in {k.arg for k in call.keywords}]


def needs(call: ast.Call) -> bool:
    owner, _, name = ast.unparse(call.func).rpartition(".")
    named = {k.arg: ast.unparse(k.value) for k in call.keywords}
    arguments = [ast.unparse(a) for a in call.args]
    if name == "open" and owner not in ("os", "webbrowser", "Image", "pybigtools"):
        method = owner not in ("", "gzip", "io", "bz2", "lzma", "codecs")
        mode = named.get("mode") or [*arguments, "'r'", "'r'"][0 if method else 1]
        return "t" in mode if owner in ("gzip", "bz2", "lzma") else "b" not in mode
    if name in RUNS and owner == "subprocess":
        return named.get("text") == "True"
    return name in TEXT


def test_whoever_reads_or_writes_text_names_its_encoding():
    files = [*ROOT.glob("engine/**/*.py"), *ROOT.glob("pages/**/*.py"), ROOT / "app.py"]
    found = [f"{f.relative_to(ROOT)}:{line}" for f in files for line in silent(f.read_text(encoding="utf-8"))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("open(f)", [1]),
        ("path.open('w')", [1]),
        ("gzip.open(f, 'rt')", [1]),
        ("f.read_text()", [1]),
        ("subprocess.run(x, text=True)", [1]),
        ("open(f, 'rb')\npath.open('wb')\ngzip.open(f)\nf.read_text(encoding='utf-8')\nf.read_bytes()", []),
        ("open(f, encoding='utf-8')\nsubprocess.run(x)", []),
    ],
)
def test_silence_is_found(code, lines):
    assert silent(code) == lines
