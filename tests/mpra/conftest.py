"""What the tests of users' tables share: made-up tables whose activity is known, as text."""

import numpy as np
import pytest

from engine.sequence import decode

MOTIF = "GATTACAGATTACA"


def planted(n: int, seed: int = 0, length: int = 200) -> tuple[list[str], np.ndarray]:
    """Random sequences, and as their activity how often a motif was written into each."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 4, n)
    sequences = []
    for count in counts:
        bases = list(decode(rng.integers(0, 4, length).astype(np.uint8)))
        for place in rng.choice(length // 16 - 1, count, replace=False):
            bases[16 * place : 16 * place + len(MOTIF)] = MOTIF
        sequences.append("".join(bases))
    return sequences, counts.astype(float)


@pytest.fixture
def own_table(tmp_path):
    """A table of 300 sequences measured in K562, with its file, sequences and activities."""
    sequences, activity = planted(300)
    file = tmp_path / "mine.tsv"
    rows = "".join(f"e{i}\t{s}\t{a}\n" for i, (s, a) in enumerate(zip(sequences, activity, strict=True)))
    file.write_text("name\tseq\tK562_log2\n" + rows)
    return file, sequences, activity
