"""The calls of the command line that are pinned: words, standard input, and the small files that they read."""

from __future__ import annotations

import datetime
import gzip
import os
import random
import re
import shlex
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from tests.golden import _reach, summary


class Case(NamedTuple):
    """Words of a call that runs in a folder of the files of `inputs`; what it writes there is part of the result."""

    words: str
    stdin: str = ""
    data: bool = False  # whether it needs the public data
    slow: bool = False
    rows: bool = True  # False: rows of tables are not kept, since they hold measurements of the public data


SMALL, LOSS, DEFAULT = "dream_rnn", "B1_baseline_mse", "joint_legnet"

CASES: dict[str, Case] = {
    # predictions and maps
    "predict": Case(f"predict three.fa --model {SMALL},{LOSS},{DEFAULT} --out out.csv"),
    "predict-ensemble": Case("predict three.fa --model best_joint"),
    "predict-stdin": Case(f"predict - --model {LOSS} --window centre", stdin="long.fa"),
    "predict-windows": Case(f"predict long.fa --model {LOSS} --window whole --batch-size 1"),
    "ism": Case(f"ism one.fa --model {LOSS} --out out.csv"),
    "ism-standardised": Case(f"ism short.fa --model {SMALL} --standardised"),
    "ism-default-model": Case(f"ism short.fa --model {DEFAULT}"),
    "ig": Case(f"ig one.fa --model {SMALL} --steps 8 --out out.csv"),
    "ig-shuffles": Case(f"ig one.fa --model {LOSS} --baseline shuffles --steps 8 --standardised"),
    "ig-zeros": Case(f"ig long.fa --model {LOSS} --baseline zeros --simplex --steps 8"),
    "ig-default-model": Case(f"ig one.fa --model {DEFAULT} --steps 8"),
    # motifs
    "motifs": Case("motifs one.fa --matrix MA0035,SP1,CTCF,HNF4A,MA0139 --q 1 --out out.csv"),
    "motifs-all": Case("motifs one.fa"),
    "motifs-bed": Case("motifs three.fa --matrix GATA1,SP1 --q 1 --p 0.001 --best --out out.bed"),
    "motif-effects": Case(f"motif-effects {LOSS} --motif MA0139,GGGCGGGG --count 6", data=True),
    "motif-effects-copies": Case(f"motif-effects {LOSS} --what copies --motif GATA1 --most 2 --count 6", data=True),
    "motif-effects-position": Case(
        f"motif-effects {LOSS} --what position --motif SP1_GCbox --every 90 --count 6 --backgrounds real", data=True
    ),
    "motif-effects-gap": Case(
        f"motif-effects {LOSS} --what gap --motif GATA1,TAL1_Ebox --gap 5 --every 5 --count 6", data=True
    ),
    "motif-effects-pairs": Case(
        f"motif-effects {LOSS} --what pairs --motif GATA1,ETS --count 6 --seed 3", data=True
    ),
    "motif-association": Case("motif-association --motif CTCF --out out.csv", data=True),
    # report
    "report-zip": Case(f"report one.fa --edited edited.fa --model {LOSS} --outputs K562 --out out.zip", data=True),
    "report-measured": Case(
        f"report measured.fa --edited measured-edited.fa --model {LOSS} --no-motifs --out out.zip",
        data=True,
        rows=False,
    ),
    "report-html": Case(f"report short.fa --model {LOSS} --no-motifs --out out.html", data=True),
    # variants, long sequences, genomes
    "variants-csv": Case(f"variants toy.vcf --genome toy.fa --model {SMALL},{LOSS} --out out.csv"),
    "variants-vcf": Case(
        f"variants toy.vcf 'chr1:1201 N>T' --genome toy.fa --model {LOSS} --offsets=-30,0,30 --out out.vcf"
    ),
    "variants-element": Case(
        f"variants 'chr1:109817590 G>T' 'chr11:5248304 A>C' --element SORT1,HBB --build GRCh37 --model {LOSS}",
        data=True,
    ),
    "scan-csv": Case(f"scan long.fa --model {LOSS},{SMALL} --stride 40"),
    "scan-bedgraph": Case(f"scan --genome toy.fa --bed toy.bed --model {LOSS} --stride 60 --out out.bedgraph"),
    "extract": Case("extract chr1:1000-1199 chr2:1-50 --genome toy.fa --out out.fa"),
    "extract-bed": Case("extract --bed toy.bed --genome toy.fa --build GRCh38"),
    # experiments on sequences
    "epistasis": Case(f"epistasis one.fa --model {LOSS} --stretch 80-83"),
    "shuffle-scan": Case(f"shuffle-scan one.fa --model {LOSS} --width 20 --stride 40 --shuffles 4 --seed 2"),
    "knock-out": Case(f"knock-out one.fa --model {SMALL} --stretch 80-95 --shuffles 5"),
    "knock-out-given": Case(f"knock-out long.fa --model {LOSS} --stretch 80-85 --replacement ACGTAC --window tile"),
    "knock-in": Case(f"knock-in one.fa --model {LOSS} --motif GATA1 --stride 40"),
    "embed": Case(f"embed one.fa --model {LOSS} --motif GATA1,GGGCGGGG --count 8"),
    "embed-uniform": Case(f"embed one.fa --model {SMALL} --motif HNF4A --backgrounds random --count 6 --position 20"),
    "walk": Case(f"walk one.fa --model {SMALL} --objective K562-HepG2 --edits 1 --out out.csv"),
    "walk-fasta": Case(
        f"walk one.fa --model {LOSS} --objective K562 --direction down --edits 2 --beam 2 --protect 1-150 --out out.fa"
    ),
    # trust
    "check": Case(f"check one.fa --model {LOSS} --out out.csv", slow=True),
    # stored results
    "models": Case("models"),
    "models-json": Case("models --json"),
    **{
        f"leaderboard-{w}": Case(f"leaderboard --what {w}")
        for w in ("scores", "elements", "seeds", "strata", "training")
    },
    "findings": Case("findings", data=True),
    "findings-csv": Case("findings --out out.csv", data=True),
    "interpret-tables": Case("interpret-tables tables", data=True),
    "interpret-tables-one": Case("interpret-tables - --what map-labels", data=True),
    "compare": Case("compare R1_plackett_luce --to B1_baseline_mse", data=True, slow=True),
    "cagi5-json": Case(f"cagi5 --model {LOSS} --element GP1BB --json", data=True),
    "cagi5": Case(f"cagi5 --model {LOSS} --element GP1BB --element SORT1", data=True, slow=True),
    "data-list": Case("data list", data=True),
    "train-done": Case(f"train {LOSS}", data=True),
    # what a user can mend
    **{
        f"error-{name}": Case(words, data=name in ("cagi5", "effect-gap"))
        for name, words in {
            "no-file": f"predict nowhere.fa --model {LOSS}",
            "model": "predict one.fa --model nobody",
            "letter": f"predict bad.fa --model {LOSS}",
            "window": f"predict one.fa --model {LOSS} --window middle",
            "empty": f"predict empty.fa --model {LOSS}",
            "option": f"predict one.fa --model {LOSS} --nothing",
            "no-model": "predict one.fa",
            "folder": f"predict one.fa --model {LOSS} --out tables",
            "baseline": f"ig one.fa --model {LOSS} --baseline black",
            "device": f"ism one.fa --model {LOSS} --device abacus",
            "motifs-ending": "motifs one.fa --out out.txt",
            "motifs-q": "motifs one.fa --q 2",
            "matrix": "motifs one.fa --matrix NOBODY",
            "report-ending": f"report one.fa --model {LOSS} --out out.pdf",
            "report-stdin": f"report - --edited - --model {LOSS} --out out.html",
            "reference": f"variants toy.vcf --model {LOSS}",
            "variant": f"variants chr1 --genome toy.fa --model {LOSS}",
            "offsets": f"variants toy.vcf --genome toy.fa --model {LOSS} --offsets near",
            "chromosome": "extract chr9:1-20 --genome toy.fa",
            "region": "extract chr1:20-1 --genome toy.fa",
            "no-region": "extract --genome toy.fa",
            "scan-short": f"scan short.fa --model {LOSS}",
            "scan-source": f"scan --model {LOSS}",
            "stretch": f"epistasis one.fa --model {LOSS} --stretch 80",
            "stretch-far": f"knock-out one.fa --model {LOSS} --stretch 190-300",
            "motif": f"knock-in one.fa --model {LOSS} --motif XYZ",
            "objective": f"walk one.fa --model {LOSS} --objective HEK",
            "backgrounds": f"embed one.fa --model {LOSS} --motif GATA1 --backgrounds none",
            "check-output": f"check one.fa --model {LOSS} --outputs HEK",
            "leaderboard": "leaderboard --what nothing",
            "tables": "interpret-tables tables --what nothing",
            "tables-two": "interpret-tables - --what umap,cka",
            "interpret": "interpret --what nothing",
            "interpret-model": "interpret nobody",
            "interpret-ensemble": "interpret best_joint --what umap",
            "compare": "compare joint_legnet",
            "train": "train",
            "train-unknown": "train nobody",
            "train-seeds": f"train {LOSS} --seeds one",
            "select": "select HEK",
            "cagi5": f"cagi5 --model {LOSS} --element NOBODY",
            "data": "data fetch nobody",
            "evaluate": "evaluate nobody",
            "effect": f"motif-effects {LOSS} --what nothing",
            "effect-motif": f"motif-effects {LOSS} --motif NOBODY",
            "effect-gap": f"motif-effects {LOSS} --what gap --motif GATA1",
            "no-command": "nothing",
        }.items()
    },
}  # fmt: skip


def _bases(length: int, seed: int) -> str:
    return "".join(random.Random(seed).choices("ACGT", k=length))


def inputs(folder: Path, data: bool) -> None:
    """The files that calls read, in an empty folder; those made of measured elements only where the data are."""
    one, long, short = _bases(200, 1), _bases(330, 2), _bases(40, 3)
    one = one[:80] + "AGATAAGGGGGCGGGGC" + one[97:]
    edited = one[:85] + "C" + one[86:120] + one[123:]
    toy = {"chr1": _bases(3000, 4), "chr2": _bases(700, 5)}
    files = {
        "one.fa": f">promoter of mine\n{one[:70].lower()}\n{one[70:]}\n",
        "edited.fa": f">edited\n{edited}\n",
        "short.fa": f">short\n{short[:30]}N{short[30:]}\n",
        "long.fa": f">long\n{long}\n",
        "three.fa": f">fits\n{one}\n>long\n{long}\n>short\n{short[:30]}N{short[30:]}\n",
        "bad.fa": ">bad\nACGTJACGT\n",
        "empty.fa": "",
        "toy.fa": "".join(
            f">{name}\n" + "".join(b[i : i + 60] + "\n" for i in range(0, len(b), 60)) for name, b in toy.items()
        ),
        "toy.bed": "chr1\t500\t760\tfirst\t0\t-\nchr2\t100\t400\tsecond\n",
        "toy.vcf": _vcf(toy),
    }
    if data:
        measured = _reach.measured_bases("LDLR")[60:260]
        files["measured.fa"] = f">measured\n{measured}\n"
        files["measured-edited.fa"] = (
            f">edited\n{measured[:100]}{'A' if measured[100] != 'A' else 'C'}{measured[101:]}\n"
        )
    for name, content in files.items():
        (folder / name).write_text(content)


def _vcf(toy: dict[str, str]) -> str:
    other = {"A": "C", "C": "G", "G": "T", "T": "A"}
    rows = []
    for name, position in (("chr1", 400), ("chr1", 1000), ("chr1", 2990), ("chr2", 350)):
        base = toy[name][position - 1]
        rows.append((name, position, ".", base, other[base]))
    rows.append(("chr1", 1500, "rs1", toy["chr1"][1499:1502], toy["chr1"][1499]))
    rows.append(("chr1", 1600, ".", toy["chr1"][1599], toy["chr1"][1599] + "ACG"))
    rows.append(("chr1", 1700, "wrong", other[toy["chr1"][1699]], toy["chr1"][1699]))
    rows.append(("chrZ", 17, "nowhere", "A", "C"))
    lines = [f"{c}\t{p}\t{i}\t{r}\t{a}\t.\t.\t." for c, p, i, r, a in rows]
    return "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n" + "\n".join(lines) + "\n"


def produce(name: str) -> dict[str, str]:
    """Everything that a call leaves, by what it is: `exit`, `stdout`, `stderr`, and each file that it wrote."""
    case = CASES[name]
    before = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="cislens-golden-") as folder:
        here = Path(folder).resolve()
        inputs(here, case.data)
        (here / "tables").mkdir()
        given = {f for f in here.rglob("*") if f.is_file()}
        os.chdir(here)
        try:
            stdin = (here / case.stdin).read_bytes() if case.stdin else b""
            run = _reach.call(*shlex.split(case.words), stdin=stdin)
        finally:
            os.chdir(before)
        parts = {"exit": f"{run.code}\n", "stdout": run.out, "stderr": run.err}
        for file in sorted(f for f in here.rglob("*") if f.is_file() and f not in given):
            parts |= _content(file, file.relative_to(here).as_posix())
        return {part: _normal(text, here) for part, text in parts.items() if text}


def _content(file: Path, name: str) -> dict[str, str]:
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            members = {f"{name}/{m}": archive.read(m) for m in sorted(archive.namelist())}
    else:
        members = {name: file.read_bytes()}
    found = {}
    for member, content in members.items():
        if member.endswith(".gz"):
            content = gzip.decompress(content)
        try:
            found[member] = content.decode() or "(empty)\n"
        except UnicodeDecodeError:
            found[member] = f"{len(content) > 0 and 'bytes'}\n"
    return found


def _normal(text: str, folder: Path) -> str:
    """Without the day and without the paths of this machine."""
    for path, word in ((str(folder), "<here>"), *_reach.places()):
        text = text.replace(path, word)
    text = text.replace(datetime.date.today().isoformat(), "<today>")
    # how this process is called depends on what runs it
    text = re.sub(r"(Usage: |Try ').*?\bengine\b", r"\1engine", text)
    # a terminal's width decides where a box of Typer's breaks a line
    return re.sub(r"[╭╮╰╯│─]+", " ", text) if "╭" in text else text


def told(name: str, parts: dict[str, str]) -> str:
    """What is kept of a call, as text: a line for the call, then each part under its name, long ones in summary."""
    lines = [f"$ {CASES[name].words}"]
    for part, content in parts.items():
        kind = "out.csv" if part == "stdout" and _is_table(content) else part
        body = summary.text(content, kind, rows=CASES[name].rows)
        if part == "stderr" and "Usage:" in content:
            body = [" ".join(content.split())]
        lines += [f"--- {part}", *(line.rstrip() for line in body)]
    return "\n".join(lines) + "\n"


def _is_table(content: str) -> bool:
    first = content.partition("\n")[0]
    return "," in first and len({line.count(",") for line in content.splitlines()[:5]}) == 1
