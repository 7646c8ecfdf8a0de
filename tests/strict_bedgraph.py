"""A strict reader of bedGraph: what UCSC's bedGraphToBigWig refuses, it refuses too."""

import re

TRACK = re.compile(r'track type=bedGraph name="[^"\n]*"( description="[^"\n]*")?')


def tracks(text: str, lengths: dict[str, int] | None = None) -> list[dict[str, list[tuple[int, int, float]]]]:
    """The intervals of each track by contig; asserts that each contig comes once and in order, that starts rise, that
    nothing overlaps and, with the contigs' `lengths`, that all lies on them."""
    assert text.endswith("\n") and "\r" not in text
    read: list[dict[str, list[tuple[int, int, float]]]] = []
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("track "):
            assert TRACK.fullmatch(line), line
            read.append({})
            continue
        contig, start, end, value = line.split("\t")
        assert contig and not re.search(r"\s", contig) and start.isdecimal() and end.isdecimal()
        rows = read[-1].setdefault(contig, [])
        assert contig == list(read[-1])[-1], f"{contig} comes twice"
        assert int(start) < int(end) and (not rows or rows[-1][1] <= int(start)), line
        assert lengths is None or int(end) <= lengths[contig], line
        assert float(value) == float(value)
        rows.append((int(start), int(end), float(value)))
    for track in read:
        assert list(track) == sorted(track)
    return read
