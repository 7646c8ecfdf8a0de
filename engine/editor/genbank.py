"""GenBank and EMBL flat files with what is annotated in them: read as documents, and a document written.

The letters of a file go through `engine.fasta`, whose grammar holds for every text; Biopython reads and writes the
feature tables (Cock et al. 2009, Bioinformatics 25:1422-1423). Colours stand where ApE, SnapGene and Benchling look.
"""

from __future__ import annotations

import datetime
import io
import itertools
import re
import warnings
from dataclasses import dataclass, replace

from Bio import BiopythonWarning, SeqIO
from Bio.Seq import Seq
from Bio.SeqFeature import SeqFeature, SimpleLocation
from Bio.SeqRecord import SeqRecord

from engine import limits
from engine.editor import annotations as drawn
from engine.editor.changes import columns, turned
from engine.editor.document import Document
from engine.errors import InputError
from engine.fasta import Records
from engine.fasta_text import is_flat_file
from engine.results import Feature
from engine.sequence import ADAPTER_LEFT, CONTROL, Region, Sequence, parse_region
from engine.text import seen, unified

LARGEST = 50_000_000  # characters whose feature tables are read; that of a whole chromosome would take minutes
_NAMES = ("label", "gene", "standard_name", "product", "bound_moiety", "regulatory_class", "note")
_COLOURS = ("ApEinfo_fwdcolor", "color", "colour")
_HEX = re.compile("#[0-9a-fA-F]{6}")
_NO_DIRECTION = "; direction: none"  # GenBank itself knows two strands alone
_STRANDS = {1: "+", -1: "-"}
LONGEST_NAME = 100
EDIT = "variation"  # the key under which edits are written


@dataclass(frozen=True)
class Annotated:
    """A sequence of a file with the features on it.

    Attributes:
        left_out: how many features could not be taken: they have no place, or there are too many.
    """

    sequence: Sequence
    features: tuple[Feature, ...] = ()
    left_out: int = 0

    def document(self, remark: str = "") -> Document:
        """The sequence, opened with its features; raises InputError for one that cannot be shown."""
        return Document(self.sequence, remark=remark).annotated(*self.features)

    def part(self, start: int, end: int) -> Annotated:
        """A 0-based half-open stretch of it, with what of its features lies there."""
        region, features = self.sequence.region, []
        for f in self.features:
            first, last = max(f.start, start), min(f.end, end)
            if first < last:
                features.append(f.moved(first - start, last - start))
        name = self.sequence.name
        cut = Sequence(name, self.sequence.bases[start:end], region and region.part(start, end), self.sequence.origin)
        return Annotated(cut, tuple(features), self.left_out)


# --- reading ----------------------------------------------------------------------------------------


def annotated(text: str, records: Records) -> list[Annotated]:
    """Each record of a text with the features of its feature table; those of FASTA have none.

    Args:
        records: what `engine.fasta` read from this text.
    """
    plain = [Annotated(s) for s in records.sequences]
    text = unified(text)
    if not is_flat_file(text) or len(text) > LARGEST:
        return plain
    kind = "embl" if text.lstrip().startswith("ID ") else "genbank"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", BiopythonWarning)
            parsed = list(SeqIO.parse(io.StringIO(text), kind))
    except Exception:  # the letters are read; what stands around them follows no rule that a parser could name
        return plain
    if len(parsed) != len(plain):
        return plain
    return [_joined(one.sequence, record, records) for one, record in zip(plain, parsed, strict=True)]


def _joined(sequence: Sequence, record: SeqRecord, records: Records) -> Annotated:
    given = records.oligos.get(sequence.name)
    whole = Sequence(sequence.name, given.bases if given else sequence.bases, origin=sequence.origin)
    whole = replace(whole, region=_place(record, len(whole)) or (None if given else sequence.region))
    features, left_out = [], 0
    colours = dict.fromkeys(f.type for f in record.features if f.type != "source")
    of_kind = dict(zip(colours, [*drawn.COLOURS.values()] * (len(colours) // 8 + 1), strict=False))
    for feature in record.features:
        if feature.type == "source":
            continue
        taken = _parts(feature, of_kind[feature.type], len(whole))
        left_out += not taken
        features += taken
    left_out += max(0, len(features) - limits.ANNOTATIONS.most)
    joined = Annotated(whole, tuple(features[: limits.ANNOTATIONS.most]), left_out)
    return joined.part(len(ADAPTER_LEFT), len(ADAPTER_LEFT) + len(sequence)) if given else joined


def _parts(feature: SeqFeature, colour: str, length: int) -> list[Feature]:
    """The stretches of a feature: one, or those that it is joined of; none if no place in the sequence is given."""
    if feature.location is None:
        return []
    parts = []
    name, colour = _name(feature), _colour(feature) or colour
    pieces = feature.location.parts
    undirected = any(str(note).lower().endswith(_NO_DIRECTION) for note in feature.qualifiers.get("note", []))
    for i, piece in enumerate(pieces):
        named = name if len(pieces) == 1 else f"{name} ({i + 1} of {len(pieces)})"
        try:
            one = Feature(
                named,
                int(piece.start),
                int(piece.end),
                "" if undirected else _STRANDS.get(piece.strand, ""),
                colour,
                feature.type,
            )
            parts.append(drawn.checked(one, length))
        except (InputError, TypeError, ValueError):  # a place that is unknown, or in another record
            continue
    return parts


def _name(feature: SeqFeature) -> str:
    written = (feature.qualifiers.get(key, [""])[0] for key in _NAMES)
    name = next((text for text in written if str(text).strip()), feature.type)
    return " ".join(CONTROL.sub(" ", seen(str(name))).split())[:LONGEST_NAME] or feature.type


def _colour(feature: SeqFeature) -> str:
    texts = [feature.qualifiers.get(key, [""])[0] for key in _COLOURS]
    texts += [note for note in feature.qualifiers.get("note", []) if str(note).lower().startswith("color:")]
    found = next((match for text in texts if (match := _HEX.search(str(text)))), None)
    return found.group().lower() if found else ""


def _place(record: SeqRecord, length: int) -> Region | None:
    """The region that `write` told in the comment, if it is that long."""
    comment = str(record.annotations.get("comment", ""))
    match = re.search(r"^Place: (\S+)(?: (\S+))?$", comment, flags=re.M)
    try:
        region = parse_region(match[1], match[2] or "") if match else None
    except InputError:
        return None
    return region if region and len(region) == length else None


# --- writing ----------------------------------------------------------------------------------------


def write(document: Document, date: datetime.date) -> str:
    """The sequence as it stands as a GenBank record: its annotations, and its edits as variations.

    A variation says in `/replace` what the reference has there. Bases that were taken out stand between two bases.

    Args:
        date: the day to write on it.
    """
    now = document.sequence
    name = "_".join(now.name.split()) or "unnamed"
    record = SeqRecord(Seq(now.bases), id=name, name=name, description=document.remark or document.reference.origin)
    record.annotations = {"molecule_type": "DNA", "topology": "linear", "date": date.strftime("%d-%b-%Y").upper()}
    if now.region:
        record.annotations["comment"] = f"Place: {now.region.place} {now.region.build}".rstrip()
    record.features = [_written(f) for f in document.features] + _edits(document)
    out = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BiopythonWarning)  # of names that are longer than those of 1990
        SeqIO.write(record, out, "genbank")
    return out.getvalue()


def _written(feature: Feature) -> SeqFeature:
    note = f"color: {feature.colour}" + (_NO_DIRECTION if not feature.strand else "")
    qualifiers = {"label": feature.name, "ApEinfo_fwdcolor": feature.colour, "note": note}
    return _placed(feature.kind, feature.start, feature.end, {"+": 1, "-": -1}.get(feature.strand), qualifiers)


def _placed(kind: str, start: int, end: int, strand: int | None, qualifiers: dict[str, str]) -> SeqFeature:
    return SeqFeature(SimpleLocation(start, end, strand), kind, qualifiers={k: [v] for k, v in qualifiers.items()})


def _edits(document: Document) -> list[SeqFeature]:
    if turned(document):  # the reference's bases and places are those of the other strand
        return []
    features, last = [], -1
    for differs, group in itertools.groupby(columns(document), lambda c: c.ref != c.alt):
        run = list(group)
        placed = [c.position for c in run if c.position is not None]
        start = placed[0] if placed else last + 1
        last = placed[-1] if placed else last
        if differs:
            ref, alt = "".join(c.ref for c in run), "".join(c.alt for c in run)
            label = f"{run[0].place + 1} {ref or '-'}>{alt or '-'}"[:LONGEST_NAME]
            features.append(_placed(EDIT, start, start + len(alt), None, {"label": label, "replace": ref.lower()}))
    return features
