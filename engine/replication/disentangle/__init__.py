"""The study's findings about learning from several experiments (19 to 26), and what it does not ask.

`scores` has those that rest on scores, `analyses` those that rest on maps, features and weights, `terms` what both say.
"""

from __future__ import annotations

from engine.errors import CisLensError
from engine.replication.disentangle import analyses, scores
from engine.replication.finding import Finding

MEND = scores.MEND


def findings(left_out: list[str]) -> list[Finding]:
    """All that is decided and stored; what is stale is appended to `left_out` with how to mend it, and so is what lacks
    where others are there."""
    told: list[Finding] = []
    try:
        told = scores.read()
    except CisLensError as error:
        left_out.append(str(error))
    lacking = not told and not left_out
    told += analyses.findings(left_out)
    if lacking and told:
        left_out.append(f"nothing is stored of findings about scores; run: {MEND}")
    return told
