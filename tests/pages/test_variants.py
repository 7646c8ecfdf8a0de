"""Variants: from a VCF or typed lines to a table, files and the Explorer; what cannot be read is named."""

import gzip
import io

import numpy as np
import pandas as pd
import pysam
import pytest

from engine.data import satmut
from engine.errors import InputError
from engine.evaluation import cagi5
from engine.experiments import checkpoints
from engine.genome import effects as variant_effects

HEAD = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


@pytest.fixture
def genome(tmp_path, random_bases):
    """A genome of one contig of 1,000 bases."""
    file = tmp_path / "genome.fa"
    file.write_text(f">chr1\n{random_bases(1000)}\n")
    return file


@pytest.fixture
def page(app, trained, genome):
    """The page with the genome as reference."""
    return lambda **state: app("variants", variants_source="Genome FASTA", genome_file=str(genome), **state)


def upload(screen, content: bytes, name: str = "mine.vcf"):
    screen.at.file_uploader(key="variants_upload").set_value((name, content, "text/plain")).run()
    return screen


def vcf(bases: str, positions, wrong: bool = False) -> bytes:
    """A VCF of one substitution a position; `wrong`: with the alleles exchanged."""
    pairs = [(bases[p - 1], next(b for b in "ACGT" if b != bases[p - 1])) for p in positions]
    rows = [(p, *(pair[::-1] if wrong else pair)) for p, pair in zip(positions, pairs, strict=True)]
    return (HEAD + "".join(f"chr1\t{p}\tv{p}\t{r}\t{a}\t.\t.\t.\n" for p, r, a in rows)).encode()


def results(screen) -> pd.DataFrame:
    """The table of results."""
    (found,) = [d.value for d in screen.at.dataframe if d.key and d.key.startswith("variants-table")]
    return found


def start(screen):
    screen.at.button(key="variants-start").click().run()
    return screen


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_typed_variants_of_a_measured_element_are_scored_as_the_benchmark_scores_them(app, trained, downloads):
    screen = app("variants", variants_element="SORT1", variants_build="GRCh37").type(
        "variants_typed", "chr1:109817590 G>T\nNC_000001.10:g.109817590G>A\n"
    )
    screen.choose("variants_windows", "seven, as in the Benchmark")
    assert not screen.failures and "Alleles: 2 typed." in screen.words
    table = results(start(screen))
    element = satmut.load("SORT1")
    there = (element.variants["pos"] == 109817590) & element.variants["alt"].isin(["T", "A"])
    model = checkpoints.load("joint_legnet").model
    expected = cagi5.element_effects(
        model, element, scoring=variant_effects.Scoring(offsets=variant_effects.SEVEN), rows=there.to_numpy()
    )
    got = table[[f"joint_legnet.{o}.effect" for o in model.outputs]].to_numpy()
    np.testing.assert_allclose(got, expected[::-1], atol=1e-4)
    saved = pd.read_csv(io.StringIO(downloads["variants.csv"]))
    np.testing.assert_allclose(saved["joint_legnet.K562.effect"], got[:, 0], rtol=1e-3, atol=1e-5)
    # what was measured stands beside it, on screen and in the file
    (measured,) = element.variants[(element.variants["pos"] == 109817590) & (element.variants["alt"] == "T")]["effect"]
    assert table["measured"][0] == pytest.approx(measured) and table["assay"][0] == "SORT1 in HepG2 and 2 more"
    assert saved["measured"][0] == pytest.approx(measured, rel=1e-4)
    (panel,) = [t for t in screen.figure("variants-figure")["data"] if t["name"] == "measured"]
    assert panel["x"][0] == pytest.approx(measured)
    screen.pick_row("variants-table", 0)
    assert not screen.failures
    assert any("One base changed" in m for m in screen.values("markdown"))
    assert any("Measured in SORT1.2 (HepG2)" in m for m in screen.values("markdown"))
    assert any("C/EBP" in w for w in screen.values("warning"))


def test_a_vcf_is_scored_with_problems_named_and_saved_for_other_tools(
    page, random_bases, downloads, tmp_path, monkeypatch
):
    bases = random_bases(1000)
    content = (
        vcf(bases, [300, 301]) + vcf(bases, [302], wrong=True).split(b"\n", 2)[2] + b"chr1\t5\t.\tA\t<DEL>\t.\t.\t.\n"
    )
    screen = upload(page(), gzip.compress(content, mtime=0), "mine.vcf.gz")
    assert not screen.failures and "3 from mine.vcf.gz" in screen.words
    (left_out,) = screen.at.text
    assert left_out.value == "from mine.vcf.gz, line 6: chr1:5: '<DEL>' is symbolic and names no bases"
    table = results(start(screen))
    assert "1 of 3 alleles could not be scored" in screen.words
    assert list(table["name"]) == ["v300", "v301", "v302"] and np.isnan(table["joint_legnet.K562.effect"][2])
    assert any("the genome has" in w for w in screen.values("warning"))
    file = tmp_path / "out.vcf"
    file.write_text(downloads["variants.vcf"]())
    with pysam.VariantFile(str(file)) as read:
        effects = [r.info.get("EFFECT_joint_legnet.K562") for r in read]
    np.testing.assert_allclose([e[0] for e in effects[1:3]], table["joint_legnet.K562.effect"][:2], rtol=1e-4)


def test_a_row_opens_as_the_first_edit_of_its_window(page, random_bases, expected):
    bases = random_bases(1000)
    screen = start(page(variants_typed=f"chr1:300 {bases[299]}>-\nchr1:500 {bases[499]}>-"))
    effect = results(screen)["joint_legnet.HepG2.effect"][1]
    screen.pick_row("variants-table", 1)
    assert not screen.failures and screen.title == "Variants"
    screen.press("Open in the Explorer")
    assert screen.title == "Explorer"
    document = screen.document
    assert document.reference.bases == bases[399:599] and document.reference.region.label == "chr1:400-599"
    assert screen.edits == [f"chr1:500 {bases[499]}>-", "1 base(s) from downstream fill the window"]
    assert document.bases == bases[399:499] + bases[500:600]
    difference = expected("joint_legnet", document.bases) - expected("joint_legnet", document.reference.bases)
    assert effect == pytest.approx(difference[1], abs=1e-4)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress((HEAD + "chr1\t5\t.\tA\tC\t.\t.\t.\n").encode(), mtime=0)[:-9], "mine.vcf is cut short"),
        (b"\0\1\2binary", "mine.vcf is not text"),
        (b"chr1\t5\t.\tA\tC\n", "line 1 of mine.vcf comes before the header line"),
        ((HEAD + "chr1\tfive\t.\tA\tC\t.\t.\t.\n").encode(), "line 3 of mine.vcf has the POS 'five'"),
    ],
)
def test_a_file_that_is_no_vcf_is_named_and_the_typed_variants_stay(page, content, reason):
    screen = upload(page(variants_typed="chr1:300 A>C"), content)
    assert not screen.failures
    assert any(reason in e for e in screen.values("error"))
    assert "Alleles: 1 typed." in screen.words


def test_a_vcf_of_another_build_is_warned_of_before_anything_is_computed(page, random_bases):
    screen = upload(page(), vcf(random_bases(1000), range(300, 330), wrong=True))
    assert not screen.failures
    assert any("30 of 30 variants" in w and "REF and ALT are exchanged" in w for w in screen.values("warning"))


def test_stopped_scoring_goes_on_where_it_was(page, random_bases, monkeypatch):
    bases = random_bases(1000)
    screen = upload(page(), vcf(bases, range(300, 500)))
    real, calls = variant_effects.predict_with_uncertainty, []

    def breaks(*words, **options):
        calls.append(len(words[1]))
        if len(calls) == 2:
            raise InputError("stopped here")
        return real(*words, **options)

    monkeypatch.setattr(variant_effects, "predict_with_uncertainty", breaks)
    start(screen)
    assert any("stopped here" in e for e in screen.values("error"))
    del screen.at.session_state["variants-wanted"]  # what the Stop button does
    screen.at.run()
    assert screen.at.button(key="variants-start").label == "Go on scoring (64 of 200 done)"
    table = results(start(screen))
    assert len(table) == 200 and table["joint_legnet.K562.effect"].notna().all()
    assert sum(calls) - calls[1] <= 400  # no window was computed twice


def test_file_and_text_stay_while_other_pages_are_shown(page, random_bases):
    screen = upload(page(variants_typed="chr1:300 A>C"), vcf(random_bases(1000), [400, 401]))
    screen.open("home").open("variants")
    assert not screen.failures
    assert "mine.vcf is still in use." in screen.words and "2 from mine.vcf, 1 typed" in screen.words
    screen.press("Remove")
    assert "Alleles: 1 typed." in screen.words


def test_the_open_sequence_serves_as_reference(page, random_bases, app):
    bases = random_bases(1000)
    screen = start(page(variants_typed=f"chr1:300 {bases[299]}>{'A' if bases[299] != 'A' else 'C'}"))
    before = results(screen)["joint_legnet.K562.effect"][0]
    screen.pick_row("variants-table", 0).press("Open in the Explorer").open("variants")
    screen.choose("variants_source", "Open sequence")
    after = results(start(screen))["joint_legnet.K562.effect"][0]
    assert before == pytest.approx(after, abs=1e-5)


def test_without_genome_or_variants_the_page_says_what_it_needs(app, trained, no_data, tmp_path):
    screen = app("variants")
    assert not screen.failures and "satmut_elements.tsv.gz" in screen.words
    screen.choose("variants_source", "Genome FASTA")
    assert "Name an indexed or plain FASTA" in screen.words
    screen.type("genome_file", str(tmp_path / "hg.fa"))
    assert not screen.failures and any("hg.fa" in e for e in screen.values("error"))
    screen.choose("variants_source", "Open sequence")
    assert "No sequence is open" in screen.words


def test_tables_lists_and_every_notation_are_read_and_the_bad_lines_named(page, random_bases):
    bases = random_bases(1000)
    alt = {p: next(b for b in "ACGT" if b != bases[p - 1]) for p in range(300, 310)}
    table = f"chrom,pos,ref,alt,id\n1,300,{bases[299]},{alt[300]},mine\n1,x,A,C,bad\n"
    typed = (
        f"NC_000001.11:300:{bases[300]}:{alt[301]}\nchr1_302_{bases[301]}_{alt[302]}_b38\n"
        f"1 303 303 {bases[302]}/{alt[303]} + vep\nchr1\t304\tx\t{bases[303]}\t{alt[304]}\t.\t.\n1:102:G:\n"
    )
    screen = upload(page(variants_typed=typed), table.encode(), "mine.csv")
    assert not screen.failures and "1 from mine.csv, 4 typed" in screen.words
    shown = [t.value for t in screen.at.text]
    assert shown[0].startswith("from mine.csv, line 3: '1:x': 'x' is not a position")
    assert shown[1].startswith("typed, line 5: '1:102:G:' has the colons of SPDI, which counts from 0")
    assert list(results(start(screen))["pos"]) == [300, 301, 302, 303, 304]


def test_rs_numbers_ask_for_the_users_own_dbsnp(page, random_bases, tmp_path):
    bases = random_bases(1000)
    screen = page(variants_typed="rs7")
    assert not screen.failures and any("nothing is looked up on the internet" in e for e in screen.values("error"))
    file = tmp_path / "dbsnp.vcf"
    file.write_text(HEAD + f"1\t300\trs7\t{bases[299]}\t{next(b for b in 'ACGT' if b != bases[299])}\t.\t.\t.\n")
    screen.type("variants_dbsnp", str(file))
    assert not screen.failures and "Alleles: 1 typed." in screen.words
    assert list(results(start(screen))["name"]) == ["rs7"]
    screen.type("variants_dbsnp", str(tmp_path / "none.vcf"))
    assert not screen.failures and any("none.vcf cannot be read" in e for e in screen.values("error"))


def test_of_a_file_that_is_shifted_nothing_is_scored_and_the_typed_ones_are(page, random_bases):
    bases = random_bases(1000)
    rows = [line.split(b"\t") for line in vcf(bases, range(300, 330)).split(b"\n") if line.startswith(b"chr1")]
    content = HEAD.encode() + b"".join(b"\t".join([r[0], str(int(r[1]) - 1).encode(), *r[2:]]) + b"\n" for r in rows)
    screen = upload(page(), content)
    assert any("30 of 30 fit one base further on (POS+1)" in w for w in screen.values("warning"))
    assert "No allele can be scored" in screen.words
    screen.type("variants_typed", f"chr1:500 {bases[499]}>{next(b for b in 'ACGT' if b != bases[499])}")
    assert screen.at.button(key="variants-start").label == "Score 1 allele(s)"
    table = results(start(screen))
    assert table["joint_legnet.K562.effect"].notna().sum() == 1 and len(table) == 31
