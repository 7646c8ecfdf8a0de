"""What is known of a model's explanations, computed once for its weights and kept beside them.

`trained_models/<name>/interpretation/reliability.json` holds, for each output, the checks of held-out maps (the scale
of every verdict), the randomisation of weights, planted motifs and measured effects; `out_of_distribution.npz` what is
familiar to the model. Both carry the key of what made them.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import NamedTuple

import numpy as np

from engine.data.lentimpra import ActivityTable
from engine.data.library import Library
from engine.data.splits import Split
from engine.errors import CheckpointError
from engine.experiments import checkpoints, lineage
from engine.experiments.checkpoints import Checkpoint, is_large
from engine.interpretation import stored
from engine.interpretation.attribution import maps
from engine.interpretation.reliability import out_of_distribution as ood
from engine.interpretation.reliability import seeds
from engine.interpretation.reliability.checks import Settings, run
from engine.interpretation.reliability.measured import against_measured
from engine.interpretation.reliability.planted import plant
from engine.interpretation.reliability.sanity import DRAWS, randomise
from engine.interpretation.reliability.verdict import Calibration
from engine.results import Progress, Track
from engine.sequence import BASES, decode, dinucleotide_shuffle, encode
from engine.statistics import every_two, row_pearson

FILE, FAMILIAR_FILE = "reliability.json", "out_of_distribution.npz"


class Sizes(NamedTuple):
    """How many elements a model is examined on.

    `checked` of each half of the panel give the scale of verdicts; `randomised` are explained while weights are drawn
    anew; `planted` are backgrounds; of `training` and `held_out` elements it is learned what is familiar (half of the
    latter test the rate of warnings).
    """

    checked: int
    randomised: int
    planted: int
    training: int
    held_out: int


SIZES = Sizes(20, 8, 30, 3000, 5000)
FEWER = Sizes(12, 4, 12, 3000, 5000)  # of a large model
COMPANIONS = {
    "K562": ("B1_baseline_mse", "R1_plackett_luce", "R2_softsort", "R3_ranknet"),
    "HepG2": ("H1_HepG2_baseline_mse", "H2_HepG2_plackett_luce", "H3_HepG2_combined", "H4_HepG2_softsort"),
}
SEED = 0


def sizes_for(checkpoint: Checkpoint) -> Sizes:
    """On how many elements a model is examined: fewer where it is large."""
    return FEWER if is_large(checkpoint) else SIZES


def companions(checkpoint: Checkpoint, output: str) -> list[tuple[stored.Place, maps.Maps]]:
    """Other models of the same output whose maps of the panel are stored: three at most."""
    others = []
    for name in COMPANIONS.get(output, ()):
        if name != checkpoint.name and name in checkpoints.trained():
            other = stored.place(name)
            kept = maps.read(other)
            if kept:
                others.append((other, kept[0]))
    return others[:3]


def store(
    checkpoint: Checkpoint,
    library: Library,
    *,
    again: bool = False,
    progress: Progress | None = None,
) -> dict:
    """Everything in `reliability.json`, part by part; parts that are there for these weights are left alone."""
    table, split = library.table, library.split
    sizes = sizes_for(checkpoint)
    of_maps = maps.settings(maps.choose_panel(table, split, maps.PER_HALF))
    settings = f"{asdict(Settings())} {sizes.checked} {sizes.randomised} {DRAWS} {sizes.planted} seed {SEED} {of_maps}"
    file, key = stored.file_of(checkpoint, FILE), stored.key_of(checkpoint, table, split, settings)
    content = stored.whole(lambda: stored.read_json(file)) or {}
    if content.get("key") != key or again:
        content = {"outputs": {}}
    content.pop("key", None)

    def keep() -> None:
        stored.write_json(file, key, content)

    seen = [sizes.training, sizes.held_out]
    if content.get("familiar from") != seen or not stored.whole(lambda: familiar(checkpoint)):
        content |= {"familiar": _familiar(checkpoint, table, split, sizes, key), "familiar from": seen}
        keep()
    mine = maps.store(checkpoint, library, progress=progress)
    sequences = [table.sequence(int(r)) for r in mine.rows[mine.high][: sizes.randomised]]
    codes = mine.codes[~mine.high][: sizes.planted]
    for output in mine.outputs:
        part = content["outputs"].setdefault(output, {})
        beside = companions(checkpoint, output)
        now = {c.name: c.weights_hash for c, _ in beside}
        if "checks" not in part or part["companions"] != now:
            part.pop("siblings", None)
            profiles = [m.profile(output, "ism") for _, m in beside]
            part |= _checks(checkpoint, table, mine, output, sizes, profiles, progress) | {"companions": now}
            keep()
        if _between_seeds(checkpoint, part, output, _chosen(mine, sizes)):
            keep()
        work = {
            "measured": lambda output=output: against_measured(checkpoint, output, progress),
            "planted": lambda output=output: plant(
                checkpoint.inference_model, codes, output, seed=SEED, progress=progress
            ),
            "randomised": lambda output=output: randomise(checkpoint.model, sequences, output, progress=progress),
        }
        for name, compute_part in work.items():
            if name not in part:
                part[name] = compute_part()
                keep()
    return content


def compute(checkpoint: Checkpoint, library: Library, progress: Progress | None = None) -> bool:
    """`store`, for the command `interpret`; whether anything was computed."""
    before = stored.whole(lambda: familiar(checkpoint) and read(checkpoint)) or {}
    return store(checkpoint, library, progress=progress) != {k: v for k, v in before.items() if k != "key"}


def _checks(
    checkpoint: Checkpoint,
    table: ActivityTable,
    mine: maps.Maps,
    output: str,
    sizes: Sizes,
    profiles: list[np.ndarray],
    progress: Progress | None,
) -> dict:
    """The checks of some maps of the panel, and the correlation by chance; `profiles` are the companions' ISM."""
    chosen = _chosen(mine, sizes)
    column = mine.outputs.index(output)
    sd = float(mine.sd[column])
    records = []
    for done, i in enumerate(chosen):
        sequence = table.sequence(int(mine.rows[i]))
        effects = mine.ism[[column], i].astype(np.float32) * sd
        known = Track("ism", checkpoint.name, (output,), sequence.bases, effects, np.zeros(1, np.float32))
        others = {output: [p[i] for p in profiles]}
        checked = run(checkpoint.inference_model, sequence, {output: sd}, others=others, mutagenesis=known)
        records.append(checked[output])
        if progress:
            progress(done + 1, len(chosen))
    return {
        "checks": {c: [round(float(each[c]), 5) for each in records] for c in records[0]},
        "chance": chance(mine, output),
    }


def _chosen(mine: maps.Maps, sizes: Sizes) -> np.ndarray:
    """Which maps of the panel are checked."""
    return np.concatenate([np.flatnonzero(half)[: sizes.checked] for half in (mine.high, ~mine.high)])


def _between_seeds(checkpoint: Checkpoint, part: dict, output: str, chosen: np.ndarray) -> bool:
    """Bring the check 'seeds' to what the stored maps of the siblings say now; whether that changed anything."""
    theirs = [place.weights_hash for place in seeds.places(checkpoint)]
    if theirs == part.get("siblings", []):
        return False
    family = seeds.read(checkpoint)
    if not family:  # their maps are not there, or they themselves no longer
        part["checks"].pop("seeds", None)
        return part.pop("siblings", None) is not None
    values = every_two([m.profile(output, "ism")[chosen] for m in family])
    part["checks"]["seeds"] = [round(float(v), 5) for v in values]
    part["siblings"] = theirs
    return True


def chance(mine: maps.Maps, output: str) -> float:
    """The correlation that 95% of pairs of IG of one element and ISM of another stay below."""
    ig, ism = mine.profile(output, "ig"), mine.profile(output, "ism")
    pairs = [row_pearson(ig, np.roll(ism, k, axis=0)) for k in range(1, min(11, len(ig)))]
    return round(float(np.nanquantile(np.concatenate(pairs), 0.95)), 4)


def _familiar(checkpoint: Checkpoint, table: ActivityTable, split: Split, sizes: Sizes, key: str) -> dict:
    """Store what is familiar; returns the share of sequences that warn, of several kinds."""
    rng = np.random.default_rng(SEED)
    model = checkpoint.inference_model
    learned = split.learned(lineage.folds(checkpoint.description))
    train = table.codes[rng.choice(learned, min(sizes.training, len(learned)), replace=False)]
    held_out = table.codes[rng.choice(split.test, min(sizes.held_out, len(split.test)), replace=False)]

    def features(codes: np.ndarray) -> dict[str, np.ndarray]:
        return {"embedding": ood.embeddings(model, codes), "kmers": ood.kmer_frequencies(codes)}

    half = len(held_out) // 2
    familiar = ood.calibrated(features(train), features(held_out[:half]))
    stored.write_arrays(stored.file_of(checkpoint, FAMILIAR_FILE), key, **ood.to_arrays(familiar))
    some = held_out[half : half + 200]
    length = table.codes.shape[1]
    kinds = {
        "held-out elements": held_out[half:],
        "their dinucleotide shuffles": _codes([dinucleotide_shuffle(decode(c), rng) for c in some]),
        "random sequences": rng.integers(0, 4, (len(some), length)).astype(np.uint8),
        "random sequences, 20% GC": _codes(
            ["".join(rng.choice(list(BASES), length, p=[0.4, 0.1, 0.1, 0.4])) for _ in some]
        ),
        "random sequences, 80% GC": _codes(
            ["".join(rng.choice(list(BASES), length, p=[0.1, 0.4, 0.4, 0.1])) for _ in some]
        ),
        "one base repeated": _codes([b * length for b in BASES]),
    }
    return {
        name: {"warn": float(familiar.warns(familiar.distances(model, codes)).mean()), "n": len(codes)}
        for name, codes in kinds.items()
    }


def _codes(sequences: list[str]) -> np.ndarray:
    return np.stack([encode(s) for s in sequences])


# --- reading ----------------------------------------------------------------------------------------


def read(checkpoint: Checkpoint | stored.Place) -> dict:
    """What is stored for these weights; empty if there is nothing, or only of other weights."""
    content = stored.read_json(stored.file_of(checkpoint, FILE))
    return content if str(content.get("key", "")).startswith(checkpoint.weights_hash) else {}


def calibration(checkpoint: Checkpoint | stored.Place, output: str, content: dict | None = None) -> Calibration:
    """The scale of verdicts on maps of one output.

    Raises:
        CheckpointError: nothing is stored for it; says how to compute it.
    """
    part = (read(checkpoint) if content is None else content).get("outputs", {}).get(output, {})
    if "checks" not in part:
        raise CheckpointError(
            f"how far explanations of '{checkpoint.name}' for {output} can be trusted was not computed; "
            f"run: {stored.command('reliability', checkpoint.name)}"
        )

    def build(part: dict) -> Calibration:
        values = {c: np.array(v, np.float64) for c, v in part["checks"].items()}
        return Calibration(checkpoint.name, output, values, part["chance"], tuple(part["companions"]))

    return stored.parsed(stored.file_of(checkpoint, FILE), part, build)


def familiar(checkpoint: Checkpoint) -> ood.Familiar | None:
    """What is familiar to a model; None if it was not computed for these weights."""
    arrays = stored.read_arrays(stored.file_of(checkpoint, FAMILIAR_FILE), "reliability")
    if arrays is None or not str(arrays["key"]).startswith(checkpoint.weights_hash):
        return None
    return ood.from_arrays(arrays)
