"""Motifs of a user's own: each format against Biopython and memelite, numbers by hand, and what is refused."""

import gzip
import io

import memelite.io
import numpy as np
import pytest
from Bio import motifs as bio
from Bio.motifs import transfac as bio_transfac
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import limits
from engine.data import jaspar, motif_files
from engine.data.jaspar import Matrix
from engine.errors import InputError

BOUNDED = settings(derandomize=True, deadline=None, database=None, max_examples=40)
# three certain positions and one of halves, twice: short, but clear enough to be looked for
COUNTS = np.array([[20, 0, 0, 10, 3, 0], [0, 20, 0, 0, 3, 0], [0, 0, 20, 10, 4, 0], [0, 0, 0, 0, 10, 20]], float)


def read(text: str | bytes, name: str = "mine.txt") -> dict[str, Matrix]:
    return motif_files.read(text if isinstance(text, bytes) else text.encode(), name).matrices


def only(text: str) -> Matrix:
    (matrix,) = read(text).values()
    return matrix


ROWS = " 0.900000  0.000000  0.100000  0.000000\n" * 6
NUMBERED = "".join(f"{k} 9 0 1 0 A\n" for k in range(6))


# --- a matrix in every format -----------------------------------------------------------------------


def as_jaspar(counts, id_="M1", name="N"):
    rows = "".join(f"{b}  [ {' '.join(f'{v:g}' for v in row)} ]\n" for b, row in zip("ACGT", counts, strict=True))
    return f">{id_}\t{name}\n{rows}"


def as_raw(counts, id_="M1", name="N"):
    return f">{id_} {name}\n" + "".join(" ".join(f"{v:g}" for v in row) + "\n" for row in counts)


def as_hocomoco(counts, id_="M1", name=""):
    return f">{id_}\n" + "".join("\t".join(f"{v:g}" for v in row) + "\n" for row in counts.T)


def as_transfac(counts, id_="M1", name="N"):
    rows = "".join(f"{k:02d} {' '.join(f'{v:g}' for v in row)} X\n" for k, row in enumerate(counts.T, 1))
    return f"AC  {id_}\nXX\nID  {name}\nXX\nCC  a comment\nXX\nP0      A      C      G      T\n{rows}XX\n//\n"


def as_meme(counts, id_="M1", name="N", head="MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\n"):
    n = counts.sum(axis=0)
    rows = "".join("  ".join(f"{v:.6f}" for v in row) + "\n" for row in (counts / n).T)
    size = f"alength= 4 w= {counts.shape[1]} nsites= {n[0]:g} E= 0"
    return f"{head}MOTIF {id_} {name}\nletter-probability matrix: {size}\n{rows}URL http://x\n\n"


def as_homer(counts, id_="M1", name="N"):
    n = counts.sum(axis=0)
    rows = "".join("\t".join(f"{v:.8f}" for v in row) + "\n" for row in (counts / n).T)
    return f">ACGRT\t{id_}\t6.5\t-1000.1\t0\tT:{n[0]:.1f}(44.36%),B:2.0(1.1%),P:1e-10\n{rows}"


def as_table(counts, id_="M1", name=""):
    return "Pos\tA\tC\tG\tT\n" + "".join(
        f"{k}\t" + "\t".join(f"{v:g}" for v in row) + "\n" for k, row in enumerate(counts.T, 1)
    )


def as_pandas(counts, id_="M1", name=""):
    return ",A,C,G,T\n" + "".join(f"{k}," + ",".join(f"{v:g}" for v in row) + "\n" for k, row in enumerate(counts.T))


def as_lines(counts, id_="M1", name=""):
    return "".join("\t".join(f"{v:g}" for v in row) + "\n" for row in counts)


WRITERS = {
    f.__name__: f
    for f in (as_jaspar, as_raw, as_hocomoco, as_transfac, as_meme, as_homer, as_table, as_pandas, as_lines)
}
NAMED = ("as_jaspar", "as_raw", "as_transfac", "as_meme")  # that give an id and a name beside it


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_counts_read_as_the_same_matrix_in_every_format(write):
    matrix = only(write(COUNTS))
    assert matrix.probabilities == pytest.approx(jaspar.probabilities(COUNTS), abs=1e-9)
    assert matrix.consensus == "ACGATT" and matrix.source == "mine.txt"
    if write.__name__ in NAMED:
        assert (matrix.id, matrix.name) == ("M1", "N")


@st.composite
def counted(draw):
    """Whole counts of at least one clear base a position, the same number of sites everywhere."""
    width, sites = draw(st.integers(5, 12)), draw(st.integers(12, 900))
    columns = []
    for _ in range(width):
        others = [draw(st.integers(0, sites // 6)) for _ in range(3)]
        column = [sites - sum(others), *others]
        columns.append(draw(st.permutations(column)))
    return np.array(columns, float).T


@BOUNDED
@given(counted())
def test_any_counts_read_as_the_same_matrix_in_every_format(counts):
    expected = jaspar.probabilities(counts)
    for write in WRITERS.values():
        assert only(write(counts)).probabilities == pytest.approx(expected, abs=1e-9), write.__name__


@BOUNDED
@given(counted(), st.sampled_from([np.e, 2.0]))
def test_log_odds_are_the_probabilities_that_they_were_made_of(counts, base):
    """As HOCOMOCO makes its pwm: a pseudocount of ln(sites) over the bases, natural logarithms."""
    sites = counts.sum(axis=0)
    p = (counts + np.log(sites) / 4) / (sites + np.log(sites))
    weights = np.log(4 * p) / np.log(base)
    text = ">GATA1_HUMAN.H11MO.0.A\n" + "".join("\t".join(f"{v:.10f}" for v in row) + "\n" for row in weights.T)
    matrix = only(text)
    assert matrix.probabilities == pytest.approx(p, abs=1e-8)
    assert (matrix.id, matrix.name) == ("GATA1_HUMAN.H11MO.0.A", "GATA1")


@pytest.mark.parametrize("id_", ["GATA1_HUMAN.H11MO.0.A", "GATA1.H12CORE.0.PS.A", "GATA1_MOUSE.H11DI.1.B"])
def test_hocomocos_ids_say_the_factor(id_):
    assert only(as_hocomoco(COUNTS, id_)).name == "GATA1"
    assert only(as_meme(COUNTS, id_, "")).name == "GATA1"


# --- independent readers and writers ----------------------------------------------------------------


@pytest.fixture(scope="module")
def some() -> list:
    """Every fortieth matrix of JASPAR as Biopython has it."""
    records = []
    for matrix in list(jaspar.load().values())[::40]:
        counts = np.rint(matrix.probabilities * 400)
        motif = bio_transfac.Motif(alphabet="ACGT", counts=dict(zip("ACGT", counts.tolist(), strict=True)))
        motif["AC"], motif["ID"] = matrix.id, matrix.name
        motif.name, motif.matrix_id = matrix.name, matrix.id
        records.append(motif)
    return records


def expected(motif) -> np.ndarray:
    return jaspar.probabilities(np.array([motif.counts[b] for b in "ACGT"]))


@pytest.mark.parametrize("kind", ["transfac", "jaspar", "pfm", "pfm-four-columns", "clusterbuster"])
def test_what_biopython_writes_is_read(some, kind):
    if kind == "transfac":
        text = bio.write(some, kind)
    elif kind == "pfm":
        text = "".join(f">{m.matrix_id} {m.name}\n{m.format('pfm')}" for m in some)
    elif kind == "pfm-four-columns":
        text = "".join(as_hocomoco(np.array([m.counts[b] for b in "ACGT"]), m.matrix_id) for m in some)
    else:
        for motif in some:  # of JASPAR the id stands first, of Cluster-Buster the name
            motif.base_id = motif.matrix_id
        text = bio.write(some, kind)
    matrices = list(read(text).values())
    assert len(matrices) == len(some)
    for ours, theirs in zip(matrices, some, strict=True):
        assert ours.probabilities == pytest.approx(expected(theirs), abs=1e-9)


def test_memelite_and_biopython_read_the_same_meme(some, tmp_path):
    # Biopython needs the background
    text = "MEME version 4\n\nALPHABET= ACGT\n\nBackground letter frequencies\nA 0.25 C 0.25 G 0.25 T 0.25\n\n"
    for motif in some:
        text += as_meme(np.array([motif.counts[b] for b in "ACGT"]), motif.matrix_id, motif.name, head="")
    file = tmp_path / "some.meme"
    file.write_text(text)
    theirs = {key.split()[0]: np.array(value) for key, value in memelite.io.read_meme(str(file)).items()}
    ours = read(text)
    assert list(ours) == list(theirs) == [m.matrix_id for m in some]
    of_bio = {m.name: m for m in bio.parse(io.StringIO(text), "minimal")}
    for id_, matrix in ours.items():
        sites = next(sum(m.counts[b][0] for b in "ACGT") for m in some if m.matrix_id == id_)
        back = (matrix.probabilities * (sites + np.sqrt(sites)) - np.sqrt(sites) / 4) / sites
        # columns that were rounded to one site more or less than the first are off by that
        assert back == pytest.approx(theirs[id_], abs=4 / sites)
        assert np.array([of_bio[id_].pwm[b] for b in "ACGT"]) == pytest.approx(theirs[id_], abs=2 / sites)


# --- MEME's dialects --------------------------------------------------------------------------------

DREME = f"""# DREME 5.0.1
MEME version 5.0.1 (Release date: Fri Sep 7 2018)

ALPHABET "DNA" DNA-LIKE
A "Adenine" CC0000 ~ T "Thymine" 008000
C "Cytosine" 0000CC ~ G "Guanine" FFB300
N "Any base" = ACGT
U = T
END ALPHABET

strands: + -

Background letter frequencies (from dataset):
A 0.241 C 0.259 G 0.259 T 0.241

MOTIF AAAAAR DREME-1

#             Word    RC Word        Pos        Neg    P-value    E-value
# BEST       AAAAAR     YTTTTT        180         11   2.1e-044   1.1e-039

letter-probability matrix: alength= 4 w= 6 nsites= 180 E= 1.1e-039
{ROWS}
"""
STREME = f"""MEME version 5.3.3 (Release date: Sun Feb 7 2021)

ALPHABET= ACGT

strands: + -

Background letter frequencies
A 0.241 C 0.259 G 0.259 T 0.241

MOTIF 1-AAAAAR STREME-1
letter-probability matrix: alength= 4 w= 6 nsites= 137 E= 2.7e-003
{ROWS}"""
FULL = f"""********************************************************************************
MEME - Motif discovery tool
********************************************************************************
MEME version 5.1.1 (Release date: Wed Jan 29 2020)

TRAINING SET
PRIMARY SEQUENCES= x.fa
ALPHABET= ACGT
Sequence name            Weight Length  Sequence name            Weight Length
s1                       1.0000    200  s2                       1.0000    200

MOTIF AAAAAR MEME-1	width =   6  sites =  18  llr = 189  E-value = 1.3e-014
	Motif AAAAAR MEME-1 Description
Simplified        A  9999
	Motif AAAAAR MEME-1 position-specific scoring matrix
log-odds matrix: alength= 4 w= 6 n= 5880 bayes= 8.4 E= 1.3e-014
   175  -1081  -1081   -200
letter-probability matrix: alength= 4 w= 6 nsites= 18 E= 1.3e-014
{ROWS}--------------------------------------------------------------------------------

SUMMARY OF MOTIFS
SEQUENCE NAME            COMBINED P-VALUE  MOTIF DIAGRAM
s1                       5.75e-12  24_[+1(4.18e-10)]_22
"""
OLD = FULL.replace("MOTIF AAAAAR MEME-1\twidth", "MOTIF  1\twidth").replace("5.1.1", "3.0")


@pytest.mark.parametrize(
    ("text", "id_", "name", "sites"),
    [
        (DREME, "AAAAAR", "DREME-1", 180),
        (STREME, "1-AAAAAR", "STREME-1", 137),
        (FULL, "AAAAAR", "MEME-1", 18),
        (OLD, "1", "1", 18),
        ("MEME version 4\n\nMOTIF x\nletter-probability matrix:\n" + ROWS, "x", "x", motif_files.columns.SITES),
    ],
)
def test_each_dialect_of_meme(text, id_, name, sites):
    matrix = only(text)
    assert (matrix.id, matrix.name) == (id_, name)
    column = np.array([0.9, 0, 0.1, 0]) * sites
    assert matrix.probabilities[:, 3] == pytest.approx((column + np.sqrt(sites) / 4) / (sites + np.sqrt(sites)))


# --- files as they are ------------------------------------------------------------------------------


def test_several_motifs_keep_their_order_and_a_second_of_an_id_is_numbered():
    text = as_jaspar(COUNTS, "M2", "B") + "\n" + as_jaspar(COUNTS[:, ::-1], "M1", "A") + as_jaspar(COUNTS, "M2", "C")
    assert {i: m.name for i, m in read(text).items()} == {"M2": "B", "M1": "A", "M2#2": "C"}
    plain = as_lines(COUNTS) + "\n" + as_lines(COUNTS) + "\n\nthird one\n" + as_lines(COUNTS)
    assert list(read(plain, "of/mine.v2.pfm")) == ["mine", "mine#2", "third_one"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends_marks_and_gzip_make_no_difference(ending):
    text = as_transfac(COUNTS).replace("\n", ending)
    for data in (text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16"), gzip.compress(text.encode())):
        assert only(data).probabilities == pytest.approx(jaspar.probabilities(COUNTS))


def test_letters_may_stand_in_any_order_and_counts_may_be_fractions():
    swapped = "T [ 1.5 0 0 0 0 ]\nA [ 8.5 10 0 0 0 ]\nG [ 0 0 10 0 10 ]\nC [ 0 0 0 10 0 ]\n"
    assert only(">x\n" + swapped).consensus == "AAGCG"
    assert only("G\tT\tA\tC\n" + "9\t1\t0\t0\n" * 5).consensus == "GGGGG"
    assert only("PO A T G C\n".join(["ID x\n", "01 0 9 1 0\n02 0 9 1 0\n03 0 9 1 0\n04 0 0 9 1\n05 0 0 0 9\n//"])) \
        .consensus == "TTTGC"  # fmt: skip


def test_a_comment_of_the_four_letters_says_the_order_of_the_columns():
    rows = "9\t1\t0\t0\n" * 5
    for text in ("# T C G A\n" + rows, ">x\n#T\tC\tG\tA\n" + rows, "; a comment\n;Pos T C G A\n" + "1 9 1 0 0\n" * 5):
        assert only(text).consensus == "TTTTT"
    assert only("# made by hand\n" + rows).consensus == "AAAAA"


@pytest.mark.parametrize(
    ("text", "id_", "name"),
    [
        ("MEME version 4\nMOTIF MA4.1 MA4.1.Arnt\nletter-probability matrix: w= 6\n\n" + ROWS, "MA4.1", "Arnt"),
        ("MEME version 4\nMOTIF\tx\nletter-probability matrix:\n\n" + ROWS, "x", "x"),
        (">dTTG\tAHR_HUMAN.H11MO.0.B\t7.6\n" + ROWS, "AHR_HUMAN.H11MO.0.B", "AHR"),
        (">A\tELF1(ETS)/Jurkat-ELF1/Homer\t6.66\t-1000\t0\tT:17.0(4%)\n" + ROWS, "ELF1(ETS)/Jurkat-ELF1/Homer", "ELF1"),
        (">A\t1-AT,BestGuess:Gata1/x(0.9)\t6.6\t-1\n" + ROWS, "1-AT", "1-AT"),
        (">MA0004.1 Arnt and more\n" + ROWS, "MA0004.1", "Arnt and more"),
        ("AC  M1\nNA  MyoD\nID  V$MYOD_01\nP0 A C G T\n" + NUMBERED, "M1", "MyoD"),
        ("ID  AHR_HUMAN.H11MO.0.B\nP0 A C G T\n" + NUMBERED, "AHR_HUMAN.H11MO.0.B", "AHR"),
    ],
)  # fmt: skip
def test_ids_and_names_as_each_source_writes_them(text, id_, name):
    matrix = only(text)
    assert (matrix.id, matrix.name, matrix.consensus) == (id_, name, "AAAAAA")


def test_four_by_four_is_read_only_where_one_direction_makes_sense():
    by_position = "9 1 0 0\n9 1 0 0\n0 0 8 2\n0 1 0 9\n"
    assert only(by_position).consensus == "AAGT"
    turned = "\n".join("\t".join(row) for row in zip(*(r.split() for r in by_position.split("\n") if r), strict=True))
    assert only(turned).consensus == "AAGT"
    for text in ("9 1 0 0\n1 9 0 0\n0 0 9 1\n0 0 1 9\n", "9 1 0 0\n9 1 0 0\n0 0 8 2\n0 1 0 5\n"):
        with pytest.raises(InputError, match="line 1: four lines of four numbers may be read in two directions"):
            read(text)
    assert only("A C G T\n9 1 0 0\n1 9 0 0\n0 0 9 1\n0 0 1 9\n").consensus == "ACGT"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "mine.txt holds no motifs"),
        ("just words\n", "mine.txt holds no motifs"),
        (">seq\nACGTACGTTT\nACGT\n", "line 1: these are sequences (FASTA), not motifs"),
        ('<?xml version="1.0"?>\n<MEME version="5">', "mine.txt is XML; give the text output"),
        ("<!DOCTYPE HTML>\n<html>", "mine.txt is HTML; give the text output"),
        ('{"pfm": 1}', "is JSON"),
        ("MEME version 4\nALPHABET= ACDEFGHIKLMNPQRSTVWY\n", "line 2: its alphabet is ACDEFGHIKLMNPQRSTVWY"),
        ("MEME version 4\nALPHABET= ACGU\nMOTIF x\n", "line 2: its alphabet is ACGU (RNA)"),
        ("MEME version 4\nMOTIF x\n", "line 2: this motif has no matrix"),
        ("MEME version 4\nMOTIF x\nlog-odds matrix: alength= 4 w= 1\n1 2 3 4\n", "line 2: this motif holds log-odds"),
        ("MEME version 4\nletter-probability matrix: w= 6\n" + ROWS, "line 2: a matrix without its own 'MOTIF"),
        ("MEME version 4\nMOTIF x\nletter-probability matrix: w= 7\n" + ROWS, "line 3: the matrix has 6 rows; w= sa"),
        ("MEME version 4\nMOTIF x\nletter-probability matrix: w= 5\n" + ROWS, "line 3: the matrix has 6 rows; w= sa"),
        ("MEME version 4\nMOTIF x\nletter-probability matrix: w= 2\n.1 .2 .7 0\n.1 .2 0.7\n", "line 5: '.1 .2 0.7' i"),
        ("MEME version 4\nMOTIF x\nletter-probability matrix: w= 2\n.1 .2 .7 0\n.1 .2 .6 0\n", "line 5: position 2 of"),
        ("MEME version 4\nMOTIF\n" + "letter-probability matrix: w= 6\n" + ROWS, "line 2: a motif without a name"),
        ("ID x\nP0 A C G T\n01 1 2 3\n//\n", "line 3: not a row of the matrix"),
        ("ID x\nP0 A C G T\n01 9 0 0 0\n03 9 0 0 0\n//\n", "line 4: position 03 follows 1"),
        ("ID x\nP0 A C G N\n", "line 2: the columns after P0"),
        ("ID x\nP0 A C G T\n//\n", "line 1: this motif has no matrix"),
        ("ID x\n//\nID y\nP0 A C G T\n01 9 0 0 0\n//", "line 1: this motif has no matrix"),
        (">x\nA [1 2 3]\nC [1 2 3]\nG [1 2 3]\nT [1 2]\n", "line 1: A, C, G and T have 3, 3, 3, 2 numbers"),
        (">x\nA [1 2 3]\nC [1 2 3]\nG [1 2 3]\nG [1 2 3]\n", "line 1: its lines are those of A C G G"),
        (">x\nA [1 2 3]\nC [1 2 3]\nG [1 2 3]\nU [1 2 3]\n", "line 5: U is RNA"),
        (">x\n1 2 3\n1 2 x\n1 2 3\n1 2 3\n", "line 3: '1 2 x' is not a line of numbers"),
        (">x\n>y\n1 0 0 9\n", "line 1: this motif has no numbers"),
        (">x\n1 2 3\n1 2 3\n", "line 2: 2 lines of 3 numbers are no motif"),
        (">x\n" + "9 1 0 0\n" * 5 + "9 1 0\n", "line 7: 6 lines of 3 or 4 numbers are no motif"),
        (">x\n" + "9 1 0 0\n" * 5 + "0 0 0 0\n", "line 7: position 6 of motif 'x' sums to 0"),
        (">x\n" + ".9 .1 0 0\n" * 5 + ".5 .1 0 0\n", "line 7: position 6 of motif 'x' sums to 0.6"),
        (">x\n" + "0,9 0,1 0,0 0,0\n" * 5, "is not a line of numbers"),  # decimal commas
        (">x\n" + "nan 1 0 0\n" * 5, "is not a line of numbers"),
        (">x\n" + "1e999 1 0 0\n" * 5, "is not a line of numbers"),
        (">x\n" + "٣ 1 0 0\n" * 5, "is not a line of numbers"),
        (">x\n" + "-3 1 0 0\n" * 5, "belong to no probabilities"),
        (">x\n" + "-3 90 0 0\n" * 5, "no log-odds (the largest is 90"),
        (">x\n" + "1.386294 -1000 -1000 -1000\n" * 5, "next to impossible"),
        (">x\n" + "5 5 5 5\n" * 5, "says too little"),
        (">x\n9 0 0 0\n0 9 0 0\n0 0 9 1\n", "says too little"),
        (">x\n" + "9 0 0 0\n" * 101, "has 101 positions, more than 100"),
        (">x\n" + "9e12 0 0 0\n" * 5, "sites, more than"),
        (">" + "x" * 300 + "\n" + "9 0 0 0\n" * 5, "line 1: the name of this motif"),
        ("chr1\t100\t200\tpeak\n", "is not a line of numbers"),
        ("A C G T\n", "mine.txt holds no motifs"),
    ],
)  # fmt: skip
def test_what_is_no_motif_is_refused_with_its_line(text, message):
    with pytest.raises(InputError) as error:
        read(text)
    assert message in str(error.value), str(error.value)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("mine.txt")


def test_too_many_motifs_and_too_large_files_are_refused(monkeypatch):
    monkeypatch.setattr(limits, "MOTIFS", limits.Limit(2, "motifs", "give fewer"))
    with pytest.raises(InputError, match="has 3 motifs, more than 2"):
        read("".join(as_jaspar(COUNTS, f"M{k}") for k in range(3)))
    mine = motif_files.read(as_jaspar(COUNTS).encode(), "mine.pfm")
    with pytest.raises(InputError, match="all files together has 3 motifs"):
        motif_files.together([mine] * 3)
    monkeypatch.setattr(limits, "MOTIF_FILE", limits.Limit(20, "bytes", "give fewer"))
    with pytest.raises(InputError, match="bytes, more than 20"):
        read(as_jaspar(COUNTS))


def test_collections_stand_beside_each_other_and_are_known_by_what_they_hold():
    mine = motif_files.read(as_jaspar(COUNTS, "MA0058.4", "mine").encode(), "mine.pfm")
    both = motif_files.together([motif_files.of_jaspar(), mine])
    assert both.matrices["MA0058.4"].name == "MAX" and len(both.matrices) == 880
    assert (both.matrices["MA0058.4#2"].id, both.matrices["MA0058.4#2"].name) == ("MA0058.4#2", "mine")
    assert both.what == "JASPAR 2024 CORE vertebrates and mine.pfm (1 motif)"
    again = motif_files.read(as_transfac(COUNTS, "MA0058.4", "mine").encode(), "mine.tf")
    assert again.digest == mine.digest != both.digest
    assert motif_files.read(as_jaspar(COUNTS, "MA0058.4", "other").encode(), "m").digest != mine.digest
