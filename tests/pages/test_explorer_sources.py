"""Explorer: where a sequence can come from."""

import datetime
import gzip
import json

import numpy as np
import pytest

from engine.data import genes, satmut
from engine.editor import genbank
from engine.editor.document import Document
from engine.fasta import read_fasta
from engine.results import Feature
from engine.sequence import ADAPTER_LEFT, ADAPTER_RIGHT, Sequence, reverse_complement
from pages.panels.explorer import sources
from pages.shared import bench


def test_a_pasted_sequence_opens_cleaned(explorer, trained, bases):
    screen = explorer(" 1 " + bases[:100].lower() + "\n101 " + bases[100:])
    assert not screen.failures
    assert screen.text == bases == screen.document.bases
    assert "pasted" in screen.words and "200 bp" in screen.words
    assert "Cleaned: removed blanks, removed 4 digit(s), raised lower case to upper case." in screen.words
    assert screen.edits == []


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_a_pasted_piece_of_a_measured_element_gets_its_place_and_what_was_measured(explorer, trained):
    region = satmut.load("LDLR", "GRCh38").region
    window = bench.window_around(satmut.context(satmut.load("LDLR", "GRCh38")), region.start + 150)
    screen = explorer(window.bases.lower())
    assert not screen.failures
    assert screen.document.reference.region == window.region and screen.document.bases == window.bases
    assert f"Its bases are those of {window.region.label} (GRCh38), where variants were measured." in screen.words
    assert screen.at.session_state["measured_set"] in ("LDLR", "LDLR.2")  # which data set the track shows


def test_pasted_text_with_a_foreign_letter_is_refused_with_its_place(app, trained):
    screen = app("explorer").type("paste_text", "ACGTXACGT")
    assert not screen.failures
    assert any("letter 'X' at position 5" in e for e in screen.values("error"))
    assert screen.at.text_area(key="paste_text").value == "ACGTXACGT"


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("way", ["paste", "fasta"])
def test_the_adapters_of_an_oligo_are_taken_off_unless_they_are_to_stay(app, trained, bases, way, keep):
    oligo = ADAPTER_LEFT + bases + ADAPTER_RIGHT
    screen = app("explorer")
    if way == "paste":
        screen.type("paste_text", f"\ufeff{oligo.lower()}")
    else:
        screen.at.file_uploader(key="fasta_upload").set_value(
            ("mine.fa", f">o\r{oligo}\r".encode(), "text/plain")
        ).run()
    assert "stands between the adapters of the lentiMPRA library" in " ".join(screen.values("info"))
    if keep:
        screen.at.checkbox(key=f"{way}_adapters").check().run()
    screen.at.button(key=f"open_{way}").click().run()
    assert not screen.failures
    assert screen.document.bases == (oligo if keep else bases)
    assert ("They were taken off" in screen.document.remark) is not keep


def test_a_sequence_without_a_known_base_opens_without_a_number(explorer, trained):
    screen = explorer("N" * 200)
    assert not screen.failures
    assert "No known base" in screen.words
    assert "nan" not in screen.words
    for sent in (screen.editor.shown, *screen.editor.parts.values()):
        json.dumps(sent, allow_nan=False)  # a browser takes no NaN


def test_records_of_pasted_fasta_open_together_with_their_descriptions(app, trained, bases):
    screen = app("explorer").type(
        "paste_text", f">one a short one\nACGTACGT\n>two\n{bases}\n>three chr1:1-8 placed\nGGGGACGT\n"
    )
    records = screen.at.multiselect(key="paste_records")
    assert records.options == ["one (8 bp) a short one", "two (200 bp)", "three (8 bp) placed"]
    assert records.value == ["one"]
    records.set_value(["two", "three"]).run()
    screen.at.button(key="open_paste").click().run()
    assert not screen.failures
    opened = screen.at.session_state["bench"].documents
    assert [(d.reference.name, d.reference.bases, d.remark) for d in opened] == [
        ("two", bases, ""), ("three", "GGGGACGT", "placed."),
    ]  # fmt: skip
    assert opened[1].reference.region.label == "chr1:1-8"


def test_all_records_open_at_once(app, trained):
    screen = app("explorer").type("paste_text", ">a\nACGTACGT\n>b\nGGGGACGT\n>c\nTTTTACGT\n")
    screen.at.checkbox(key="paste_all").check().run()
    screen.at.button(key="open_paste").click().run()
    assert [d.reference.name for d in screen.at.session_state["bench"].documents] == ["a", "b", "c"]


def test_of_a_sequence_too_long_for_the_screen_a_stretch_opens(app, trained, random_bases):
    long = random_bases(100_000)
    screen = app("explorer").type("paste_text", f">contig of a genome\n{long}\n")
    assert any("100,000 bases" in i and "3,000" in i for i in screen.values("info"))
    screen.at.number_input(key="paste_from-contig-None").set_value(50_001).run()
    screen.at.number_input(key="paste_to-contig-None").set_value(50_200).run()
    screen.at.button(key="open_paste").click().run()
    assert not screen.failures
    assert screen.document.bases == long[50_000:50_200]
    assert screen.document.remark == "of a genome. Bases 50,001 to 50,200 of 100,000."


def test_a_stretch_that_is_too_long_is_refused(app, trained, random_bases):
    screen = app("explorer").type("paste_text", random_bases(9_000))
    screen.at.number_input(key="paste_to-pasted-None").set_value(9_000).run()
    assert any("9,000 bases" in e and "take a stretch" in e for e in screen.values("error"))
    assert "bench" not in screen.at.session_state


def test_a_genbank_file_opens_with_its_features(app, trained):
    document = Document(Sequence("mine", "ACGTACGTAC" * 20)).annotated(Feature("site", 10, 20, "-", "#d55e00"))
    screen = app("explorer")
    content = genbank.write(document, datetime.date(2026, 11, 30)).encode()
    screen.at.file_uploader(key="fasta_upload").set_value(("mine.gb", content, "text/plain")).run()
    screen.at.button(key="open_fasta").click().run()
    assert not screen.failures
    assert screen.document.features == document.features


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_a_fasta_file_opens(app, trained, bases, mark):
    screen = app("explorer")
    content = mark + f">mine\r\n{bases[:90]}\r\n{bases[90:]}\r\n".encode()
    screen.at.file_uploader(key="fasta_upload").set_value(("mine.fa", content, "text/plain")).run()
    screen.at.button(key="open_fasta").click().run()
    assert not screen.failures
    assert (screen.document.reference.name, screen.document.bases) == ("mine", bases)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(b">a\nACGT\n", mtime=0)[:-5], "mine.fa is cut short"),
        (b">a\nAC\xff\n", "letter 'ÿ' at position 3"),
        (b">a\nAC\0\n", "mine.fa is not text"),
        (b"", "mine.fa is empty"),
        (b"ACGT\n", "mine.fa is not FASTA"),
        (b">a\nACGJ\n", "letter 'J' at position 4"),
    ],
)
def test_a_file_that_is_not_fasta_is_named(app, trained, content, reason):
    screen = app("explorer")
    screen.at.file_uploader(key="fasta_upload").set_value(("mine.fa", content, "text/plain")).run()
    assert not screen.failures
    assert any(reason in e for e in screen.values("error"))


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_a_measured_element_opens_around_the_chosen_position(app, trained):
    screen = app("explorer").choose("measured_element", "PKLR-48h").choose("measured_build", "GRCh37")
    screen.choose("measured_position-PKLR-48h-GRCh37", 155271400)
    screen.at.button(key="open_measured").click().run()
    assert not screen.failures
    reference = screen.document.reference
    assert (reference.region.chrom, reference.region.build, len(reference)) == ("chr1", "GRCh37", 200)
    assert reference.region.start + 1 <= 155271400 <= reference.region.end
    around = satmut.context(satmut.load("PKLR-48h", "GRCh37"))
    first = reference.region.start - around.region.start
    assert around.bases[first : first + 200] == reference.bases
    # the tracks then have genomic positions
    assert screen.editor.shown["region"] == {
        "chrom": "chr1", "first": reference.region.start + 1, "step": 1, "build": "GRCh37",
    }  # fmt: skip


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_an_element_with_a_gap_says_so_and_opens_with_an_n(app, trained):
    screen = app("explorer").choose("measured_element", "TCF7L2")
    assert any("1 position(s)" in w and "TCF7L2" in w for w in screen.values("warning"))
    assert not screen.failures
    own = satmut.load("TCF7L2", "GRCh38").reference("N")
    screen.choose("measured_position-TCF7L2-GRCh38", own.region.start + own.bases.index("N") + 1)
    screen.at.button(key="open_measured").click().run()
    assert not screen.failures
    assert screen.document.bases.count("N") == 1
    assert any("not A, C, G or T" in w for w in screen.values("warning"))


def lenti_row(screen):
    """The list of library elements."""
    (found,) = [s for s in screen.at.selectbox if s.key.startswith("lenti_row")]
    return found


@pytest.mark.needs_data("lentimpra_sequences", "lentimpra_activity")
def test_a_library_element_opens_with_what_was_measured(app, trained, library):
    screen = app("explorer", source_tab="lentiMPRA element").choose("lenti_cells", "HepG2")
    best = int(np.argmax(library.column("HepG2")))
    assert lenti_row(screen).value == best
    screen.at.button(key="open_lenti").click().run()
    assert not screen.failures
    assert screen.document.reference.name == library.names[best]
    assert screen.document.bases == library.sequence(best).bases
    assert f"HepG2 {library.activity[best, 1]:+.2f}" in screen.words


@pytest.mark.needs_data("lentimpra_sequences", "lentimpra_activity")
@pytest.mark.parametrize(
    ("name", "words"),
    [("peak00", "Fold 0, test fold"), ("ENSG01", "Fold 1, validation fold"), ("peak02", "the models have seen it")],
)
def test_a_library_element_says_whether_the_models_have_seen_it(app, trained, library, name, words):
    screen = app("explorer", source_tab="lentiMPRA element").type("lenti_name", f" {name} ")
    screen.at.button(key="open_lenti").click().run()
    assert not screen.failures
    assert screen.document.reference.name == name
    assert words in screen.words


@pytest.mark.needs_data("lentimpra_sequences", "lentimpra_activity")
def test_an_unknown_library_element_is_named(app, trained):
    screen = app("explorer", source_tab="lentiMPRA element").type("lenti_name", "nobody")
    assert not screen.failures
    assert any("'nobody'" in e and "peak00" in e for e in screen.values("error"))


@pytest.mark.needs_data("lentimpra_sequences", "lentimpra_activity")
def test_library_elements_can_be_narrowed_and_reordered(app, trained, library):
    screen = (
        app("explorer", source_tab="lentiMPRA element")
        .choose("lenti_class", "promoter")
        .choose("lenti_order", "lowest")
    )
    rows = lenti_row(screen)
    assert len(rows.options) == 10 and all(o.startswith("ENSG") for o in rows.options)
    promoters = np.flatnonzero(library.classes == "promoter")
    assert rows.value == promoters[np.argmin(library.column("K562")[promoters])]
    screen.choose("lenti_order", "at random")
    assert not screen.failures


@pytest.fixture
def genome(tmp_path, random_bases):
    """A genome of one contig of 1,000 bases."""
    file = tmp_path / "genome.fa"
    file.write_text(f">chr1\n{random_bases(1000)}\n")
    return file


def test_a_region_of_a_genome_opens(app, trained, genome, random_bases):
    screen = (
        app("explorer", source_tab="lentiMPRA element")
        .type("genome_file", str(genome))
        .type("genome_region", "chr1:101-300")
    )
    screen.at.button(key="open_genome").click().run()
    assert not screen.failures
    assert screen.document.bases == random_bases(1000)[100:300]
    assert "chr1:101-300" in screen.words and "genome.fa" in screen.words


@pytest.mark.parametrize(
    ("region", "reason"),
    [("2:1-20", "'2'"), ("chr1:990-1010", "1000 bases"), ("chr1", "is not a region"), ("chr1:9-2", "ends before")],
)
def test_a_region_that_the_genome_lacks_is_named(app, trained, genome, region, reason):
    screen = app("explorer").type("genome_file", str(genome)).type("genome_region", region)
    if not screen.values("error"):  # a text that is no region is named as soon as it is typed
        screen.at.button(key="open_genome").click().run()
    assert not screen.failures
    assert any(reason in e for e in screen.values("error"))


def test_a_genome_that_is_not_there_is_named(app, trained, tmp_path):
    screen = app("explorer").type("genome_file", str(tmp_path / "hg.fa")).type("genome_region", "chr1:1-20")
    screen.at.button(key="open_genome").click().run()
    assert not screen.failures
    assert any("hg.fa" in e for e in screen.values("error"))


def test_every_example_has_a_record_and_a_word_about_it():
    records = read_fasta(sources.EXAMPLES.read_text())
    told = json.loads(sources.EXAMPLES.with_suffix(".json").read_text())
    assert {r.name for r in records} == set(told["sequences"])
    assert all(told["sequences"].values()) and told["how"]


def test_an_example_opens(app, no_data, trained):
    first = read_fasta(sources.EXAMPLES.read_text())[0]
    screen = app("explorer")
    screen.at.button(key="open_example").click().run()
    assert not screen.failures
    assert (screen.document.reference.name, screen.document.bases) == (first.name, first.bases)


def test_a_compressed_fasta_file_opens(app, trained, bases):
    screen = app("explorer")
    content = gzip.compress(f">mine\n{bases}\n".encode(), mtime=0)
    screen.at.file_uploader(key="fasta_upload").set_value(("mine.fa.gz", content, "application/gzip")).run()
    screen.at.button(key="open_fasta").click().run()
    assert not screen.failures
    assert (screen.document.reference.name, screen.document.bases) == ("mine", bases)


def test_one_of_several_regions_in_bed_columns_opens(app, trained, genome, random_bases):
    screen = app("explorer").type("genome_file", str(genome))
    screen.type("genome_region", "chr1\t0\t200\tfirst\nchr1\t300\t500\tsecond")
    screen.choose("genome_which", 1)
    screen.at.button(key="open_genome").click().run()
    assert not screen.failures
    assert screen.document.reference.name == "second" and screen.document.bases == random_bases(1000)[300:500]
    screen.open_drawer().type("genome_region", "chr1\t0\t200\nchr1\tx\t500")
    assert any("line 2 of the text: start is 'x'" in e for e in screen.values("warning"))


@pytest.mark.parametrize("text", ["1:101-300(-)", "chr1\t100\t300\tx\t0\t-", "NC_000001.11:101-300:-"])
def test_a_region_of_the_minus_strand_opens_as_its_reverse_complement(app, trained, genome, random_bases, text):
    screen = app("explorer").type("genome_file", str(genome)).type("genome_region", text)
    screen.at.button(key="open_genome").click().run()
    assert not screen.failures
    reference = screen.document.reference
    assert reference.bases == reverse_complement(random_bases(1000)[100:300])
    assert reference.region.label == "chr1:101-300(-)" and "chr1:101-300(-)" in screen.words


@pytest.mark.parametrize("form", ["chr1:{p} {ref}>{alt}", "1-{p}-{ref}-{alt}", "chr1:g.{p}{ref}>{alt}"])
def test_a_variant_opens_as_the_first_edit_of_its_window_in_the_genome(app, trained, genome, random_bases, form):
    whole = random_bases(1000)
    ref, alt = whole[499], "A" if whole[499] != "A" else "C"
    screen = app("explorer").type("genome_file", str(genome))
    screen.type("genome_region", form.format(p=500, ref=ref, alt=alt))
    screen.at.button(key="open_genome").click().run()
    assert not screen.failures
    assert screen.document.reference.bases == whole[399:599]
    assert len(screen.edits) == 1 and screen.document.bases == whole[399:499] + alt + whole[500:599]


def test_a_variant_that_does_not_fit_the_genome_is_named(app, trained, genome, random_bases):
    ref = random_bases(1000)[499]
    other = "A" if ref != "A" else "C"
    screen = app("explorer").type("genome_file", str(genome)).type("genome_region", f"chr1:500 {other}>{ref}")
    screen.at.button(key="open_genome").click().run()
    assert not screen.failures
    assert any(f"the genome has {ref} there (wrong build?)" in e for e in screen.values("error"))


@pytest.mark.needs_data("satmut", "cagi5_references")
def test_a_gene_s_name_takes_its_measured_element(app, trained):
    screen = app("explorer")
    for gene, element in (("ldlr", "LDLR"), ("TERT", "TERT-GAa"), ("SHH", "ZRSh-13")):
        screen.type("measured_gene", gene)
        assert not screen.failures and screen.at.selectbox(key="measured_element").value == element
    screen.type("measured_gene", "TP53")
    assert any("'TP53'" in e and "LDLR" in e for e in screen.values("error"))
    assert screen.at.selectbox(key="measured_element").value == "ZRSh-13"


def test_every_measured_element_has_a_gene():
    assert set(genes.ELEMENTS) == {d.element for d in satmut.DATA_SETS.values()}
    assert all(name in genes.data_sets_of(genes.ELEMENTS[d.element][0]) for name, d in satmut.DATA_SETS.items())
