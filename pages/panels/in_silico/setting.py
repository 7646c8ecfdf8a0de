"""What the panels of the page In-silico experiments share: the setting, a stretch, a motif, table and file."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
import streamlit as st

from engine import sheets
from engine.data.motifs import MOTIFS, Site, menu_site
from engine.experiments import labels
from engine.experiments.checkpoints import Checkpoint
from engine.interpretation.in_silico.windowed import WindowedRun
from engine.report.archive import file_stem
from engine.results import Progress
from engine.sequence import Sequence
from pages.shared import address, bench, downloads, own_motifs, show, state, work
from pages.shared.choices import WHOLE
from pages.shared.plain import plain

UNIT = "log2 RNA/DNA"
SHOWN = 200  # rows of a table on screen; the file holds all
OWN = "bases of your own"
LONGEST_TAKEN = 40  # bases of the Explorer's selection or of its stretch in sight that an experiment begins with
# what columns are called on screen; files keep the short names
HEADS = {
    **{f"position_{i}": f"{word} position" for i, word in ((1, "first"), (2, "second"))},
    **{f"ref_{i}": f"{word} base" for i, word in ((1, "first"), (2, "second"))},
    **{f"alt_{i}": f"{word} new base" for i, word in ((1, "first"), (2, "second"))},
    **{f"effect_{i}": f"{word} alone" for i, word in ((1, "first"), (2, "second"))},
    **{"effect_both": "both", "start": "from", "end": "to", "given": "before", "written": "after", "times": "drawn"},
    **{"output": "cell type", "importance": "mean effect", "low": "95% from", "high": "95% to", "ref": "before"},
    **{"in_sequence": "in this sequence", "alt": "after", "used": "shuffles", "distinct": "different"},
}
Result = TypeVar("Result")


@dataclass(frozen=True)
class Setting:
    """What an experiment is done on: a model, the open sequence with its window policy, the output that is shown."""

    checkpoint: Checkpoint
    sequence: Sequence
    policy: str
    output: str

    @property
    def call(self) -> dict:
        """What every experiment of the engine takes."""
        return {"name": self.checkpoint.name, "run": WindowedRun(policy=self.policy)}

    @property
    def stem(self) -> str:
        """What files are named after."""
        return file_stem(self.sequence.name)

    def run(self, key: str, label: str, needed: int, settings: tuple, compute: Callable[[Progress], object]):
        """The result once the user has asked for it; how many predictions it takes is said before."""
        st.caption(f"Takes at most {needed:,} predictions, each of one window on both strands.")
        signature = (
            self.checkpoint.name, self.checkpoint.weights_hash, self.sequence.bases, self.policy, *settings
        )  # fmt: skip
        return work.on_request(
            f"silico-{key}",
            label,
            signature,
            lambda progress: work.remembered((f"silico-{key}", *signature), lambda: compute(progress), progress),
        )


def taken_over(length: int) -> tuple[int, int] | None:
    """The stretch that is selected in the Explorer, or in sight there, from 1; None without a short one."""
    selected = state.SELECTION.get()
    for given in (selected and (selected[0] + 1, selected[1]), state.VIEW.get()):
        if given and 1 <= given[0] <= given[1] <= length and given[1] - given[0] < LONGEST_TAKEN:
            return given
    return None


def stretch(setting: Setting, key: str, length: int) -> tuple[int, int]:
    """A 0-based half-open stretch that the user names by its first and last position: at first what is selected in the
    Explorer, else the middle. Another selection there takes its place."""
    n = len(setting.sequence)
    first = max(0, (n - length) // 2)
    ends = state.Key(f"silico_{key}_from-{n}", 0), state.Key(f"silico_{key}_to-{n}", 0)
    seen: state.Key[tuple[int, int] | None] = state.Key(f"silico_{key}_seen", None)
    given = taken_over(n)
    if given and given != seen.get():
        for end, value in zip(ends, given, strict=True):
            end.put(value)
    seen.put(given)
    columns = st.columns(2)
    with columns[0]:
        start = st.number_input(
            "From position", 1, n, first + 1, key=address.made("from", ends[0].name, WHOLE), persist_state="session"
        )
    with columns[1]:
        end = st.number_input(
            "To position",
            1,
            n,
            min(n, first + length),
            key=address.made("to", ends[1].name, WHOLE),
            persist_state="session",
        )
    if given == (start, end):
        st.caption(f"The stretch selected in the Explorer: {setting.sequence.bases[start - 1 : end]}")
    return int(start) - 1, int(end)


def called(result: Result) -> Result:
    """The result under the name that its model has on screen."""
    return dataclasses.replace(result, model=labels.short(result.model))


def figure(shown, key: str, setting: Setting) -> None:
    st.plotly_chart(shown, key=f"silico-{key}-figure", config=show.image_config(f"cislens-{setting.stem}-{key}", "svg"))


def table(
    key: str, columns: Iterable[str], rows: Iterable[tuple], setting: Setting, *, sort=None, choice: bool = True
) -> int:
    """Show the rows and offer them as a file; returns the index of the row that the user selected, else of the first.

    `sort` gives the order on screen from the whole table; the file keeps that of `rows`. Without `choice` no row can
    be selected.
    """
    whole = pd.DataFrame(list(rows), columns=list(columns))
    # a column of whole numbers with gaps reads as one of fractions
    whole = whole.astype({c: "Int64" for c in ("position",) if c in whole})
    order = np.arange(len(whole)) if sort is None else np.asarray(sort(whole))
    file = sheets.of_frame(whole, "%.6g")
    floating = set(whole.select_dtypes("floating").columns)
    heads = {
        c: (st.column_config.NumberColumn(HEADS.get(c, c), format="%.3f") if c in floating else HEADS.get(c, c))
        for c in whole.columns
    }
    picked = st.dataframe(
        whole.iloc[order[:SHOWN]],
        hide_index=True,
        on_select="rerun" if choice else "ignore",
        selection_mode="single-row",
        key=f"silico-{key}-table-{zlib.crc32(file.encode())}",  # another table forgets the selected row
        column_config=heads,
        placeholder=show.UNKNOWN,
    )
    if len(whole) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(whole):,} rows; the file holds all.")
    downloads.button("Table (CSV)", file, f"{setting.stem}.{key}.csv")
    selected = [r for r in picked.selection.rows if r < min(SHOWN, len(order))] if choice else []
    return int(order[selected[0] if selected else 0])


def open_in_editor(key: str, bases: str, description: str) -> None:
    """A button that makes the result the next edit of the open sequence; undo brings the old one back."""
    if st.button(f"Open in the editor: {plain(description)}", icon=":material/edit:", key=f"silico-{key}-open"):
        bench.put_document(bench.document().with_bases(bases, description))
        st.switch_page("pages/explorer.py")


def choose_motif(key: str) -> str | Site:
    """A motif of the user's own, a known one, or bases that the user types."""
    own = own_motifs.matrices()
    columns = st.columns(2)
    with columns[0]:
        chosen = st.selectbox(
            "Motif (consensus)" if own else "Motif (JASPAR consensus)",
            [*own, *(m for m in MOTIFS if m not in own), OWN],
            key=f"silico_{key}_motif",
            persist_state="session",
            format_func=lambda m: own[m].label if m in own else MOTIFS[m].label if m in MOTIFS else m,
        )
    with columns[1]:
        typed = st.text_input(
            "Bases (A, C, G, T)", key=f"silico_{key}_bases", persist_state="session", disabled=chosen != OWN
        )
    if chosen in own:
        return Site(own[chosen].name, own[chosen].consensus, (own[chosen].consensus,))
    return typed.strip() if chosen == OWN else menu_site(chosen)


def signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")
