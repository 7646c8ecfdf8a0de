"""How much is taken at once: bounds that no real use meets, each checked before any work is done for it.

A small input can ask for unbounded work: a short link for a million edits, a small compressed file for gigabytes. Every
door into CisLens holds what comes in against one of these, and says what is too much and what to do instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import InputError


@dataclass(frozen=True)
class Limit:
    """At most `most` of `what` (a plural); `mend` says what to do beyond that."""

    most: int
    what: str
    mend: str

    def check(self, n: int, where: str) -> None:
        """Raise InputError if `where` (what the user knows it by) has more than that many."""
        if n > self.most:
            raise InputError(f"{where} has {n:,} {self.what}, more than {self.most:,}; {self.mend}")


UNPACKED = Limit(1_000_000_000, "bytes of text", "give a part of it")
FASTA_TEXT = Limit(
    300_000_000, "bytes of text", "split it into several files; of a whole genome 'scan' takes regions with --genome"
)
STREAMED_TEXT = Limit(100_000_000_000, "bytes of text", "split it into several files")
PIPED = Limit(20_000_000_000, "bytes", "write it to a file, and name that")
STREAMED = Limit(50_000_000, "records", "split it into several files")
RECORDS = Limit(1_000_000, "records", "split it into several files")
NAME = Limit(1_000, "letters in its name", "shorten it")
DIGITS = Limit(18, "digits in one number", "write a number that a genome or a table can hold")
TABLE_ROWS = Limit(2_000_000, "rows", "split it into several tables")
TABLE_COLUMNS = Limit(1_000, "columns", "keep those that are needed")
TABLE_LINE = Limit(1_000_000, "characters in one line", "a table has a row on each line")
TABLE_SEQUENCE = Limit(20_000, "bases", "give the assayed element alone")
CELL_TYPES = Limit(50, "columns of activity", "name those that are needed with --activity")
HGVS = Limit(2_000, "characters", "write the changed bases as one delins")
EDITED = Limit(3_000, "bases, which are mutated one by one on screen", "take a stretch")
EDITS = Limit(10_000, "edits", "save the session, and open the sequence as it stands now as a new one")
OPEN = Limit(20, "sequences side by side", "close one first")
BRANCHES = Limit(50, "named states", "remove those that are not needed")
ANNOTATIONS = Limit(500, "annotations", "remove those that are not needed")
SESSION = Limit(50_000_000, "bytes", "close some sequences, or open those with fewer edits")
LINK = Limit(100_000, "characters", "save the session and send that file")
LINK_UNPACKED = Limit(5_000_000, "bytes after unpacking", "ask for the session file in its place")
CHOSEN = Limit(1_000, "entries", "choose fewer")
REMARK = Limit(10_000, "letters in one of its texts", "shorten it")
OPERATIONS = Limit(10_000, "operations in one message", "reload the page")
PASTED = Limit(1_000_000, "letters", "paste the stretch that you want to see")
MOTIF_FILE = Limit(50_000_000, "bytes", "give the motifs in several files")
MOTIFS = Limit(10_000, "motifs", "give the motifs in several files")
MOTIF_POSITIONS = Limit(60_000, "positions in its motifs together", "give the motifs in several files")
MOTIF_COLUMNS = Limit(100, "positions", "a motif is the site of one factor; give that part alone")
MOTIF_SITES = Limit(1_000_000_000, "sites", "divide its counts, or give probabilities")
REGIONS = Limit(1_000_000, "regions", "give them in several files")
EXTRACTED = Limit(1_000_000_000, "bases in all its regions together", "give them in several runs")
ALLELE = Limit(10_000, "bases in one allele", "no model's window holds such a variant")
ALLELES = Limit(1_000, "alternative alleles", "write them in several lines")
VARIANTS = Limit(2_000_000, "alleles", "split it, by chromosome for one")
NO_VARIANTS = Limit(100_000, "lines that are no variants", "is it a file of variants?")
VARIANT_LINE = Limit(100_000, "letters in one line", "give one variant a line")
PRESETS_FILE = Limit(1_000_000, "bytes", "keep the presets that are needed")
PRESETS = Limit(50, "presets", "remove those that are not needed")
SITES = Limit(200, "sites", "give them as several presets")
SITE_BASES = Limit(50, "bases in one site", "a restriction site is shorter; give that part alone")
DESIGNS = Limit(10_000, "designs", "design them in several runs, each with a seed of its own")
CLAIMS = Limit(300_000_000, "bytes", "give the file of one run alone")
