"""`python -m tests.golden.write OUTDIR [keys|commands|pages]`: everything the golden tests look at, as raw files.

Two checkouts on one machine are compared by `diff -r`. Without OUTDIR (`-`) the committed golden files are made anew.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent


def main() -> None:
    out = HERE if sys.argv[1] == "-" else Path(sys.argv[1])
    parts = sys.argv[2:] or ["keys", "commands", "pages"]
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="cislens-golden-") as folder:
        os.environ.setdefault("CISLENS_CACHE", str(Path(folder) / "cache"))
        for part in parts:
            {"keys": _keys, "commands": _commands, "pages": _pages}[part](out, Path(folder))


def _write_json(file: Path, content: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _keys(out: Path, folder: Path) -> None:
    from tests.golden import _reach, keys

    os.environ |= _reach.copy_of_shipped(folder / "shipped")
    call, torch.nn.Module.__call__ = torch.nn.Module.__call__, keys.refuse
    try:
        _write_json(out / "keys.json", keys.gather(folder / "shipped"))
    finally:
        torch.nn.Module.__call__ = call
        os.environ.pop("CISLENS_MODELS")


def _commands(out: Path, _: Path) -> None:
    from tests.golden import _reach, cases

    for name in cases.CASES:
        parts = cases.produce(name)
        if out == HERE:
            (out / "commands" / f"{name}.txt").write_text(cases.told(name, parts))
            continue
        for part, content in parts.items():
            file = out / "commands" / name / part
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
    _write_json(out / "commands" / "parameters.json", _reach.commands())


def _pages(out: Path, _: Path) -> None:
    from tests.golden import scenes

    for page in scenes.PAGES:
        _write_json(out / "pages" / f"{page}.json", scenes.collect_page(page, raw=out != HERE))


if __name__ == "__main__":
    main()
