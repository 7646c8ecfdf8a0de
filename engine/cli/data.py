"""`python -m engine data`: the public data files."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from tqdm import tqdm

from engine.data import large_scale, sources
from engine.data.lentimpra import CELL_TYPES
from engine.errors import InputError

app = typer.Typer(help="The public data files: list, fetch, verify.", no_args_is_help=True)


@app.command("list")
def data_list() -> None:
    """Every data file: its state, size, source, citation and licence."""
    for source in sources.SOURCES.values():
        print(f"{source.name:22} {sources.state(source):15} {source.bytes / 1e6:6.2f} MB  {source.what}")
        print(f"{'':22} {sources.location(source)}")
        print(f"{'':22} from {source.url or 'no public download'}")
        print(f"{'':22} cite {source.cite}; licence: {source.licence}")
    for cell in CELL_TYPES:
        state = "here" if large_scale.here(cell) else "missing"
        print(f"{'large_scale ' + cell:22} {state:15} full large-scale lentiMPRA table of {cell}, of your own download")
        print(f"{'':22} {large_scale.location(cell)}")
        print(f"{'':22} {large_scale.how_to_get(cell)}; no checksum is known, its shape is checked")
        print(f"{'':22} cite {sources.AGARWAL}; licence: {sources.NO_LICENCE}")


@app.command("fetch")
def data_fetch(
    names: Annotated[list[str] | None, typer.Argument(help="files; all with a URL by default")] = None,
) -> None:
    """Download the named files (or all) into the cache, each checked against its sha256."""
    wanted = [sources.get(n) for n in names or [s.name for s in sources.SOURCES.values() if s.url]]
    for source in wanted:
        with tqdm(total=source.bytes, desc=source.name, unit="B", unit_scale=True, file=sys.stderr) as bar:
            sources.fetch(source.name, bar.update)
            bar.update(source.bytes - bar.n)


@app.command("verify")
def data_verify() -> None:
    """Test the checksum of every file with a public source; exit code 2 if one is not as it should be."""
    bad = []
    for source in sources.SOURCES.values():
        condition = sources.state(source)
        print(f"{source.name:22} {condition}")
        if condition != "ok" and source.url:
            bad.append(source.name)
    if bad:
        folder = sources.local_folder()
        mend = f"run: python -m engine data fetch {' '.join(bad)}"
        if folder:
            mend = f"CISLENS_DATA points to {folder}: put the right files there, or unset it and {mend}"
        raise InputError(f"not as they should be: {', '.join(bad)}; {mend}")
