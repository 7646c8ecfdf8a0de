"""A report on one edited sequence: one HTML file that needs nothing else to be read or printed, and a ZIP of it all.

The template stands in `report.html` beside this file. Jinja escapes whatever comes from the user; the figures
are the only markup that is passed through, and they are escaped where they are drawn.
"""

from __future__ import annotations

import datetime
import io
import itertools
import math
from pathlib import Path

import jinja2
import numpy as np
from markupsafe import Markup

import engine
from engine import sheets
from engine.data import jaspar, sources
from engine.editor import genbank
from engine.editor.changes import columns, turned
from engine.editor.summary import sentence
from engine.fasta import write_fasta
from engine.intervals import SHOWN
from engine.plots.parts import svg
from engine.plots.parts.axis import first_position
from engine.plots.parts.print_bars import bars
from engine.plots.parts.print_logo import UNIT, Layout, Marks, logo
from engine.plots.parts.theme import STANDARDISED_UNIT
from engine.report import exports, motif_files, track_files
from engine.report import measured as report_measured
from engine.report.archive import file_stem, zipped
from engine.report.dossier import Dossier
from engine.results import Feature, MotifChanges, MotifSite, Track
from engine.sequence import WINDOW_POLICIES, gc_content

PER_LINE = 60
KINDS = {
    "ig": "Integrated Gradients: contribution of each base",
    "ism": "In-silico mutagenesis: mean loss when the base is replaced",
}
CITATIONS = {
    "ig": "Integrated Gradients: Sundararajan et al. 2017, arXiv:1703.01365",
    "motifs": "Motif matrices: JASPAR 2024 CORE vertebrates, Rauluseviciute et al. 2024, Nucleic Acids Res "
    "52:D174-D182, doi:10.1093/nar/gkad1059 (CC BY 4.0); scanned as in FIMO, "
    "Grant et al. 2011, Bioinformatics 27:1017-1018",
}


def _minus(value: float, digits: int = 3, sign: bool = False) -> str:
    """A number as written in the report, with a true minus sign; of a sequence without a known base there is none."""
    if math.isnan(value):
        return "no known base"
    return f"{value:{'+' if sign else ''}.{digits}f}".replace("-", "−")


_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).resolve().parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["number"] = _minus
_TEMPLATES.filters["clean"] = svg.clean


def report(dossier: Dossier, date: datetime.date) -> str:
    """The report as HTML: it needs no script and no network, and prints on A4.

    Args:
        date: the day to write on it.
    """
    document, facts = dossier.document, dossier.facts
    return _TEMPLATES.get_template("report.html").render(
        f=dossier,
        date=date.isoformat(),
        version=engine.__version__,
        sentence=sentence(facts),
        level=SHOWN,
        now=document.sequence,
        reference=document.reference,
        gc=gc_content(document.bases),
        lines=_lines(dossier),
        turned=turned(document),
        changes=[(c, _genomic(dossier, c.start, c.end)) for c in facts.changes],
        bars=Markup(_bars(dossier)),
        logos=[Markup(drawing) for _, drawing in _logos(dossier)],
        checks=[_check(t, o) for t in dossier.tracks for o in t.checks.get("convergence_delta", {})],
        windows=[_window(dossier, w) for w in facts.windows],
        measured=report_measured.section(dossier) if dossier.measured else None,
        measured_logos=[Markup(drawing) for _, drawing in report_measured.logos(dossier, PER_LINE)],
        measured_unit=report_measured.UNIT,
        no_changes=MotifChanges(),
        place=_place,
        cited=_cited(dossier),
    )


# --- the sequence -----------------------------------------------------------------------------------


def _lines(dossier: Dossier) -> list[dict]:
    """The alignment, 60 columns a line: number and letters of both rows, and which columns differ and how.

    A line without a difference has the row of the edited sequence alone.
    """
    lines = []
    aligned = columns(dossier.document)
    for start in range(0, len(aligned), PER_LINE):
        part = aligned[start : start + PER_LINE]
        kinds = ["" if c.ref == c.alt else "+" if not c.ref else "-" if not c.alt else "*" for c in part]
        placed = [c.position for c in part if c.position is not None]
        runs = [[*group] for _, group in itertools.groupby(zip(kinds, part, strict=True), lambda pair: pair[0])]
        lines.append(
            {
                "place": next((c.place + 1 for c in part if c.ref), ""),
                "position": placed[0] + 1 if placed else "",
                "reference": "".join(c.ref or "-" for c in part),
                "marks": "".join(k or " " for k in kinds),
                "runs": [(run[0][0], "".join(c.alt or "-" for _, c in run)) for run in runs],
                "differs": any(kinds),
            }
        )
    return lines


def _check(track: Track, output: str) -> tuple:
    """A row of the table of checks; None for what a track does not say of itself."""
    says = {check: values.get(output) for check, values in track.checks.items()}
    prediction = track.reference[track.outputs.index(output)]
    delta = says["convergence_delta"]
    return track.model, output, delta, says.get("baseline_prediction"), prediction, says.get("steps")


def _genomic(dossier: Dossier, start: int, end: int) -> str:
    """Where a stretch of the reference lies in the genome, '' if that is not known or it holds no base."""
    region = dossier.document.reference.region
    if region is None or start == end:
        return ""
    part = region.part(start, end)
    return f"{part.chrom}:{part.start + 1:,}" + (f"-{part.end:,}" if end - start > 1 else "")


def _place(stretch: MotifSite | Feature, region) -> str:
    if region is None:
        return ""
    part = region.part(stretch.start, stretch.end)
    return f"{part.chrom}:{part.start + 1:,}-{part.end:,}"


def _window(dossier: Dossier, used) -> tuple[str, list[str]]:
    """Through which windows a model saw the reference and the edited sequence, in words."""
    length = {m.name: m.window for m in dossier.models}.get(used.model)
    seen = []
    for sequence, policy in ((dossier.document.reference, used.before), (dossier.document.sequence, used.after)):
        whole = len(sequence) == length
        seen.append("one window, as long as the sequence" if whole else f"{policy}: {WINDOW_POLICIES.get(policy, '')}")
    return used.model, seen if dossier.edited else seen[:1]


# --- figures ----------------------------------------------------------------------------------------


def _bars(dossier: Dossier) -> str:
    return bars(list(dossier.before), list(dossier.after) if dossier.edited else [])


def _logos(dossier: Dossier) -> list[tuple[str, str]]:
    """A name and a drawing for every output of every track; those of one kind and unit are on one scale.

    Motif sites stand below the first kind of track of the sequence as it stands.
    """
    document = dossier.document
    extents: dict[tuple, tuple[float, float]] = {}
    for track in dossier.tracks:
        for o in track.outputs:
            values = np.nan_to_num(track.per_position(o))
            low, high = extents.get((track.kind, track.standardised), (0.0, 0.0))
            extents[track.kind, track.standardised] = min(low, values.min()), max(high, values.max())
    shown_below = next((t.kind for t in dossier.tracks if t.bases == document.bases), None)
    drawn = []
    for track in dossier.tracks:
        own = track.bases == document.bases
        region = (document.sequence if own else document.reference).region
        which = ("edited" if own else "reference") if dossier.edited else ""
        for o in track.outputs:
            title = f"{track.model}, {o}{', ' + which if which else ''}. {KINDS[track.kind]}"
            drawing = logo(
                track.bases,
                track.per_position(o),
                title=title,
                unit=STANDARDISED_UNIT if track.standardised else UNIT,
                marks=_marks(dossier) if own else Marks(),
                sites=dossier.sites if own and track.kind == shown_below else (),
                layout=Layout(
                    per_line=PER_LINE,
                    first_position=first_position(region),
                    extent=extents[track.kind, track.standardised],
                ),
            )
            drawn.append((".".join(filter(None, (track.kind, track.model, o, which))), drawing))
    return drawn


def _marks(dossier: Dossier) -> Marks:
    """What was edited, at the positions of the sequence as it stands."""
    aligned = columns(dossier.document)
    if turned(dossier.document):
        aligned = aligned[::-1]
    deleted, ahead = set(), len(dossier.document.bases)
    for column in reversed(aligned):
        if column.position is None:
            deleted.add(ahead)
        else:
            ahead = column.position
    return Marks(
        frozenset(c.position for c in aligned if c.position is not None and c.ref and c.ref != c.alt),
        frozenset(c.position for c in aligned if c.position is not None and not c.ref),
        frozenset(deleted),
    )


def _cited(dossier: Dossier) -> list[str]:
    """Where the data and the methods come from, each once: of models, sequence, measurements and methods."""
    measured = ("satmut",) * bool(dossier.measured)
    names = dict.fromkeys([*(f for m in dossier.models for f in m.files), *dossier.sources, *measured])
    used = [sources.get(n) for n in names]
    citations = [f"{s.what} ({s.file}): {s.cite}. Licence: {s.licence}" for s in used]
    citations += [m.source and f"{m.name}: {m.source}" for m in dossier.models]
    citations += [CITATIONS["ig"]] * any(t.kind == "ig" for t in dossier.tracks)
    own = dossier.choices.collection
    of_jaspar = own is None or any(m.source == jaspar.RELEASE for m in own.matrices.values())
    citations += [CITATIONS["motifs"]] * (dossier.hits is not None and of_jaspar)
    return [f for f in citations if f]


# --- everything in one file -------------------------------------------------------------------------


def bundle(dossier: Dossier, date: datetime.date) -> bytes:
    """A ZIP of the report, both sequences, all tables and all figures; the same dossier and day give the same bytes.

    BED and bedGraph files are in it for what has a place in a genome; where its build is known, also `browser/`: the
    tracks as bigWig with a track hub for UCSC and a session for IGV.
    """
    document, stem = dossier.document, file_stem(dossier.document.reference.name)
    now = document.sequence
    files: dict[str, str | bytes] = {
        f"{stem}.report.html": report(dossier, date),
        f"{stem}.reference.fa": write_fasta([document.reference]),
    }
    if dossier.edited:
        files[f"{stem}.edited.fa"] = write_fasta([now])
    if document.features:
        files[f"{stem}.gb"] = genbank.write(document, date)
    files[f"{stem}.predictions.csv"] = _predictions_csv(dossier)
    for track in dossier.tracks:
        whose = now if track.bases == now.bases else document.reference
        which = ".reference" if dossier.edited and whose is document.reference else ""
        name = f"{stem}.{track.kind}.{file_stem(track.model)}{which}"
        files[f"{name}.csv"] = track_files.track_csv(track, whose)
        if whose.region:
            files |= {
                f"{name}.{file_stem(o)}.bedgraph": track_files.track_bedgraph(track, whose, o) for o in track.outputs
            }
    if dossier.hits is not None:
        lost = dossier.facts.motifs.lost if dossier.facts.motifs else ()
        written = (dossier.sites, lost, now, document.reference)
        files[f"{stem}.motifs.csv"] = motif_files.sites_csv(*written)
        if now.region:
            files[f"{stem}.motifs.bed"] = motif_files.sites_bed(*written)
    if dossier.measured:
        files[f"{stem}.measured.csv"] = exports.measured_csv(dossier.measured, document.reference)
    files[f"figures/{stem}.predictions.svg"] = _bars(dossier)
    drawn = [*_logos(dossier), *report_measured.logos(dossier, PER_LINE)]
    files |= {f"figures/{stem}.{file_stem(name)}.svg": drawing for name, drawing in drawn}
    shown = [(track, now) for track in dossier.tracks if track.bases == now.bases and now.region]
    return zipped(files | {f"browser/{path}": content for path, content in track_files.tracks_hub(shown).items()}, date)


def _predictions_csv(dossier: Dossier) -> str:
    """One row a model and output; empty where there is no spread. Where intervals are known, those of the edited
    sequence follow."""
    out = io.StringIO()
    writer = sheets.Writer(out)
    fields = ("before", "before_spread", "after", "after_spread", "change", "spread")
    head = ("name", "model", "output", "reference", "reference_sd", "edited", "edited_sd", "change", "change_sd")
    writer.writerow((*head, *((f"edited_{SHOWN}_from", f"edited_{SHOWN}_to") if dossier.intervals else ())))
    for p in dossier.facts.predictions:
        numbers = [getattr(p, field) for field in fields]
        if dossier.intervals:
            held = dossier.intervals.get((p.model, p.output))
            numbers += [held.low, held.high] if held else [None, None]
        written = ["" if n is None else f"{n:.6g}" for n in numbers]
        writer.writerow((dossier.document.reference.name, p.model, p.output, *written))
    return out.getvalue()
