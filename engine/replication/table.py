"""All findings of the rank-order study that our models and data can decide, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from engine.data.library import Library
from engine.errors import CisLensError
from engine.evaluation import comparison
from engine.interpretation import stored
from engine.interpretation.tables import Table
from engine.replication import disentangle, motifs, representations, scores
from engine.replication.finding import Finding
from engine.statistics import Metric


class Part(NamedTuple):
    """Some findings, and what had to be left out of them: why, and how to mend it."""

    findings: list[Finding]
    left_out: list[str]


SCORES, REPRESENTATIONS, MOTIFS = "Scores", "Representations and attributions", "Motifs"
SEVERAL = "Learning from several experiments"
# the analyses of `interpret` without which a part has nothing to say; scores rest on `compare`, what is learned from
# several experiments on commands of its own
WHAT = {
    REPRESENTATIONS: ("umap", "cka", "probes", "untrained", "maps"),
    MOTIFS: ("motif-association", "motif-probes"),
}
MEND = (
    {SCORES: "python -m engine compare"}
    | {part: stored.command(",".join(what)) for part, what in WHAT.items()}
    | {SEVERAL: f"{disentangle.MEND} && python -m engine disentangle analyse"}
)


def read(library: Callable[[], Library]) -> dict[str, Part]:
    """Each part by its name; a result that is missing, stale or broken is left out.

    Args:
        library: gives the library, which findings about representations need; without the data it raises a
            CisLensError, and these are left out.
    """
    readers = {
        SCORES: lambda left_out: scores.read(comparison.read(), left_out),
        REPRESENTATIONS: lambda left_out: representations.findings(library(), left_out),
        MOTIFS: motifs.findings,
        SEVERAL: disentangle.findings,
    }
    parts = {}
    for name, reader in readers.items():
        left_out: list[str] = []
        try:
            findings = reader(left_out)
        except CisLensError as error:
            findings = []
            left_out.append(str(error))
        parts[name] = Part(findings, left_out)
    return parts


def rows(findings: list[Finding]) -> list[dict]:
    """As rows of a table: `finding`, `statement`, `value`, `low`, `high`, `n`, the same of another
    seed (`other_seed`, `other_seed_low`, `other_seed_high`), `published`, `holds_above`, `holds_below`,
    `p_over_networks`, `verdict`."""
    return [
        {"finding": f.number, "statement": f.statement, **f.ours.as_dict(), **_of(f.again)}
        | {"published": f.published, "holds_above": f.low, "holds_below": f.high}
        | {"p_over_networks": f.p, "verdict": f.verdict}
        for f in findings
    ]


def _rows(library: Library, stale: list[str]) -> Iterator[dict]:
    for part in read(lambda: library).values():
        stale += part.left_out
        yield from rows(part.findings)


# The findings beside the tables of what is stored (`engine.interpretation.tables.TABLES`).
TABLE = Table(_rows, tuple(what for part in WHAT.values() for what in part))


def _of(again: Metric | None) -> dict:
    values = (again.value, again.low, again.high) if again else (None, None, None)
    return dict(zip(("other_seed", "other_seed_low", "other_seed_high"), values, strict=True))
