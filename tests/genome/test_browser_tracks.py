"""Tracks for genome browsers: bigWigs read back by pyBigWig, the hub's and the session's files by their rules."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pyBigWig
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.genome import hub as hubs
from engine.genome.bigwig import bigwig, contig_lengths
from engine.genome.tracks import GenomeTrack, Piece, bedgraph, genome_track
from engine.report.track_files import genome_tracks
from engine.results import Track
from engine.sequence import Region, Sequence

VALUE = st.floats(-1e6, 1e6, width=32).filter(lambda v: v == 0 or abs(v) > 1e-30)
PIECE = st.tuples(
    st.sampled_from(["chr1", "chr10", "chr2", "scaffold_7"]),
    st.integers(0, 5_000_000),
    st.sampled_from(["", "+", "-"]),
    st.lists(st.one_of(VALUE, st.just(float("nan"))), min_size=1, max_size=30),
)


def opened(content, folder):
    file = folder / "a.bw"
    file.write_bytes(content)
    return pyBigWig.open(str(file))


def placed(chrom, start, strand, values) -> Piece:
    each = np.arange(len(values))
    return Piece(Region(chrom, start, start + len(values), strand=strand), each, each + 1, np.array(values))


@settings(derandomize=True, deadline=None, database=None, max_examples=50)
@given(st.lists(PIECE, min_size=1, max_size=8))
def test_pybigwig_reads_the_mean_of_what_covers_each_base(tmp_path_factory, given_pieces):
    track = genome_track("a b", "x", [placed(*piece) for piece in given_pieces])
    expected: dict[str, dict[int, list[float]]] = {}
    for chrom, start, strand, values in given_pieces:
        for i, value in enumerate(reversed(values) if strand == "-" else values):
            if not np.isnan(value):
                expected.setdefault(chrom.replace(" ", "_"), {}).setdefault(start + i, []).append(value)
    if not expected:
        with pytest.raises(InputError, match="holds no value"):
            bigwig(track, {})
        return
    content = bigwig(track, contig_lengths(track))
    assert content == bigwig(track, contig_lengths(track))
    read = opened(content, tmp_path_factory.mktemp("bw"))
    assert read.isBigWig() and set(read.chroms()) == set(expected)
    for chrom, bases in expected.items():
        assert read.chroms(chrom) == max(bases) + 1
        whole = {p: v for first, last, v in read.intervals(chrom) for p in range(first, last)}
        assert whole.keys() == bases.keys()
        means = [np.mean(bases[p]) for p in whole]
        assert np.allclose(list(whole.values()), means, rtol=1e-6, atol=1e-3)


def test_contigs_are_as_long_as_the_genome_where_that_is_known():
    track = GenomeTrack("t", "", {"1": (np.array([10]), np.array([12]), np.array([1.0]))})
    assert contig_lengths(track) == {"1": 12}
    assert contig_lengths(track, "GRCh38") == {"1": 248_956_422}
    assert contig_lengths(track, "GRCh38", {"1": 5_000}) == {"1": 5_000}
    with pytest.raises(InputError, match="1 has 11 bases, but values reach to 12; wrong build"):
        bigwig(track, {"1": 11})


def test_a_map_on_the_minus_strand_lies_where_its_bases_are(tmp_path):
    values = np.zeros((1, 3, 4), np.float32)
    values[0, :, 0] = (1, 2, 3)
    track = Track("ig", "m", ("K562",), "ACG", values, np.zeros(1))
    (made,) = genome_tracks([(track, Sequence("s", "ACG", Region("chr5", 100, 103, "GRCh38", "-")))])
    with opened(bigwig(made, contig_lengths(made, "GRCh38")), tmp_path) as read:
        assert read.chroms() == {"chr5": 181_538_259}
        assert read.intervals("chr5") == ((100, 101, 3.0), (101, 102, 2.0), (102, 103, 1.0))
    assert bedgraph([made]).splitlines()[1:] == ["chr5\t100\t101\t3", "chr5\t101\t102\t2", "chr5\t102\t103\t1"]
    (own,) = genome_tracks([(track, Sequence("my own", "ACG"))])
    assert list(own.contigs) == ["my_own"]


# --- hub and session ------------------------------------------------------------------------------------

TRACKS = [
    genome_track("ism joint_legnet K562", "minus the mean effect", [placed("19", 500, "", [1.0, -2.0])]),
    genome_track("ism joint-legnet K562", 'a "quoted" & <odd>\nname', [placed("chrX", 7, "-", [0.5])]),
    genome_track("empty", "", [placed("chr1", 7, "-", [float("nan")])]),
]


def stanzas(text: bytes) -> list[dict[str, str]]:
    """The rules of UCSC's settings files: `key value` lines, stanzas parted by empty lines, no key twice."""
    made = []
    for block in text.decode().strip().split("\n\n"):
        pairs = [line.split(" ", 1) for line in block.split("\n")]
        assert all(len(pair) == 2 and pair[1].strip() for pair in pairs), block
        assert len(dict(pairs)) == len(pairs)
        made.append(dict(pairs))
    return made


def test_a_hub_follows_the_rules_of_its_files(tmp_path):
    files = hubs.hub(TRACKS, "GRCh38")
    (head,) = stanzas(files["hub.txt"])
    assert set(head) == {"hub", "shortLabel", "longLabel", "genomesFile", "email"} and len(head["shortLabel"]) <= 17
    (genome,) = stanzas(files[head["genomesFile"]])
    assert genome == {"genome": "hg38", "trackDb": "hg38/trackDb.txt"}
    shown = stanzas(files[genome["trackDb"]])
    assert len(shown) == 2 == len({t["track"] for t in shown})
    for track in shown:
        assert {"track", "bigDataUrl", "shortLabel", "longLabel", "type"} <= set(track)
        assert re.fullmatch("[A-Za-z][A-Za-z0-9_]*", track["track"])
        assert len(track["shortLabel"]) <= 17 and len(track["longLabel"]) <= 80
        kind, low, high = track["type"].split()
        with opened(files[f"hg38/{track['bigDataUrl']}"], tmp_path) as read:
            (chrom,) = read.chroms()
            assert kind == "bigWig"
            assert [float(low), float(high)] == [read.stats(chrom, type=t)[0] for t in ("min", "max")]
            assert chrom in ("chr19", "chrX") and read.chroms(chrom) in (58_617_616, 156_040_895)
    assert shown[0]["type"] == "bigWig -2 1" and shown[0]["shortLabel"] == "K562 joint_legnet"


def test_a_session_of_igv_names_the_genome_and_every_file_beside_it():
    files = hubs.hub(TRACKS, "GRCh37")
    session = ElementTree.fromstring(files["igv_session.xml"])
    assert session.tag == "Session" and session.get("genome") == "hg19" and session.get("version") == "8"
    assert session.get("locus") == "chr19:501-502"
    paths = [resource.get("path") for resource in session.find("Resources")]
    assert len(paths) == 2 and set(paths) <= set(files)
    assert [track.get("id") for track in session.find("Panel")] == paths


def test_a_hub_without_a_genome_or_a_value_is_refused():
    for build in ("", "Ash1"):
        with pytest.raises(InputError, match=r"name it by --build: GRCh37, GRCh38"):
            hubs.hub(TRACKS, build)
    with pytest.raises(InputError, match="hold no value"):
        hubs.hub(TRACKS[2:], "GRCh38")
    twice = genome_track("t", "", [placed("1", 5, "", [1.0]), placed("chr1", 9, "", [1.0])])
    with pytest.raises(InputError, match="two contigs of 't' are one"):
        hubs.hub([twice], "GRCh38")
