"""Exports: what another program reads back from the CSV and VCF files is what was on screen."""

import csv
import dataclasses
import io
import re

import numpy as np
import pandas as pd
import pytest

from engine import sheets
from engine.data import jaspar, satmut
from engine.errors import InputError
from engine.interpretation.motifs import scan
from engine.report import exports, motif_files, track_files
from engine.results import MotifHit, MotifSite, Track
from engine.sequence import Region, Sequence, reverse_complement
from tests import strict_bedgraph

AROUND = Sequence("element", "TTGACCATGN", Region("chr7", 1000, 1010, "GRCh37"), "made up")
MODELS = ["joint_legnet", "my model-2"]


def variants(*rows: tuple) -> pd.DataFrame:
    """A table of variants, one `(pos, ref, alt, effect, p, prediction, other prediction)` each."""
    table = pd.DataFrame(rows, columns=["pos", "ref", "alt", "effect", "p", *MODELS])
    table["confidence"] = satmut.confidence(table["p"])
    table["barcodes"] = np.arange(len(table)) + 10
    return table


# pos 1003 is G, 1004 A, 1005 C, 1006 C; unsorted, as a filtered or clicked table may be
TABLE = variants(
    (1006, "C", "-", -1.25, 1e-30, -0.5, 0.125),
    (1004, "A", "T", 0.123456789, 0.5, 1 / 3, -2.0),
    (1004, "A", "-", 2.0, 0.0, 0.0, 1e-7),
    (1003, "G", "C", -0.75, 1e-3, 0.25, 3.5),
    (1001, "T", "-", 0.5, 1.0, 1.0, 1.0),
    (1006, "C", "A", 0.0, 2e-310, 123.4567, 1.0),
)


# --- VCF, by its rules ------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Vcf:
    """A VCF file taken apart: `##` lines, INFO declarations by their ID, and one dictionary a record."""

    meta: list[str]
    info: dict[str, str]
    records: list[dict]


def read_vcf(text: str) -> Vcf:
    """Read VCF 4.2 as strictly as its specification (section 1) asks."""
    assert text.endswith("\n") and "\r" not in text
    lines = text.splitlines()
    assert lines[0] == "##fileformat=VCFv4.2"
    meta = [line for line in lines if line.startswith("##")]
    head = lines[len(meta)]
    assert head == "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
    info = {}
    for line in meta:
        if line.startswith("##INFO="):
            match = re.fullmatch(r'##INFO=<ID=([A-Za-z_][\w.]*),Number=1,Type=Float,Description="([^"]+)">', line)
            assert match, line
            assert match.group(1) not in info
            info[match.group(1)] = match.group(2)
    records = []
    for line in lines[len(meta) + 1 :]:
        fields = line.split("\t")
        assert len(fields) == 8
        chrom, pos, name, ref, alt, quality, passed, values = fields
        assert (name, quality, passed) == (".", ".", ".")
        assert int(pos) > 0 and not re.search(r"\s", line.replace("\t", ""))
        assert re.fullmatch("[ACGTN]+", ref) and re.fullmatch("[ACGTN]+", alt) and ref != alt
        pairs = [v.split("=") for v in values.split(";")]
        assert [key for key, _ in pairs] == list(info)
        records.append(
            {"chrom": chrom, "pos": int(pos), "ref": ref, "alt": alt, "info": {k: float(v) for k, v in pairs}}
        )
    return Vcf(meta, info, records)


def applied(around: Sequence, record: dict) -> str:
    """The sequence with one VCF record applied; fails where REF is not what stands there."""
    start = record["pos"] - 1 - around.region.start
    end = start + len(record["ref"])
    assert start >= 0 and around.bases[start:end] == record["ref"]
    return around.bases[:start] + record["alt"] + around.bases[end:]


def changed(around: Sequence, row) -> str:
    """The sequence with one row of the table applied."""
    at = row.pos - 1 - around.region.start
    return around.bases[:at] + row.alt.replace("-", "") + around.bases[at + 1 :]


def test_vcf_head_declares_build_contig_and_every_field():
    vcf = read_vcf(exports.variants_vcf(TABLE, MODELS, AROUND, "HepG2"))
    assert "##reference=GRCh37" in vcf.meta and "##contig=<ID=chr7,assembly=GRCh37>" in vcf.meta
    assert list(vcf.info) == ["MEASURED", "P", "CONFIDENCE", "PRED_joint_legnet", "PRED_my_model_2"]
    for model, key in zip(MODELS, list(vcf.info)[3:], strict=True):
        assert model in vcf.info[key] and "HepG2" in vcf.info[key] and "alt minus ref" in vcf.info[key]


def test_vcf_records_are_sorted_and_say_what_the_table_says():
    vcf = read_vcf(exports.variants_vcf(TABLE, MODELS, AROUND, "HepG2"))
    assert len(vcf.records) == len(TABLE)
    positions = [r["pos"] for r in vcf.records]
    assert positions == sorted(positions)
    assert {r["chrom"] for r in vcf.records} == {"chr7"}
    found = sorted((applied(AROUND, r), *r["info"].values()) for r in vcf.records)
    expected = sorted(
        (changed(AROUND, row), *TABLE.loc[row.Index, ["effect", "p", "confidence", *MODELS]])
        for row in TABLE.itertuples()
    )
    assert [f[0] for f in found] == [e[0] for e in expected]
    np.testing.assert_allclose([f[1:] for f in found], [e[1:] for e in expected], rtol=1e-3)


def test_a_deletion_is_anchored_on_the_base_before_it():
    deletions = TABLE[TABLE["alt"] == "-"]
    records = read_vcf(exports.variants_vcf(deletions, MODELS, AROUND, "K562")).records
    assert [(r["pos"], r["ref"], r["alt"]) for r in records] == [
        (1001, "TT", "T"),  # nothing is known before the first base, so the one after it is the anchor
        (1003, "GA", "G"),
        (1005, "CC", "C"),
    ]


def test_the_deletion_of_the_second_base_is_anchored_on_the_first():
    vcf = read_vcf(exports.variants_vcf(variants((1002, "T", "-", 0, 1, 0, 0)), MODELS, AROUND, "K562"))
    assert [(r["pos"], r["ref"], r["alt"]) for r in vcf.records] == [(1001, "TT", "T")]


def test_a_substitution_is_written_as_it_is():
    vcf = read_vcf(exports.variants_vcf(TABLE[TABLE["alt"] != "-"], MODELS, AROUND, "K562"))
    found = [(r["pos"], r["ref"], r["alt"]) for r in vcf.records]
    assert found == [(1003, "G", "C"), (1004, "A", "T"), (1006, "C", "A")]


def test_models_whose_names_differ_in_a_sign_keep_their_own_field():
    table = TABLE.rename(columns={MODELS[0]: "a-b", MODELS[1]: "a_b"})
    vcf = read_vcf(exports.variants_vcf(table, ["a-b", "a_b"], AROUND, "K562"))
    assert len(vcf.info) == 5
    assert [v for k, v in vcf.records[-1]["info"].items() if k.startswith("PRED_")] == pytest.approx([123.457, 1.0])


def test_a_vcf_without_models_holds_the_measurements():
    vcf = read_vcf(exports.variants_vcf(TABLE, [], AROUND, "K562"))
    assert list(vcf.info) == ["MEASURED", "P", "CONFIDENCE"]
    assert len(vcf.records) == len(TABLE)


@pytest.mark.needs_data("satmut", "cagi5_references")
@pytest.mark.parametrize("build", satmut.BUILDS)
@pytest.mark.parametrize("name", ["SORT1", "SORT1-flip", "HBB", "MSMB", "BCL11A", "TCF7L2"])
def test_the_vcf_of_a_measured_element_agrees_with_its_reference(name, build):
    element = satmut.load(name, build)
    around = satmut.context(element)
    vcf = read_vcf(exports.variants_vcf(element.variants, [], around, "K562"))
    assert len(vcf.records) == len(element.variants)
    found = sorted((applied(around, r), r["info"]["MEASURED"]) for r in vcf.records)
    expected = sorted((changed(around, row), row.effect) for row in element.variants.itertuples())
    assert [f[0] for f in found] == [e[0] for e in expected]
    assert vcf.records[0]["chrom"] == element.region.chrom
    assert f"##reference={build}" in vcf.meta


# --- CSV --------------------------------------------------------------------------------------------


def test_the_variant_table_reads_back_with_its_build_and_contig():
    text = exports.variants_csv(TABLE, "chr7", "GRCh37")
    found = pd.read_csv(io.StringIO(text))
    assert list(found.columns[:2]) == ["build", "chrom"]
    assert set(found["build"]) == {"GRCh37"} and set(found["chrom"]) == {"chr7"}
    assert list(found.columns[2:]) == list(TABLE.columns)
    for column in ("pos", "ref", "alt", "barcodes"):
        assert found[column].tolist() == TABLE[column].tolist()
    for column in ("effect", "p", "confidence", *MODELS):
        np.testing.assert_allclose(found[column], TABLE[column], rtol=1e-5)
    assert "build" not in TABLE.columns  # the table on screen is not changed


BASES = "ACGNT"


@pytest.fixture
def tracks():
    """A mutagenesis track and a contribution track with two outputs and numbers that tell their place."""
    values = np.arange(40, dtype=np.float32).reshape(2, 5, 4) / 7
    ism = Track("ism", "m", ("K562", "HepG2"), BASES, values, np.zeros(2, np.float32))
    ig = dataclasses.replace(ism, kind="ig")
    return ism, ig


def test_the_mutagenesis_table_reads_back_with_every_substitution(tracks):
    ism, _ = tracks
    sequence = Sequence("mine", BASES, Region("chr7", 1000, 1005, "GRCh38"))
    found = pd.read_csv(io.StringIO(track_files.track_csv(ism, sequence)))
    assert list(found.columns) == [*track_files.TRACK_COLUMNS, "K562", "HepG2"]
    assert len(found) == 3 * 4 + 4  # any base may replace the N
    for row in found.itertuples():
        assert row.ref == BASES[row.position - 1] != row.alt
        assert row.genomic_position == f"chr7:{1000 + row.position}"
        expected = ism.values[:, row.position - 1, "ACGT".index(row.alt)]
        np.testing.assert_allclose([row.K562, row.HepG2], expected, rtol=1e-6)
    assert set(found["name"]) == {"mine"}
    assert not found[["position", "alt"]].duplicated().any()


def test_the_contribution_table_reads_back_with_a_row_a_base(tracks):
    _, ig = tracks
    found = pd.read_csv(io.StringIO(track_files.track_csv(ig, Sequence("mine", BASES))))
    assert found["position"].tolist() == [1, 2, 3, 4, 5]
    assert "".join(found["ref"]) == "".join(found["alt"]) == BASES
    for output in ig.outputs:
        np.testing.assert_allclose(found[output], ig.per_position(output), rtol=1e-6)


def test_a_sequence_without_a_place_has_no_genomic_positions(tracks):
    for track in tracks:
        found = pd.read_csv(io.StringIO(track_files.track_csv(track, Sequence("mine", BASES))))
        assert found["genomic_position"].isna().all()


def test_a_name_with_commas_and_quotes_stays_one_field(tracks):
    found = pd.read_csv(io.StringIO(track_files.track_csv(tracks[0], Sequence('a,"b"', BASES))))
    assert set(found["name"]) == {'a,"b"'}


# --- motif matches and bedGraph ---------------------------------------------------------------------

HITS = (MotifHit("GATA1::TAL1", "MA0140.3", 2, 6, "-", 12.25, 1e-5, 0.003), MotifHit("SP1", "X", 0, 3, "+", 9, 0.1, 1))
UNPLACED = dataclasses.replace(AROUND, region=None)


def test_measured_effects_are_told_one_substitution_a_row_where_one_was_measured():
    first, second = np.full((2, 4, 4), np.nan)
    first[1, 3], first[0, 2], second[3, 0] = 0.25, -1.5, 2.0  # C2T, A1G; T4A in the other
    measured = {"LDLR": first, "LDLR.2": second}
    placed = Sequence("a, b", "ACGT", Region("chr7", 1000, 1004))
    assert exports.measured_csv(measured, placed).splitlines() == [
        "name,position,genomic_position,genomic_strand,ref,alt,data_set,effect",
        '"a, b",1,chr7:1001,+,A,G,LDLR,-1.5',
        '"a, b",2,chr7:1002,+,C,T,LDLR,0.25',
        '"a, b",4,chr7:1004,+,T,A,LDLR.2,2',
    ]
    assert exports.measured_csv(measured, Sequence("s", "ACGT")).splitlines()[-1] == "s,4,,,T,A,LDLR.2,2"


def hits_csv(hits, sequence) -> str:
    return sheets.text([motif_files.HIT_COLUMNS, *motif_files.hit_rows(hits, sequence)])


def test_motif_matches_as_bed_and_csv_stand_where_they_are_in_the_genome():
    assert motif_files.hits_bed(HITS, AROUND) == (
        "chr7\t1002\t1006\tGATA1::TAL1|MA0140.3\t50\t-\nchr7\t1000\t1003\tSP1|X\t10\t+\n"
    )
    table = pd.read_csv(io.StringIO(hits_csv(HITS, AROUND)))
    assert table.loc[0, ["start", "end", "genomic_position", "bases", "q"]].tolist() == [
        3, 6, "chr7:1003-1006", "GACC", 0.003,
    ]  # fmt: skip
    assert pd.read_csv(io.StringIO(hits_csv(HITS, UNPLACED)))["genomic_position"].isna().all()


def test_sites_say_what_the_edits_did_in_csv_and_bed():
    """A lost site stands at its place in the reference, in the genome where both have one."""
    member = MotifHit("KLF4", "Y", 0, 3, "+", 4.0, 0.2, 0.9)
    kept = MotifSite("SP1/KLF", (HITS[1], member), others=("AP-2", "EGR"))
    gained, lost = MotifSite("GATA", (HITS[0],), "gained"), MotifSite("NF-kB", (member,), "lost")
    edited = dataclasses.replace(AROUND, name="element_edited")
    rows = list(csv.DictReader(io.StringIO(motif_files.sites_csv([kept, gained], [lost], edited, AROUND))))
    assert [(r["name"], r["status"], r["family"], r["factors"], r["matrix"], r["also_matching"]) for r in rows] == [
        ("element_edited", "kept", "SP1/KLF", "SP1; KLF4", "X", "AP-2; EGR"),
        ("element_edited", "gained", "GATA", "GATA1::TAL1", "MA0140.3", ""),
        ("element", "lost", "NF-kB", "KLF4", "Y", ""),
    ]
    assert rows[2]["bases"] == AROUND.bases[:3] and rows[2]["genomic_position"] == "chr7:1001-1003"
    bed = read_bed6(motif_files.sites_bed([kept, gained], [lost], edited, AROUND))
    assert [row[3] for row in bed] == ["SP1/KLF|kept|X", "NF-kB|lost|Y", "GATA|gained|MA0140.3"]
    longer = dataclasses.replace(edited, region=None)
    contigs = {row[3]: row[0] for row in read_bed6(motif_files.sites_bed([kept], [lost], longer, AROUND))}
    assert contigs == {"SP1/KLF|kept|X": "element_edited", "NF-kB|lost|Y": "element"}


def test_a_bedgraph_has_the_number_of_each_position_and_leaves_out_what_no_window_covers():
    values = np.zeros((1, 10, 4), np.float32)
    values[0, :, 0] = np.arange(10)
    values[0, 4] = np.nan
    track = Track("ig", "m", ("K562",), AROUND.bases, values, np.zeros(1, np.float32))
    head, *lines = track_files.track_bedgraph(track, AROUND, "K562").splitlines()
    described = 'description="Integrated Gradients for K562, log2(RNA/DNA)"'
    assert head == f'track type=bedGraph name="ig m K562" {described}'
    assert lines == [f"chr7\t{1000 + i}\t{1001 + i}\t{i}" for i in range(10) if i != 4]


def test_on_the_minus_strand_everything_stands_where_the_forward_strand_has_it(random_bases):
    """The same stretch read either way gives the same places, the bases of each as they are read."""
    bases = random_bases(300, seed=9)
    forward = Sequence("f", bases, Region("chr7", 1000, 1300, "GRCh38", "+"))
    backward = Sequence("b", reverse_complement(bases), Region("chr7", 1000, 1300, "GRCh38", "-"))
    matrices = jaspar.chosen(["SP1", "KLF1", "ETS1", "FOXA1", "GATA1", "NRF1", "CTCF"])
    both = [scan.scan(s, matrices, 1e-2) for s in (forward, backward)]
    beds = [motif_files.hits_bed(hits, s) for hits, s in zip(both, (forward, backward), strict=True)]
    assert sorted(beds[0].splitlines()) == sorted(beds[1].splitlines()) and len(both[0]) > 10
    starts = [row[1] for row in read_bed6(beds[1])]
    assert starts == sorted(starts)
    tables = [pd.read_csv(io.StringIO(hits_csv(hits, s))) for hits, s in zip(both, (forward, backward), strict=True)]
    columns = ["motif", "matrix", "genomic_position", "genomic_strand"]
    left, right = (t[columns].sort_values(columns).to_numpy().tolist() for t in tables)
    assert left == right
    values = np.random.default_rng(0).normal(size=(1, 300, 4)).astype(np.float32)
    tracks = [
        Track("ig", "m", ("K562",), s.bases, v, np.zeros(1, np.float32))
        for s, v in ((forward, values), (backward, values[:, ::-1, ::-1]))
    ]
    graphs = [track_files.track_bedgraph(t, s, "K562") for t, s in zip(tracks, (forward, backward), strict=True)]
    one, other = (np.array(strict_bedgraph.tracks(graph, {"chr7": 1300})[0]["chr7"]) for graph in graphs)
    np.testing.assert_allclose(one, other, rtol=1e-4)
    assert len(one) == 300
    rows = pd.read_csv(io.StringIO(track_files.track_csv(tracks[1], backward)))
    assert rows.loc[0, ["position", "genomic_position", "genomic_strand"]].tolist() == [1, "chr7:1300", "-"]


def test_what_has_no_place_in_a_genome_is_refused():
    track = Track("ig", "m", ("K562",), AROUND.bases, np.zeros((1, 10, 4), np.float32), np.zeros(1, np.float32))
    with pytest.raises(InputError, match=r"'element' has no place in a genome, which bedGraph needs; .* take the CSV"):
        track_files.track_bedgraph(track, UNPLACED, "K562")


def test_a_sequence_without_a_place_is_its_own_contig_in_bed():
    named = dataclasses.replace(UNPLACED, name="my promoter 2")
    lines = motif_files.hits_bed(HITS, named).splitlines()
    assert lines == ["my_promoter_2\t2\t6\tGATA1::TAL1|MA0140.3\t50\t-", "my_promoter_2\t0\t3\tSP1|X\t10\t+"]


def read_bed6(text: str) -> list[tuple[str, int, int, str, int, str]]:
    """Read BED6 by the rules of its columns (BED v1.0, section 1)."""
    assert not text or text.endswith("\n")
    rows = []
    for line in text.splitlines():
        chrom, start, end, name, score, strand = line.split("\t")
        assert re.fullmatch(r"\S{1,255}", chrom) and re.fullmatch(r"[\x20-\x7e]{1,255}", name)
        assert re.fullmatch(r"\d+", start) and re.fullmatch(r"\d+", end) and int(start) < int(end)
        assert re.fullmatch(r"\d+", score) and int(score) <= 1000 and strand in "+-"
        rows.append((chrom, int(start), int(end), name, int(score), strand))
    return rows


def test_every_match_of_a_scan_reads_back_from_bed(random_bases):
    bases = random_bases(400, seed=5)
    placed = Sequence("s", bases, Region("chr7", 5000, 5400, "GRCh38"))
    hits = scan.scan(placed, p_threshold=1e-3)
    rows = read_bed6(motif_files.hits_bed(hits, placed))
    assert len(rows) == len(hits) > 100
    for (chrom, start, end, name, score, strand), h in zip(rows, hits, strict=True):
        assert (chrom, start - 5000, end - 5000, strand) == ("chr7", h.start, h.end, h.strand)
        assert name == f"{h.motif}|{h.matrix}" and 10 ** (-score / 10) == pytest.approx(h.p, rel=0.13)
    assert rows == sorted(rows, key=lambda r: r[1:3])
    assert read_bed6(motif_files.hits_bed([dataclasses.replace(hits[0], p=0.0)], placed))[0][4] == 1000
    assert motif_files.hits_bed([], placed) == ""
