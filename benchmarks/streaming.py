"""How much memory large files take: windows of a FASTA file through `predict`, a VCF through `variants`.

    python -m benchmarks.streaming

Each measurement runs in a process of its own, which loads what it needs first; counted is by how much the most memory
it ever held lies above what it held then. The network is as small as one can be, so that what is measured is how the
files are read and the rows are written. Needs Linux, which tells a process its highest memory.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.shared import MEGABYTES, Row, table
from engine import models
from engine.cli import sequences, variants
from engine.experiments import checkpoints
from engine.experiments.declared import EXPERIMENTS, Architecture
from engine.fasta import read_fasta
from engine.genome.effects import score_variants
from engine.genome.genome import Genome
from engine.genome.notations.vcf import read_vcf
from engine.genome.reference import GenomeReference
from engine.sequence import encode, one_hot

ROOT = Path(__file__).resolve().parent.parent
SMALL = {"width": 4, "growth": (1.0,), "stem_kernel": 3, "kernel": 3, "expansion": 1, "pool": 4}
CONTIG, EDGE = 2_000_000, 1_000  # bases of the made-up genome; no variant lies so near its ends
ALPHABET = np.frombuffer(b"ACGT", np.uint8)
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def prepare(folder: Path, windows: tuple[int, ...], alleles: tuple[int, ...]) -> None:
    """A small model, FASTA files of so many windows, a genome, and VCFs of so many substitutions in it."""
    os.environ["CISLENS_MODELS"] = str(folder / "models")
    torch.manual_seed(0)
    declared = EXPERIMENTS["joint_legnet"]
    outputs = declared.task.outputs
    small = dataclasses.replace(declared, name="small", model=Architecture("legnet", SMALL))
    checkpoints.save("small", models.build("legnet", outputs, SMALL).eval(), small)
    rng = np.random.default_rng(0)
    genome = ALPHABET[rng.integers(0, 4, CONTIG)].tobytes().decode()
    (folder / "genome.fa").write_text(">chr1\n" + "".join(genome[i : i + 80] + "\n" for i in range(0, CONTIG, 80)))
    for n in windows:
        starts = (np.arange(n) * 1_999) % (CONTIG - 200)
        with (folder / f"{n}.fa").open("w") as handle:
            handle.writelines(f">window{i}\n{genome[s : s + 200]}\n" for i, s in enumerate(starts.tolist()))
    for n in alleles:
        places = np.sort(rng.choice(np.arange(EDGE, CONTIG - EDGE), n, replace=False)).tolist()
        with (folder / f"{n}.vcf").open("w") as handle:
            handle.write("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
            handle.writelines(
                f"chr1\t{p + 1}\trs{i}\t{genome[p]}\t{_other(genome[p])}\t50\tPASS\tAC=1;AN=100\n"
                for i, p in enumerate(places)
            )


def _other(base: str) -> str:
    return "ACGT"[("ACGT".index(base) + 1) % 4]


# --- what is measured -------------------------------------------------------------------------------


def stream_windows(folder: Path, n: int) -> None:
    sequences.predict_command(str(folder / f"{n}.fa"), "small", str(folder / "out.csv"), device_name="cpu")


def windows_at_once(folder: Path, n: int) -> None:
    """All windows as one array, all predictions as one table."""
    model = checkpoints.load("small").inference_model
    read = read_fasta((folder / f"{n}.fa").read_text())
    x = torch.from_numpy(np.stack([one_hot(encode(s.bases)) for s in read]))
    with torch.inference_mode():
        both = [[model(part), model(part.flip(1, 2))] for part in x.split(64)]
    values = torch.cat([(there + back) / 2 for there, back in both]).numpy()
    frame = pd.DataFrame(values, columns=list(model.outputs), index=[s.name for s in read])
    frame.to_csv(folder / "out.csv", float_format="%.6g")


def stream_variants(folder: Path, n: int) -> None:
    given = [str(folder / f"{n}.vcf")]
    variants.variants_command(given, "small", str(folder / "genome.fa"), out=str(folder / "out.csv"), device_name="cpu")


def variants_at_once(folder: Path, n: int) -> None:
    """All records, all windows' scores and all rows at once."""
    model = checkpoints.load("small").inference_model
    reference = GenomeReference(Genome(folder / "genome.fa"))
    read = read_vcf((folder / f"{n}.vcf").read_bytes())
    score_variants(model, read.variants, reference).to_csv(folder / "out.csv", float_format="%.6g")


WORKS: dict[str, Callable[[Path, int], None]] = {
    work.__name__: work for work in (stream_windows, windows_at_once, stream_variants, variants_at_once)
}


def highest(what: str) -> float:
    """`VmHWM` (the highest) or `VmRSS` (now) of this process's memory, MB."""
    lines = STATUS.read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def measure(name: str, folder: Path, n: int) -> dict[str, float]:
    """In this process: by how many MB memory rose at most, and processor seconds."""
    os.environ["CISLENS_MODELS"] = str(folder / "models")
    torch.set_num_threads(1)
    checkpoints.load("small").inference_model(torch.zeros(1, 4, 200))
    CLEAR.write_text("5", encoding="utf-8")  # the highest is counted from here on (proc(5))
    before, begun = highest("VmRSS"), time.process_time()
    with contextlib.redirect_stderr(sys.stdout):
        WORKS[name](folder, n)
    return {"megabytes": highest("VmHWM") - before, "seconds": time.process_time() - begun}


def measured(name: str, folder: Path, n: int) -> dict[str, float]:
    """`measure` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.streaming", "--measure", name, "--folder", str(folder), "--n", str(n)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


# --- the rows ---------------------------------------------------------------------------------------


def rows(quick: bool) -> list[Row]:
    """Memory of both ways, and of ours on ten times as much. Raises OSError where memory cannot be told."""
    STATUS.read_text(encoding="utf-8")
    windows, alleles = (20_000, 10_000) if quick else (1_000_000, 300_000)
    fewer = windows // 10, alleles // 10
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), (windows, fewer[0]), (alleles, fewer[1]))
        return [
            *_pair(Path(folder), "windows of a FASTA file", "all in one array", WINDOWS, windows, fewer[0], quick),
            *_pair(Path(folder), "rows of a VCF", "all in one table", VARIANTS, alleles, fewer[1], quick),
        ]


WINDOWS, VARIANTS = ("stream_windows", "windows_at_once"), ("stream_variants", "variants_at_once")


def _pair(
    folder: Path, what: str, alternative: str, works: tuple[str, str], n: int, fewer: int, quick: bool
) -> list[Row]:
    ours, small = measured(works[0], folder, n), measured(works[0], folder, fewer)
    # a million windows in one array are gigabytes: the other way is measured on a tenth
    common = n if quick else fewer
    at_once = measured(works[1], folder, common)
    beside = ours if quick else small
    seconds = f"{beside['seconds']:.1f} and {at_once['seconds']:.1f} CPU s"
    return [
        _row(f"memory for {common:,} {what}", alternative, beside, at_once, seconds),
        _row(f"memory for {n:,} {what}", f"for {fewer:,} of them", ours, small, "1 is flat"),
    ]


def _row(task: str, alternative: str, ours: dict[str, float], theirs: dict[str, float], note: str) -> Row:
    mine, other = ours["megabytes"], theirs["megabytes"]
    return Row(task, alternative, mine, other, MEGABYTES, other / mine, note)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", choices=list(WORKS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--n", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="smaller files")
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure, given.folder, given.n)))
        return
    print(table(rows(given.quick)))


if __name__ == "__main__":
    main()
