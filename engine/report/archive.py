"""Several files as one ZIP, and names as file names."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Mapping


def zipped(files: Mapping[str, str | bytes], date: datetime.date) -> bytes:
    """A ZIP of texts and files by their path in it; the same content and day give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (date.year, date.month, date.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def file_stem(name: str) -> str:
    """A name as part of a file name on any system."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name).strip(".")[:100] or "_"
