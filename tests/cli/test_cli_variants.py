"""The command line: variants, profiles of long sequences, regions of a genome."""

import gzip

import numpy as np
import pandas as pd
import pysam
import pytest

from engine.data import satmut
from engine.evaluation import cagi5
from engine.experiments import checkpoints
from engine.genome.effects import Scoring
from engine.genome.genome import Genome
from engine.models.predict import predict
from engine.sequence import Region

OUTPUTS = ("K562", "HepG2", "WTC11")


@pytest.fixture
def genome(tmp_path, random_bases):
    """A FASTA of two contigs, 1,000 and 300 bases."""
    file = tmp_path / "genome.fa"
    file.write_text(f">chr1\n{random_bases(1000, 1)}\n>chr2\n{random_bases(300, 2)}\n")
    return file


@pytest.fixture
def vcf(tmp_path, genome):
    """A compressed VCF of three alleles that fit the genome, one that does not, and one without bases."""
    bases = Genome(genome).region(Region("chr1", 0, 1000)).bases
    others = [next(b for b in "ACGT" if b != bases[i]) for i in (499, 599)]
    rows = [
        f"chr1\t500\trs1\t{bases[499]}\t{others[0]},{bases[499]}GG",
        f"1\t600\t.\t{bases[599:602]}\t{bases[599]},<DEL>",
        f"chr1\t601\twrong\t{next(b for b in 'ACGT' if b != bases[600])}\t{bases[600]}",
    ]
    text = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\n" + "".join(r + "\n" for r in rows)
    file = tmp_path / "mine.vcf.gz"
    file.write_bytes(gzip.compress(text.encode(), mtime=0))
    return file


def test_variants_of_a_vcf_are_scored_as_csv_and_as_vcf(call, trained, genome, vcf, tmp_path):
    out = tmp_path / "out.csv"
    words = ("variants", vcf, "--genome", genome, "--model", "joint_legnet,mine", "--out")
    run = call(*words, out)
    assert run.code == 3
    assert f"{vcf}, line 4, left out: 1:600: '<DEL>' is symbolic" in run.err
    assert f"{vcf}, line 5, left out: variant chr1:601" in run.err and "1 of 4 variants could not be scored" in run.err
    table = pd.read_csv(out, keep_default_na=False, na_values={"joint_legnet.K562.effect": ""})
    assert list(table["pos"]) == [500, 500, 600, 601] and list(table["problem"][:3]) == [""] * 3
    assert "the genome has" in table["problem"][3] and np.isnan(table["joint_legnet.K562.effect"][3])
    assert all(f"{m}.{o}.{k}" in table for m in ("joint_legnet", "mine") for o in OUTPUTS for k in ("ref", "alt"))
    # the reference prediction is the one that 'predict' gives for the window around the variant
    window = Genome(genome).window("chr1", 500, 200)
    expected = predict(checkpoints.load("mine").model, [window]).values[0, 1]
    assert float(table["mine.HepG2.ref"][0]) == pytest.approx(expected, abs=1e-4)
    annotated = tmp_path / "out.vcf"
    assert call(*words, annotated).code == 3
    with pysam.VariantFile(str(annotated)) as read:
        records = list(read)
    assert [r.pos for r in records] == [500, 601, 600]  # contigs in the order that they came in
    effects = [r.info.get("EFFECT_joint_legnet.K562") for r in records]
    np.testing.assert_allclose(effects[0], table["joint_legnet.K562.effect"][:2], rtol=1e-4)
    assert effects[2] == (pytest.approx(table["joint_legnet.K562.effect"][2], rel=1e-4), None)
    assert records[1].info["PROBLEM"][0].startswith("variant_chr1:601")


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_a_typed_variant_of_a_measured_element_agrees_with_the_cagi5_scorer(call, trained):
    texts = ("chr1:109817590 G>A", "NC_000001.10:g.109817590G>T")
    options = ("--element", "SORT1", "--model", "mine", "--offsets", "-30,0,30")
    run = call("variants", *texts, *options)
    head, *rows = run.rows
    element = satmut.load("SORT1")
    variants = element.variants
    keep = (variants["pos"] == 109817590) & variants["alt"].isin(["A", "T"])
    expected = cagi5.element_effects(
        checkpoints.load("mine").model, element, scoring=Scoring(offsets=(-30, 0, 30)), rows=keep.to_numpy()
    )
    got = [[float(r[head.index(f"mine.{o}.effect")]) for o in OUTPUTS] for r in rows]
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_a_vcf_of_another_build_is_warned_of(call, trained, genome, tmp_path):
    bases = Genome(genome).region(Region("chr1", 0, 1000)).bases
    rows = [f"chr1\t{i + 1}\t.\t{next(b for b in 'ACGT' if b != bases[i])}\t{bases[i]}\n" for i in range(300, 330)]
    file = tmp_path / "other.vcf"
    file.write_text("#CHROM\tPOS\tID\tREF\tALT\n" + "".join(rows))
    run = call("variants", file, "--genome", genome, "--model", "mine")
    assert run.code == 3 and len(run.rows) == 31 and not any("0." in "".join(row[5:14]) for row in run.rows[1:])
    assert "30 of 30 variants looked at have another reference base than genome.fa" in run.err
    assert "30 of 30 have ALT as the genome's base: REF and ALT are exchanged" in run.err


def test_the_good_are_scored_and_the_bad_named_whatever_the_file(call, trained, genome, tmp_path):
    bases = Genome(genome).region(Region("chr1", 0, 1000)).bases
    alts = ["ACGT"["ACGT".index(b) - 1] for b in bases]
    listed, table = tmp_path / "list.txt", tmp_path / "table.csv"
    listed.write_text(f"chr1:250 {bases[249]}>{alts[249]}\nnonsense\n")
    table.write_text(f"chrom,pos,ref,alt\n1,251,{bases[250]},{alts[250]}\n1,x,A,C\n")
    run = call(
        "variants", listed, table, f"NC_000001.11:251:1:{alts[251]}", "rs7", "--genome", genome, "--model", "mine"
    )
    assert run.code == 3
    assert [(r[0], r[1], r[3], r[4]) for r in run.rows[1:]] == [
        ("chr1", "250", bases[249], alts[249]),
        ("1", "251", bases[250], alts[250]),
        ("chr1", "252", bases[251], alts[251]),
    ]
    assert all(float(r[7]) == pytest.approx(float(r[6]) - float(r[5]), abs=1e-5) for r in run.rows[1:])
    for where in (
        f"{listed}, line 2, left out: 'nonsense' is not",
        f"{table}, line 3, left out",
        "'rs7', left out: 'rs7' is a",
    ):
        assert where in run.err
    assert "3 of the input left out; all else is done" in run.err


def test_rs_numbers_are_looked_up_in_the_dbsnp_that_is_given(call, trained, genome, tmp_path):
    bases = Genome(genome).region(Region("chr1", 0, 1000)).bases
    alts = [b for b in "ACGT" if b != bases[299]]
    file = tmp_path / "dbsnp.vcf.gz"
    row = f"NC_000001.11\t300\trs7\t{bases[299]}\t{','.join(alts)}\t.\t.\t.\n"
    file.write_bytes(
        gzip.compress(f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n{row}".encode())
    )
    run = call("variants", "rs7", "rs8", "--dbsnp", file, "--genome", genome, "--model", "mine")
    assert [r[1:5] for r in run.rows[1:]] == [["300", "rs7", bases[299], a] for a in alts]
    assert run.code == 3 and "'rs8' is not in the dbSNP file" in run.err
    assert (
        "cannot be read" in call("variants", "rs7", "--dbsnp", "no.vcf", "--genome", genome, "--model", "mine").error()
    )


def test_a_vcf_with_samples_comes_back_whole_packed_and_indexed(call, trained, genome, tmp_path):
    bases = Genome(genome).region(Region("chr1", 0, 1000)).bases
    alts = [[b for b in "ACGT" if b != bases[i]] for i in (499, 399)]
    rows = [
        f"chr1\t{p}\trs{p};x\t{bases[p - 1]}\t{','.join(a[:2])}\t7\tPASS\tAF=0.1,0.2\tGT\t0|1\t1/2\n"
        for p, a in zip((500, 400), alts, strict=True)
    ]
    head = (
        '##fileformat=VCFv4.2\n##INFO=<ID=AF,Number=A,Type=Float,Description="f">\n'
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n"
    )
    file, out = tmp_path / "in.vcf", tmp_path / "out.vcf.gz"
    file.write_text(head + "".join(rows))
    assert call("variants", file, "--genome", genome, "--model", "mine", "--out", out).code == 0
    with pysam.VariantFile(str(out)) as read:
        assert [r.pos for r in read] == [400, 500]
        (record,) = read.fetch("chr1", 499, 500)
        assert record.id == "rs500;x" and record.qual == 7 and record.filter.keys() == ["PASS"]
        assert record.alts == tuple(alts[0][:2]) and record.samples["b"]["GT"] == (1, 2)
        assert record.info["AF"] == pytest.approx((0.1, 0.2)) and len(record.info["EFFECT_mine.K562"]) == 2


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_a_build_that_is_named_anywhere_must_be_that_of_the_reference(call, trained, tmp_path):
    words = ("--element", "SORT1", "--model", "mine")
    accession, header = tmp_path / "acc.vcf", tmp_path / "head.vcf"
    columns = "#CHROM\tPOS\tID\tREF\tALT\n"
    accession.write_text(f"##fileformat=VCFv4.2\n{columns}NC_000001.11\t109817900\t.\tC\tA\n")
    header.write_text(f"##fileformat=VCFv4.2\n##reference=GRCh38\n{columns}chr1\t109817900\t.\tC\tA\n")
    for given in (accession, header, "chr1_109817900_C_A_b38", "NC_000001.11:109817899:C:A"):
        run = call("variants", given, *words, "--build", "hg19")
        assert run.code == 3 and not run.rows[1][5] and "is of GRCh38 but SORT1 is GRCh37" in run.rows[1][-1]
    assert "is of GRCh38 but SORT1 is GRCh37" in call("variants", "NC_000001.11:g.109817900C>A", *words).error()
    run = call("variants", "chr1:109817590 G>T", *words, "--build", "hg19")
    assert run.code == 0 and run.out == call("variants", "chr1_109817590_G_T_b37", *words).out.replace(
        "chr1_109817590_G_T_b37", "chr1:109817590 G>T"
    )
    assert "unknown genome build 'GRCh73'" in call("variants", "1:5 A>C", *words, "--build", "GRCh73").error()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["chr1:500 G>T"], "either --genome FASTA or --element NAME"),
        (["nonsense", "--genome", "{genome}"], "'nonsense' is not a variant"),
        (["no.vcf", "--genome", "{genome}"], "no.vcf cannot be read"),
        (["{genome}", "--genome", "{genome}"], "line 1 of"),
        (["chr1:5 A>C", "--genome", "nowhere.fa"], "no genome file"),
        (["chr1:5 A>C", "--genome", "{genome}", "--offsets", "x"], "offsets 'x'"),
        (["chr1:5 A>C", "--genome", "{genome}", "--out", "."], "cannot be written"),
        (["chr1:5 A>C", "--element", "SORT9"], "'SORT9'"),
    ],
)
def test_bad_input_for_variants_is_one_line(call, trained, genome, words, named):
    filled = [str(genome) if w == "{genome}" else w for w in words]
    assert named in call("variants", "--model", "mine", *filled).error()
