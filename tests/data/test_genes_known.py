"""Genes by symbol, as the public table has them."""

import pytest

from engine.data import genes


@pytest.mark.needs_data("genes")
def test_a_gene_has_its_id_and_where_its_transcription_starts():
    known = genes.known()
    assert len(known) == 20_667
    ldlr = known["LDLR"]
    assert (ldlr.ensembl, ldlr.start.chrom, ldlr.start.strand, ldlr.start.build) == (
        "ENSG00000130164", "chr19", "+", "GRCh38",
    )  # fmt: skip
    assert len(ldlr.start) == 500
    assert ldlr.start.start < 11_089_362 <= ldlr.start.end, "the first base of LDLR in Ensembl"
