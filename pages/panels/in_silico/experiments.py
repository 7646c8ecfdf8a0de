"""The panels of the page In-silico experiments: for each experiment its settings, its result, what that means."""

from __future__ import annotations

import zlib

import numpy as np
import streamlit as st

from engine.data.motifs import MOTIFS, Site, menu_site
from engine.design.optimisers import walk as walks
from engine.interpretation.in_silico import block_shuffle as blocks
from engine.interpretation.in_silico import epistasis as doubles
from engine.interpretation.in_silico import global_importance as backgrounds
from engine.interpretation.in_silico import knock
from engine.interpretation.in_silico.windowed import Shuffles
from engine.interpretation.motifs import families, scan
from engine.plots import in_silico as plot
from engine.results import FEWEST_DIFFERENT
from engine.sequence import substitute
from pages.panels.in_silico.setting import (
    OWN,
    UNIT,
    Setting,
    called,
    choose_motif,
    figure,
    open_in_editor,
    signed,
    stretch,
    table,
)
from pages.shared import bench, own_motifs, work
from pages.shared.plain import plain

NOTHING = "nothing"
BY_POSITION = "by position"


def double_mutants(setting: Setting) -> None:
    st.markdown(
        "Two substitutions together, compared with the sum of each alone. Where these differ, the model reads the two "
        "bases together, as in one motif or in two that cooperate."
    )
    start, end = stretch(setting, "doubles", 14)
    model, sequence = setting.checkpoint.inference_model, setting.sequence
    needed = doubles.predictions_needed(model, sequence, start, end, setting.policy)
    result = setting.run(
        "doubles",
        "Compute the double mutants",
        needed,
        (start, end),
        lambda progress: doubles.epistasis(model, sequence, start, end, progress=progress, **setting.call),
    )
    if result is None:
        return
    figure(plot.double_mutants(called(result), setting.output), "doubles", setting)
    rows = list(doubles.rows(result, setting.output))
    place_1, ref_1, alt_1, one, place_2, ref_2, alt_2, two, both, interaction = rows[0]
    mean = float(np.mean([abs(row[-1]) for row in rows]))
    st.markdown(
        f"Of {len(rows):,} double mutants, {place_1} {ref_1}>{alt_1} with {place_2} {ref_2}>{alt_2} deviates most "
        f"from the sum of its parts: alone they change the prediction in {plain(setting.output)} by {signed(one)} and "
        f"{signed(two)}, together by {signed(both)} {UNIT}, which is an interaction of {signed(interaction)}. The mean "
        f"size of all interactions is {mean:.3f}."
    )
    at = table("doubles", doubles.COLUMNS, rows, setting)
    p, a, x, _, q, b, y, *_ = rows[at]
    bases = substitute(substitute(sequence.bases, p - 1, x), q - 1, y)
    open_in_editor("doubles", bases, f"{p} {a}>{x}, {q} {b}>{y}")


def block_shuffle(setting: Setting) -> None:
    st.markdown(
        "Each block is replaced by shuffles of itself that keep its dinucleotides. What the prediction then loses or "
        "gains depends on the order of the bases, not on their composition."
    )
    model, sequence = setting.checkpoint.inference_model, setting.sequence
    columns = st.columns(3)
    with columns[0]:
        width = st.number_input("Block width (bp)", 3, 100, 10, key="silico_blocks_width", persist_state="session")
    with columns[1]:
        stride = st.number_input("A block every (bp)", 1, 100, 5, key="silico_blocks_stride", persist_state="session")
    with columns[2]:
        shuffles = st.number_input(
            "Shuffles of each", 1, 100, 20, key="silico_blocks_shuffles", persist_state="session"
        )
    needed = blocks.predictions_needed(model, sequence, width, stride, shuffles, setting.policy)
    result = setting.run(
        "blocks",
        "Shuffle the blocks",
        needed,
        (width, stride, shuffles),
        lambda progress: blocks.block_shuffle(
            model, sequence, width=width, stride=stride, shuffles=Shuffles(shuffles), progress=progress, **setting.call
        ),
    )
    if result is None:
        return
    figure(plot.block_shuffle(called(result), setting.output), "blocks", setting)
    mean, sd = (v[result.outputs.index(setting.output)] for v in (result.mean, result.sd))
    unknown = int(np.isnan(mean).sum())
    if unknown < len(mean):
        most = int(np.nanargmax(np.abs(mean)))
        first = int(result.starts[most]) + 1
        enough = result.distinct[most] >= FEWEST_DIFFERENT and not np.isnan(sd[most])
        st.markdown(
            f"Shuffling {first}-{first + width - 1} changes the prediction in {plain(setting.output)} most: by "
            f"**{signed(mean[most])}{f' ± {sd[most]:.3f}' if enough else ''}** {UNIT} (mean"
            f"{' and standard deviation' if enough else ''} over {result.used[most]} shuffles, "
            f"{result.distinct[most]} of them different)."
        )
        document = bench.document()
        shuffled = document.shuffled(first - 1, first + width - 1, seed=len(document.edits)).bases
        open_in_editor("blocks", shuffled, f"{first}-{first + width - 1} shuffled (dinucleotides kept)")
    if unknown:
        st.caption(
            f"{unknown} of {len(mean)} blocks cannot be shuffled: no other order has the same dinucleotides, or no "
            "window holds the block. Wider blocks have more orders."
        )
    table("blocks", blocks.columns(result), blocks.rows(result), setting, choice=False)


def knock_out(setting: Setting) -> None:
    st.markdown(
        "A stretch, such as a motif, is replaced. The change of the prediction shows what it contributed there."
    )
    model, sequence = setting.checkpoint.inference_model, setting.sequence
    collection = own_motifs.beside_jaspar()
    hits = [h for h in work.motif_hits(sequence, collection) if h.q <= scan.Q_SHOWN]
    matches = {
        f"{s.start + 1}-{s.end} {s.family} ({s.best.matrix}, {s.strand} strand, q {s.best.q:.2g})": (s.start, s.end)
        for s in families.sites(hits, families.of(collection.matrices if collection else None))
    }
    chosen = st.selectbox(
        "Stretch",
        [BY_POSITION, *matches],
        key=f"silico_out_stretch-{zlib.crc32(sequence.bases.encode())}",
        persist_state="session",
        help="A match of a matrix of JASPAR or of your own, or any stretch by its positions.",
    )
    start, end = matches[chosen] if chosen in matches else stretch(setting, "out", 10)
    columns = st.columns(2)
    with columns[0]:
        by = st.segmented_control(
            "Replace it by",
            ["shuffles", OWN],
            default="shuffles",
            required=True,
            key="silico_by",
            persist_state="session",
        )
    with columns[1]:
        if by == OWN:
            own = st.text_input(
                f"Bases to write there ({end - start})", key="silico_out_bases", persist_state="session"
            )
            shuffles = 1
        else:
            own = None
            shuffles = st.number_input("Shuffles", 1, 200, 20, key="silico_out_shuffles", persist_state="session")
    needed = knock.knock_out_predictions(model, sequence, start, end, shuffles, setting.policy)
    result = setting.run(
        "out",
        "Knock it out",
        needed,
        (start, end, own, shuffles),
        lambda progress: knock.knock_out(
            model,
            sequence,
            start,
            end,
            replacement=Shuffles(shuffles) if own is None else own,
            progress=progress,
            **setting.call,
        ),
    )
    if result is None:
        return
    figure(plot.knock_out(called(result)), "out", setting)
    column = result.outputs.index(setting.output)
    effects, mean = result.effects[column], signed(float(result.mean[column]))
    given = sequence.bases[start:end]
    if len(effects) == 1:
        st.markdown(
            f"With {plain(result.replacements[0])} in place of {given} at {start + 1}-{end} the prediction in "
            f"{plain(setting.output)} changes by {mean} {UNIT}."
        )
    elif (different := len(set(result.replacements))) < FEWEST_DIFFERENT:
        each = {r: signed(float(e)) for r, e in zip(result.replacements, effects, strict=True)}
        st.markdown(
            f"{len(effects)} shuffle{'s' * (len(effects) > 1)} of {given} gave only {different} different "
            f"sequence{'s' * (different > 1)}, too few for a mean. The prediction in {plain(setting.output)} changes "
            "by "
            + " or ".join(f"**{e}** ({r})" for r, e in each.items())
            + f" {UNIT}. A longer stretch has more orders."
        )
    else:
        st.markdown(
            f"Without {given} at {start + 1}-{end} the prediction in {plain(setting.output)} changes by **{mean} ± "
            f"{result.sd[column]:.3f}** {UNIT} (mean and standard deviation over {len(effects)} shuffles, "
            f"{different} of them different); {int((effects < 0).sum())} of {len(effects)} lower it."
        )
    rows = list(knock.knock_out_rows(result))
    at = table(
        "out",
        (*knock.OUT_COLUMNS, *result.outputs),
        rows,
        setting,
        sort=lambda rows: np.argsort(-rows[setting.output].abs(), kind="stable"),
    )
    written = rows[at][3]
    open_in_editor("out", substitute(sequence.bases, start, written), f"{written} in place of {start + 1}-{end}")


def knock_in(setting: Setting) -> None:
    st.markdown(
        "A motif is written over the sequence at one position after the other, on either strand. The effect is of the "
        "motif gained and of the bases lost there. *Motifs in backgrounds* shows the motif by itself."
    )
    model, sequence = setting.checkpoint.inference_model, setting.sequence
    motif = choose_motif("in")
    stride = st.number_input("A position every (bp)", 1, 50, 2, key="silico_in_stride", persist_state="session")
    if not motif:
        st.info("Type the bases of the motif.")
        return
    needed = knock.knock_in_predictions(model, sequence, motif, stride, setting.policy)
    result = setting.run(
        "in",
        "Write it everywhere",
        needed,
        (motif, stride),
        lambda progress: knock.knock_in(model, sequence, motif, stride=stride, progress=progress, **setting.call),
    )
    if result is None:
        return
    figure(plot.knock_in(called(result), setting.output), "in", setting)
    rows = list(knock.knock_in_rows(result))
    column = len(knock.IN_COLUMNS) + result.outputs.index(setting.output)
    known = [row for row in rows if np.isfinite(row[column])]
    highest, lowest = max(known, key=lambda row: row[column]), min(known, key=lambda row: row[column])
    st.markdown(
        f"The best place for {plain(result.motif)} in {plain(setting.output)} is **{highest[0]}-{highest[1]}** "
        f"({highest[2]} strand): **{signed(highest[column])}** {UNIT}. It raises the prediction at "
        f"{sum(row[column] > 0 for row in known)} of {len(known)} places; the worst is {lowest[0]}-{lowest[1]} "
        f"({lowest[2]} strand) with {signed(lowest[column])}."
    )
    at = table(
        "in",
        (*knock.IN_COLUMNS, *result.outputs),
        rows,
        setting,
        sort=lambda rows: np.argsort(-rows[setting.output].fillna(-np.inf), kind="stable"),
    )
    first, end, strand, _, written, *_ = rows[at]
    changed = substitute(sequence.bases, first - 1, written)
    open_in_editor("in", changed, f"{result.motif} ({strand} strand) written over {first}-{end}")


def global_importance(setting: Setting) -> None:
    st.markdown(
        "Motifs are written into many backgrounds without the sequence's own sites. The mean change shows what a motif "
        "does by itself (global importance, Koo et al. 2021). All motifs use the same backgrounds."
    )
    model, sequence = setting.checkpoint.inference_model, setting.sequence
    mine = own_motifs.matrices()
    chosen = st.multiselect(
        "Motifs (consensus)" if mine else "Motifs (JASPAR consensus)",
        [*mine, *(m for m in MOTIFS if m not in mine)],
        default=["GATA1", "HNF4A", "SP1"],
        key="silico_embed_motifs",
        persist_state="session",
        format_func=lambda m: mine[m].label if m in mine else MOTIFS[m].label,
    )
    columns = st.columns([1.3, 2, 0.8, 1.3])
    with columns[0]:
        own = st.text_input(
            "Bases of your own (several with commas)", key="silico_embed_bases", persist_state="session"
        )
    with columns[1]:
        kind = st.selectbox(
            "Backgrounds",
            list(backgrounds.BACKGROUNDS),
            key="silico_embed_kind",
            persist_state="session",
            format_func=lambda k: f"{k}: {backgrounds.BACKGROUNDS[k]}",
        )
    with columns[2]:
        count = st.number_input("How many", 2, 1000, 100, key="silico_embed_count", persist_state="session")
    with columns[3]:
        n = len(sequence)
        place = st.number_input(
            "First position (empty: in the middle)",
            1,
            n,
            None,
            key=f"silico_embed_place-{n}",
            persist_state="session",
            placeholder="middle",
        )
    listed = (Site(m, mine[m].consensus, (mine[m].consensus,)) if m in mine else menu_site(m) for m in chosen)
    motifs = [*listed, *(part for part in own.split(",") if part.strip())]
    start = None if place is None else int(place) - 1
    needed = backgrounds.predictions_needed(model, sequence, motifs, start=start, count=count, policy=setting.policy)
    result = setting.run(
        "embed",
        "Embed the motifs",
        needed,
        (tuple(motifs), start, kind, count),
        lambda progress: backgrounds.global_importance(
            model,
            sequence,
            motifs,
            start=start,
            backgrounds=backgrounds.Backgrounds(kind, count),
            progress=progress,
            **setting.call,
        ),
    )
    if result is None:
        return
    figure(plot.global_importance(called(result), setting.output), "embed", setting)
    column = result.outputs.index(setting.output)
    metrics = result.importance[column]
    apart = sum(m.low > 0 or m.high < 0 for m in metrics)
    most = max(range(len(metrics)), key=lambda m: abs(metrics[m].value))
    m = metrics[most]
    st.markdown(
        f"{plain(result.motifs[most])} has the largest effect in {plain(setting.output)}: {signed(m.value)} "
        f"[{signed(m.low)}, {signed(m.high)}] {UNIT} "
        f"(mean and 95% interval over {m.n} backgrounds); in the sequence itself it changes "
        f"the prediction by {signed(float(result.own[column, most]))}. The interval leaves out 0 for {apart} of "
        f"{len(metrics)} motif(s). It says how well the model's mean is known, not whether the model is right."
    )
    table("embed", backgrounds.COLUMNS, backgrounds.rows(result), setting, choice=False)


def walk(setting: Setting) -> None:
    st.markdown(
        "Raises or lowers the prediction substitution by substitution: each step tries every substitution of the best "
        "sequences so far. A wider beam keeps more of them and may find a better combination."
    )
    checkpoint, sequence = setting.checkpoint, setting.sequence
    outputs = checkpoint.model.outputs
    columns = st.columns(4)
    with columns[0]:
        direction = st.segmented_control(
            f"Move {plain(setting.output)}",
            list(walks.DIRECTIONS),
            default="up",
            required=True,
            key="silico_walk_way",
            persist_state="session",
        )
    with columns[1]:
        others = [NOTHING, *(o for o in outputs if o != setting.output)]
        minus = st.selectbox(
            "Relative to", others, key=f"silico_walk_minus-{setting.output}-{len(outputs)}", persist_state="session"
        )
    with columns[2]:
        edits = st.number_input("Substitutions", 1, 30, 3, key="silico_walk_edits", persist_state="session")
    with columns[3]:
        beam = st.number_input("Beam width (1: greedy)", 1, 20, 1, key="silico_walk_beam", persist_state="session")
    protected: tuple[tuple[int, int], ...] = ()
    if st.toggle("Protect a stretch", key="silico_walk_protect", persist_state="session"):
        protected = (stretch(setting, "walk", 20),)
    objective = walks.Objective(setting.output, direction, None if minus == NOTHING else minus)
    scale = checkpoint.standardisation()[1] if objective.minus and checkpoint.metrics.get("standardisation") else None
    if objective.minus:
        st.caption(
            "The difference is taken between outputs in standard deviations of the held-out predictions."
            if scale is not None
            else "The difference is taken in log2 RNA/DNA: this model has no held-out scale."
        )
    search = walks.Search(edits, beam, protected, scale)
    needed = walks.predictions_needed(checkpoint.model, sequence, search, setting.policy)
    result = setting.run(
        "walk",
        "Search",
        needed,
        (objective, edits, beam, protected, scale is None),
        lambda progress: walks.walk(
            checkpoint.inference_model, sequence, objective, search, progress=progress, **setting.call
        ),
    )
    if result is None:
        return
    figure(plot.walk(called(result)), "walk", setting)
    before, after = result.values[0], result.values[-1]
    best = int(result.scores.argmax())
    st.markdown(
        f"{edits} substitution{'s' * (edits > 1)} change the predictions: "
        + ", ".join(f"{plain(o)} from {a:.2f} to {b:.2f}" for o, a, b in zip(outputs, before, after, strict=True))
        + f" {UNIT}. {result.evaluated:,} different windows were predicted."
        + ("" if best == edits else f" The goal is best served after {best} of {edits}; the rest take away from it.")
    )
    rows = list(walks.rows(result))
    at = table("walk", walks.columns(result), rows, setting, sort=lambda rows: np.arange(len(rows))[::-1])
    if at:
        made = ", ".join(f"{p + 1} {a}>{b}" for p, a, b in result.edits[:at])
        open_in_editor("walk", result.sequences[at], f"{made} ({result.objective.split(' (')[0]})")


EXPERIMENTS = {
    "Double mutants": double_mutants,
    "Block shuffle": block_shuffle,
    "Knock-out": knock_out,
    "Knock-in": knock_in,
    "Motifs in backgrounds": global_importance,
    "Guided substitutions": walk,
}
