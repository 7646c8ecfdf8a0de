"""Addresses of UCSC's browser: positions from 1, both ends; nothing where the place is not known."""

import pytest

from engine.genome import ucsc
from engine.sequence import Region


@pytest.mark.parametrize(
    ("region", "around", "end"),
    [
        (Region("chr1", 109_274_967, 109_274_968, "GRCh38"), 0, "?db=hg38&position=chr1:109274968-109274968"),
        (Region("1", 0, 200, "hg19", "-"), 50, "?db=hg19&position=chr1:1-250"),
        (Region("MT", 9, 20, "GRCh38"), 0, "?db=hg38&position=chrM:10-20"),
    ],
)
def test_the_address_has_database_and_place(region, around, end):
    assert ucsc.address(region, around) == ucsc.BROWSER + end


@pytest.mark.parametrize("region", [None, Region("chr1", 0, 9), Region("chr1", 0, 9, "sacCer3")])
def test_there_is_none_where_the_build_is_not_known(region):
    assert ucsc.address(region) is None
