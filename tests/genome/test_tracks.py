"""Values along a genome: sorted, without overlap, and the mean where regions overlap."""

import math

import numpy as np
import pyBigWig
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InputError
from engine.genome.scan import bedgraph, profile_csv, scan
from engine.genome.tracks import Piece, genome_track
from engine.genome.tracks import bedgraph as written
from engine.sequence import Region, Sequence, reverse_complement
from tests.strict_bedgraph import tracks


@st.composite
def pieces(draw):
    """A stretch of 100 bases of one of two contigs, with intervals that touch or leave gaps and any values."""
    start = draw(st.integers(0, 60))
    length = draw(st.integers(1, 40))
    cuts = sorted(draw(st.sets(st.integers(0, length), min_size=2, max_size=12)) | {0, length})
    values = [draw(st.sampled_from([math.nan, -1.0, 0.25, 3.0, 7.5])) for _ in cuts[1:]]
    region = Region(draw(st.sampled_from(["chr1", "chr10"])), start, start + length, "", draw(st.sampled_from("+-")))
    return Piece(region, np.array(cuts[:-1]), np.array(cuts[1:]), np.array(values))


@given(st.lists(pieces(), min_size=1, max_size=8))
@settings(derandomize=True, deadline=None, database=None, max_examples=150)
def test_each_base_gets_the_mean_of_what_covers_it(made):
    (track,) = tracks(written([genome_track("t", "d", made)]), {"chr1": 100, "chr10": 100})
    for contig in ("chr1", "chr10"):
        given_values: list[list[float]] = [[] for _ in range(100)]
        for piece in made:
            if piece.region.chrom != contig:
                continue
            for first, last, value in zip(piece.firsts, piece.lasts, piece.values, strict=True):
                for i in range(first, last):
                    if not math.isnan(value):
                        given_values[piece.region.place_of(i)].append(value)
        got = [math.nan] * 100
        for start, end, value in track.get(contig, []):
            got[start:end] = [value] * (end - start)
        expected = [np.mean(v) if v else math.nan for v in given_values]
        np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_what_is_written_is_taken_by_a_writer_of_bigwig(tmp_path):
    """pyBigWig refuses intervals that overlap or are not sorted."""
    rng = np.random.default_rng(1)
    made = [
        Piece(Region("chr1", s, s + 50, "", strand), np.arange(0, 50, 5), np.arange(5, 55, 5), rng.normal(size=10))
        for s, strand in zip(rng.integers(0, 200, 30).tolist(), "+-" * 15, strict=True)
    ]
    track = genome_track("t", "d", made)
    with pyBigWig.open(str(tmp_path / "x.bw"), "w") as out:
        out.addHeader([("chr1", 250)])
        for contig, (starts, ends, values) in track.contigs.items():
            out.addEntries([contig] * len(starts), starts.tolist(), ends=ends.tolist(), values=values.tolist())
    with pyBigWig.open(str(tmp_path / "x.bw")) as read:
        for start, end, value in tracks(written([track]))[0]["chr1"]:
            assert read.values("chr1", start, end) == pytest.approx([value] * (end - start), rel=1e-4)


def test_a_scan_of_overlapping_regions_of_both_strands_is_one_track(linear_model, random_bases):
    genome = random_bases(200)
    profiles = []
    for start, end, strand in ((100, 160, ""), (40, 130, "-"), (0, 12, "+")):
        bases = genome[start:end]
        bases = reverse_complement(bases) if strand == "-" else bases
        placed = Sequence(f"s{start}", bases, Region("chr2", start, end, "", strand))
        profiles.append(scan(linear_model(window=12), placed, 5, name="m"))
    read = tracks(bedgraph(profiles), {"chr2": 200})
    assert len(read) == 2 and all(list(t) == ["chr2"] for t in read)
    # the model's prediction is the mean of both strands, so a window's value does not depend on the region's strand
    rows = [row.split(",") for row in profile_csv(profiles).split("\n")[1:-1]]
    for name, chrom, start, end, centre, *values in rows:
        assert name and chrom == "chr2" and int(end) - int(start) == 11 and int(start) < int(centre) < int(end)
        alone = scan(linear_model(window=12), Sequence("w", genome[int(start) - 1 : int(end)]), 5).values[0]
        np.testing.assert_allclose([float(v) for v in values], alone, rtol=1e-4)


def test_names_cannot_add_lines_or_columns():
    track = genome_track('a"\nb', "c\td", [Piece(Region("x", 0, 5), np.array([0]), np.array([5]), np.array([1.0]))])
    with pytest.raises(InputError, match="holds a blank"):
        Region("x\ty\nz", 0, 5)
    assert written([track]) == 'track type=bedGraph name="a\' b" description="c d"\nx\t0\t5\t1\n'
