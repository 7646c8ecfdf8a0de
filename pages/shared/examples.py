"""What the examples under "What is this?" open: real sequences, at one click."""

from __future__ import annotations

import hashlib

import pandas as pd

from engine import sheets
from engine.data import satmut
from engine.experiments.declared import DEFAULT_MODEL
from engine.mpra.reading import read_table
from pages.shared import bench, library, navigation, state

LDLR, LDLR_VARIANT = "LDLR.2", (11089410, "C", "T")  # GRCh38; among the strongest losses that were measured there
SORT1, SORT1_VARIANT = "SORT1", (109817590, "G", "T")  # GRCh37; rs12740374
TABLE_ROWS = 300


def ldlr_promoter() -> None:
    """The 200 bases in the middle of the LDLR promoter; raises InputError, DataError."""
    element = satmut.load(LDLR, "GRCh38")
    middle = (element.region.start + element.region.end) // 2  # not that of its flanks, which reach further one way
    bench.open_sequence(bench.window_around(satmut.context(element), middle), "LDLR promoter (GRCh38)")
    state.TRACK_OUTPUT.put("HepG2")


def ldlr_variant() -> None:
    """The LDLR promoter with one measured variant as its first edit; raises InputError, DataError."""
    bench.open_variant(satmut.context(satmut.load(LDLR, "GRCh38")), *LDLR_VARIANT)
    state.TRACK_OUTPUT.put("HepG2")


def sort1_enhancer() -> None:
    """The whole SORT1 enhancer with its known flanks; raises InputError, DataError."""
    around = satmut.context(satmut.load(SORT1, "GRCh37"))
    middle = (around.region.start + around.region.end) // 2
    bench.open_sequence(bench.window_around(around, middle, min(len(around), bench.LONGEST)), "SORT1 (GRCh37)")
    state.TRACK_OUTPUT.put("HepG2")


def checked_map() -> None:
    """The LDLR promoter, whose map is checked next; raises InputError, DataError."""
    ldlr_promoter()
    state.RELIABILITY_MODEL.put(DEFAULT_MODEL)
    state.RELIABILITY_OUTPUT.put("HepG2")
    state.RELIABILITY_SOURCE.put(navigation.OPENED)


def locked_promoter() -> None:
    """The LDLR promoter as what designs begin with, wanted active in HepG2 alone; raises InputError, DataError."""
    ldlr_promoter()
    for output, (counts, wanted) in {"K562": (True, -0.5), "HepG2": (True, 2.0), "WTC11": (False, 0.0)}.items():
        state.Key(f"design_wants-{output}", None).put(counts)
        state.Key(f"design_goal-{output}", None).put(wanted)


def measured_table() -> None:
    """Held-out elements of the public library as a table that somebody might upload; raises DataError."""
    table, split = library.joint()
    rows = split.test[:TABLE_ROWS]
    frame = pd.DataFrame(
        {"name": [str(table.names[i]) for i in rows], "sequence": [table.sequence(i).bases for i in rows]}
        | {f"{o} log2(RNA/DNA)": table.column(o)[rows] for o in table.outputs}
    )
    data, name = sheets.of_frame(frame).encode(), f"{len(rows)} held-out elements.csv"
    mark = hashlib.sha256(data).hexdigest()
    state.Key("library_table-kept", None).put((name, mark, read_table(data, name)))
