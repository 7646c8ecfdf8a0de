"""Designs in order: a table, the scatter among natural elements, motifs beside nature's, files, the way on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from engine import sheets
from engine.data.library import Library
from engine.design import asking, judge, motif_content, opinions, ranking, splits
from engine.design.catalogue import METHODS
from engine.design.metrics import motifs
from engine.design.metrics.trust import Trust
from engine.design.ranking import Ranked
from engine.design.results import Designed, Goal, Opinion
from engine.design.warnings import PRESETS, Preset, from_json, to_json
from engine.errors import CisLensError
from engine.experiments import labels
from engine.experiments.checkpoints import Checkpoint
from engine.fasta import write_fasta
from engine.plots import design as plot
from engine.results import Progress
from engine.sequence import Sequence, encode
from pages.panels.design import claims, trajectory, trust
from pages.panels.design.goal import BEGAN, begun_from
from pages.panels.design.method import Chosen
from pages.panels.design.result import Result, trained
from pages.shared import bench, downloads, glossary, inputs, models, show, state, work
from pages.shared.plain import plain
from pages.shared.turns import Urgency

FAMILIES = 15  # of motifs, whose counts differ most
FEWEST = 3  # designs that have a mean with an interval
COMPARED = 50  # designs, and as many natural elements, whose motifs are counted at most


def show_all(designs: list[Designed], goal: Goal, chosen: Chosen, library: Library) -> None:
    """Everything that is known of the designs that are there."""
    by = _ranked_by(goal, chosen)
    if by is None:
        return
    presets = _presets()
    marks = tuple((d.sequence.name, d.sequence.bases) for d in designs)
    key = ("design-ranked", chosen.mark(goal, library), marks, by.name, by.weights_hash, repr(presets))
    seen = trained(library.table.hash)

    def compute(progress: Progress) -> Ranked:
        def rank(step: Progress) -> Ranked:
            return ranking.ranked(designs, goal, by, library, presets, seen, progress=step)

        return work.remembered(key, work.in_turn(Urgency.SCREEN, rank, progress), progress)

    ranked = work.unless_stopped("design-ranking", "Predict the designs", key, compute)
    if ranked is None:
        return
    result = Result(ranked, goal, chosen, library, by, presets)
    found = trust.ask(result)
    whole = frame(result, found)
    row = _table(result, whole)
    _one(result, row)
    _scatter(result)
    _motifs(result)
    _files(result, whole)
    claims.show(result, row)


def _ranked_by(goal: Goal, chosen: Chosen) -> Checkpoint | None:
    """Who ranks: a model that had no part in the making, or the guide where there is none."""
    guide = chosen.guide.name if chosen.guide else None
    names = models.trained_or_stop()
    makers = tuple(c for c in (chosen.guide, chosen.generator) if c)
    free = judge.judges(names, goal.activity, (c.name for c in makers))
    listed = [*free, *([guide] if guide else [])]
    if not listed:
        st.info(f"No trained model predicts {plain(', '.join(goal.activity))} together, so nobody can rank these.")
        return None
    name = models.choose_one(
        listed, "design_judge", "Ranked by", first=listed[0],
        format_func=lambda n: models.labelled(n) + (" (the guide)" if n == guide else ""),
    )  # fmt: skip
    if name == guide:
        st.warning("The guide helped to make these sequences. It cannot judge them: choose another model.")
    else:
        st.caption(glossary.explained("judge"))
    loaded = models.load_each([name])
    if not loaded:
        return None
    for caveat in filter(None, (judge.weakness(loaded[0]), judge.dependence(loaded[0], makers))):
        st.caption(plain(labels.in_text(caveat)))
    return loaded[0]


def _presets() -> tuple[Preset, ...]:
    """What to be warned of: presets of ours or of the user's own file."""
    with st.expander("What to be warned of", icon=":material/warning:"):
        st.markdown(
            "Presets are starting values of ours and no vendor's rules. Save them, change them, and put your own file "
            "back in. A warning stops nothing."
        )
        downloads.button("Presets (JSON)", to_json(), "cislens-presets.json")
        known = PRESETS
        try:
            own = inputs.upload("Presets of your own (JSON)", ["json"], "design_presets", from_json)
            known = own[1] if own else PRESETS
        except CisLensError as error:
            st.error(plain(error))
        chosen = st.multiselect(
            "Presets in use", list(known), default=list(known), key=f"design_presets_used-{'-'.join(known)[:80]}"
        )
    return tuple(known[name] for name in chosen)


def frame(result: Result, found: Trust | None) -> pd.DataFrame:
    """A line a design, in order: what the table shows and the file holds."""
    ranked = result.ranked
    table: dict[str, object] = {
        "rank": range(1, len(ranked.designs) + 1),
        "name": [d.sequence.name for d in ranked.designs],
    }
    if result.goal.activity:
        table["distance"] = ranked.distance
    for output in ranked.said.outputs:
        table[output] = ranked.said.column(output)
        spread = ranked.said.spread_of(output)
        if spread is not None:
            table[f"{output} spread"] = spread
    if ranked.edits is not None:
        table["edits"] = ranked.edits
    table["shared"] = ranked.shared
    table["warnings"] = ["; ".join(c.words for c in each) for each in ranked.warnings]
    table |= trust.columns(found)
    table["method"] = [d.method for d in ranked.designs]
    table["seed"] = [d.seed for d in ranked.designs]
    table["sequence"] = [d.sequence.bases for d in ranked.designs]
    return pd.DataFrame(table)


def _table(result: Result, whole: pd.DataFrame) -> int:
    """The table; returns the row that is selected, else the first."""
    number = st.column_config.NumberColumn(format="%.2f")
    settings = {c: number for c in whole.columns if whole[c].dtype == np.float64}
    count = f"{len(whole):,} designs" if len(whole) > 1 else "1 design"
    st.markdown(
        f"**{plain(count)}**, as {plain(labels.label(result.by.name))} predicts them, in s.d. above the natural mean. "
        "Predictions, not measurements."
    )
    picked = show.pick_row(whole.drop(columns=["method", "seed"]), f"design-table-{result.mark}", settings)
    warned = sum(bool(each) for each in result.ranked.warnings)
    st.caption(
        "*Distance* is how far the prediction lies from the goal, over the cell types that count. "
        "*Shared* is the longest stretch that also stands in a training sequence, on either strand; locked bases count "
        "too. "
        f"{warned:,} of {len(whole):,} have warnings."
    )
    return picked or 0


def _one(result: Result, row: int) -> None:
    """The selected design: the way to the Explorer, and how it came about."""
    design = result.ranked.designs[row]
    label = f"Open {plain(design.sequence.name)} in the Explorer"
    if st.button(label, icon=":material/edit:", key="design_open", type="primary"):
        _open(result, row)
    if len(design.steps) > 1:
        trajectory.show_way(design, result.goal, result.by)


def _open(result: Result, row: int) -> None:
    """A design on the bench: as an edit of the open sequence where it was made from that, else beside it."""
    design, template, document = result.ranked.designs[row], result.goal.template, bench.document()
    described = f"designed: {METHODS[design.method].label if design.method in METHODS else design.method}"
    try:
        if template is not None and document is not None and begun_from(document).bases == template.bases:
            BEGAN.put((document.reference.bases, template))
            bench.put_document(document.with_bases(design.sequence.bases, described))
        else:
            bench.open_sequence(Sequence(design.sequence.name, design.sequence.bases, origin="designed"), described)
    except CisLensError as error:
        st.error(plain(error))
    else:
        st.switch_page("pages/explorer.py")


def _scatter(result: Result) -> None:
    outputs = [o for o in result.ranked.said.outputs if o in result.library.table.outputs]
    if len(outputs) < 2:
        return
    named = [o for o in outputs if o in result.goal.activity]
    axes = tuple([*named, *(o for o in outputs if o not in named)][:2])
    nature = opinions.of_natural(result.by, result.library)
    beside = "as predicted by the same model"
    if nature is None:
        nature, beside = opinions.measured(result.library, splits.asked_rows(result.library)), "as measured"
    said = result.ranked.said
    figure = plot.scatter(
        nature,
        Opinion(labels.short(said.model), said.outputs, said.values, said.spread),
        [d.sequence.name for d in result.ranked.designs],
        result.goal,
        axes,
        beside,
    )
    st.markdown("**Among natural elements** of the test fold")
    event = st.plotly_chart(
        figure,
        key=f"design-scatter-{result.mark}-{state.VERSION.get()}",
        on_select="rerun",
        selection_mode="points",
        config=show.image_config("cislens-designs", "svg"),
    )
    st.caption("Click a design to open it in the Explorer.")
    clicked = [p["customdata"] for p in event.selection.points if p.get("customdata") is not None]
    if clicked and 0 <= int(clicked[0][0]) < len(said.values):
        _open(result, int(clicked[0][0]))
    if beside == "as measured":
        st.caption("Measured values spread wider than predictions do: a design in the middle may still be extreme.")


def _motifs(result: Result) -> None:
    """Motif content of the designs beside as many natural elements of the activity that was asked for."""
    goal, library = result.goal, result.library
    if not goal.activity:
        return
    rows = splits.asked_rows(library)
    count = min(COMPARED, len(result.ranked.designs), len(rows))
    if count < FEWEST:
        st.caption(f"With {FEWEST} designs or more, their motifs are compared with those of natural elements.")
        return
    codes = [encode(d.sequence.bases) for d in result.ranked.designs[:count]]

    def compute(progress: Progress) -> tuple[motif_content.Family, ...]:
        nature = library.table.codes[asking.counterparts((Goal(goal.activity),), count, library, rows)]
        designed, natural = (
            motifs.content(np.stack(each), progress=lambda done, _, before=before: progress(before + done, 2 * count))
            for before, each in ((0, codes), (count, list(nature)))
        )
        return motif_content.apart(designed, natural, FAMILIES)

    st.markdown("**Motifs**, beside elements of the test fold whose measured activity is nearest to the goal")
    found = work.on_request("design-motifs", "Count the motifs", (result.mark, tuple(goal.activity.items())), compute)
    if found is None:
        return
    if not found:
        st.caption("Neither holds a motif.")
        return
    names, designed, natural = zip(*((f.name, f.designed, f.natural) for f in found), strict=True)
    st.plotly_chart(
        plot.motif_content(names, designed, natural),
        key=f"design-motifs-{result.mark}",
        config=show.image_config("cislens-design-motifs", "svg"),
    )
    st.caption(f"The {len(found)} motif families whose counts differ most.")


def _files(result: Result, whole: pd.DataFrame) -> None:
    sequences = [d.sequence for d in result.ranked.designs]
    with st.container(horizontal=True):
        downloads.button("Sequences (FASTA)", lambda: write_fasta(sequences), "cislens-designs.fa")
        downloads.button("Table (CSV)", lambda: sheets.of_frame(whole, "%.4f"), "cislens-designs.csv")
