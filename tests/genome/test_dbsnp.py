"""rs numbers looked up in a dbSNP file of the user's own, which is read once from front to end."""

import gzip

import pysam
import pytest

from engine.errors import InputError
from engine.genome import dbsnp
from engine.genome.variants import Variant

TEXT = """##fileformat=VCFv4.2
##reference=GRCh38.p14
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO
NC_000001.11\t10\trs1\tA\tC,G\t.\t.\tRS=1
NC_000001.11\t11\trs22;rs3\tAT\tA\t.\t.\tRS=22
NC_000001.11\t12\trs333\tA\tC\t.\t.\tRS=3
NC_000023.11\t13\trs4\tA\tC\t.\t.\tRS=4
NC_000024.10\t14\trs4\tA\tC\t.\t.\tRS=4
NC_000001.11\t15\trs5\tA\t.\t.\t.\tRS=5
"""


@pytest.mark.parametrize("form", ["plain", "gzip", "bgzip", "crlf"])
def test_every_allele_of_a_number_is_given(tmp_path, form):
    file = tmp_path / "dbsnp.vcf"
    file.write_bytes(TEXT.replace("\n", "\r\n").encode() if form == "crlf" else TEXT.encode())
    if form == "gzip":
        file.write_bytes(gzip.compress(TEXT.encode()))
    if form == "bgzip":
        pysam.tabix_compress(str(file), str(file) + ".gz")
        file = tmp_path / "dbsnp.vcf.gz"
    found = dbsnp.look_up(file, ["rs1", "RS3", "rs4", "rs5", "rs99"])
    pseudoautosomal = [("NC_000023.11", 13), ("NC_000024.10", 14)]
    assert found == {
        "rs1": [Variant("NC_000001.11", 10, "A", a, "rs1", "GRCh38") for a in "CG"],
        "rs3": [Variant("NC_000001.11", 11, "AT", "A", "rs3", "GRCh38")],
        "rs4": [Variant(chrom, pos, "A", "C", "rs4", "GRCh38") for chrom, pos in pseudoautosomal],
    }


def test_the_file_is_not_held_and_progress_is_told(tmp_path, monkeypatch):
    file = tmp_path / "dbsnp.vcf"
    file.write_text(TEXT)
    monkeypatch.setattr(dbsnp, "_EVERY", 4)
    seen = []
    dbsnp.look_up(file, ["rs1"], lambda *at: seen.append(at))
    assert seen == [(4, 0), (8, 0)]
    assert dbsnp.look_up(tmp_path / "not there", []) == {}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read"),
        (b"rs1\tA\n", "does not begin as a VCF does"),
        (gzip.compress(TEXT.encode() * 50, mtime=0)[:-100], "cut short or damaged"),
        (b"\x1f\x8b nothing", "cut short or damaged"),
        (b"##fileformat=VCFv4.2\nNC_000001.11\t10\trs1\tA\tC\t.\t.\t.\n", "comes before the header line"),
    ],
)
def test_what_is_no_dbsnp_file_is_refused(tmp_path, content, reason):
    file = tmp_path / "dbsnp.vcf"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=reason):
        dbsnp.look_up(file, ["rs1"])
