"""Make the pictures on Home, assets/pictures/*.svg, from the shipped models and the public measurements.

    python -m assets.make_pictures

`made_of.json` beside them holds what each was made of, and the sentence that stands below it, with its numbers.
"""

from engine import places, store
from engine.data import satmut
from engine.design.optimisers import walk as walks
from engine.evaluation import cagi5
from engine.experiments import checkpoints, labels
from engine.experiments.checkpoints import Checkpoint
from engine.experiments.declared import DEFAULT_MODEL
from engine.fasta import read_fasta
from engine.interpretation.attribution.methods import IGSettings, integrated_gradients
from engine.models.predict import predict
from engine.plots import pictures
from engine.sequence import Sequence
from engine.statistics import in_words, measure, spearman

FOLDER = places.assets() / "pictures"
MODEL, CELL = DEFAULT_MODEL, "HepG2"
LOSSES = ("B1_baseline_mse", "B2_soft_classification", "R1_plackett_luce", "R2_softsort", "R3_ranknet", "R4_combined")
ELEMENT, VARIANT = "LDLR.2", (11089410, "C", "T")  # GRCh38
SHOWN = 36  # bases around the edit
STEPS = 15


def edited(checkpoint: Checkpoint) -> tuple[str, str]:
    """An edit of the LDLR promoter: both logos, both predictions."""
    around = satmut.context(satmut.load(ELEMENT, "GRCh38"))
    pos, ref, alt = VARIANT
    middle = around.region.index_of(pos - 1)
    window = checkpoint.model.window
    start = middle - window // 2
    before = Sequence("reference", around.bases[start : start + window])
    at = middle - start
    assert before.bases[at] == ref
    after = Sequence("edited", before.bases[:at] + alt + before.bases[at + 1 :])
    shown = slice(at - SHOWN // 2, at + SHOWN // 2)
    column = checkpoint.model.outputs.index(CELL)
    values = predict(checkpoint.model, [before, after]).values[:, column]
    sides = []
    for sequence, value in zip((before, after), values, strict=True):
        track = integrated_gradients(checkpoint.model, sequence, IGSettings(), outputs=(CELL,))
        sides.append(pictures.Side(sequence.bases[shown], track.values[0].sum(axis=1)[shown], float(value)))
    measured = satmut.load(ELEMENT, "GRCh38").variants
    row = measured[(measured["pos"] == pos) & (measured["alt"] == alt)].iloc[0]
    words = (
        f"One base of the LDLR promoter, chr19:{pos} {ref}>{alt}. Predicted change in {CELL}: "
        f"{_signed(values[1] - values[0])}. Measured: {_signed(row['effect'])}."
    )
    return pictures.edit(sides[0], sides[1], SHOWN // 2, CELL), words


def compared(checkpoint: Checkpoint) -> tuple[str, str]:
    """Measured and predicted effects along the LDLR promoter, out of the effects that are stored with the model."""
    element, _ = satmut.load_cagi5("LDLR")
    table = element.variants.copy()
    table["predicted"] = cagi5.stored_effects(checkpoint, element)[:, checkpoint.model.outputs.index(CELL)]
    table = table[table["alt"] != satmut.DELETION]
    metric = measure(spearman, table["predicted"].to_numpy(), table["effect"].to_numpy())
    means = table.groupby("pos")[["effect", "predicted"]].mean() / table[["effect", "predicted"]].std()
    agreement = f"{metric.n:,} substitutions, Spearman {in_words(metric.value, metric.low, metric.high)}"
    drawing = pictures.measured(
        means.index.to_numpy(), means["effect"].to_numpy(), means["predicted"].to_numpy(), agreement
    )
    return drawing, f"The LDLR promoter in {CELL}, mean effect at each base, in s.d. Measured by Kircher et al. 2019."


def losses() -> tuple[str, str]:
    """Held-out scores of one network with different losses, as stored with the models."""
    rows, n = [], 0
    for name in LOSSES:
        score = checkpoints.read_metrics(name)["held_out"]["K562"]["spearman"]
        n = score["n"]
        rows.append(pictures.Scored(labels.short(name), score["value"], score["low"], score["high"]))
    words = f"One network, {len(rows)} losses, K562: Spearman on {n:,} held-out elements, with 95% intervals."
    return pictures.scores(rows, "Spearman, held-out"), words


def designed(checkpoint: Checkpoint) -> tuple[str, str]:
    """A random sequence on its way to activity in one cell type."""
    (start,) = [s for s in read_fasta((places.assets() / "examples.fa").read_text()) if s.name == "random_background"]
    scale = checkpoint.standardisation()[1]
    objective = walks.Objective(CELL, "up", "K562")
    result = walks.walk(checkpoint.inference_model, start, objective, walks.Search(STEPS, 1, (), scale), name=MODEL)
    words = (
        f"A random sequence, {STEPS} substitutions, each the one that the model finds best for {CELL} over K562. "
        "Predicted, not measured."
    )
    return pictures.path(result), words


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def main() -> None:
    checkpoint = checkpoints.load(MODEL)
    weights = {MODEL: checkpoints.read_description(MODEL)["weights_sha256"]}
    every = {n: checkpoints.read_description(n)["weights_sha256"] for n in LOSSES}
    made = {
        "edit": (edited(checkpoint), weights),
        "measured": (compared(checkpoint), weights),
        "losses": (losses(), every),
        "design": (designed(checkpoint), weights),
    }
    for name, ((drawing, _), _) in made.items():
        store.write_bytes(FOLDER / f"{name}.svg", drawing.encode() + b"\n")
    about = {name: {"words": words, "weights": weights} for name, ((_, words), weights) in made.items()}
    store.write_json(FOLDER / "made_of.json", about)


if __name__ == "__main__":
    main()
