"""What each page is for, how it is read, and an example of it: the texts under "What is this?"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pages.shared import examples, navigation


@dataclass(frozen=True)
class Example:
    """A worked example that a page shows at one click.

    Attributes:
        words: what one will see, in Markdown.
        opens: puts a sequence or a table before the page; raises CisLensError.
        choices: what its widgets hold then, by their keys.
        page: where it is shown, if that is another page.
    """

    words: str
    opens: Callable[[], None] | None = None
    choices: Mapping[str, object] = field(default_factory=dict)
    page: str | None = None


@dataclass(frozen=True)
class About:
    """Name and explanation of a page; `terms` are those of the glossary."""

    title: str
    answers: str
    reading: tuple[str, ...]
    terms: tuple[str, ...] = ()
    example: Example | None = None


ABOUT = {
    "pages/home.py": About(
        "CisLens",
        "What can I do here, and which models and data are installed?",
        (
            "Each picture shows a real result. The button below it opens the page that makes it.",
            "*Models* lists every trained model with its scores, *Data* the public files on this computer.",
        ),
        ("held-out", "Spearman", "CAGI5", "high confidence", "interval"),
        Example("The LDLR promoter opens in the Explorer, ready to edit.", examples.ldlr_promoter,
                page="pages/explorer.py"),
    ),
    "pages/explorer.py": About(
        "Explorer",
        "What do the models predict for this sequence, which bases matter, and what if I change one?",
        (
            "Click a base and type A, C, G, T or N. The prediction follows at once, the tracks a moment later.",
            "*Reference* is the sequence as you opened it, *edited* is what stands in the editor now.",
            "Tall letters in the tracks carry the prediction. In the mutagenesis map, blue lowers it and orange "
            "raises it.",
            "Point at any letter or cell to read its value. Ctrl+Z takes an edit back.",
        ),
        ("activity", "effect", "IG", "ISM", "motif", "q-value", "percentile", "ensemble", "spread", "GC"),
        Example(
            "The LDLR promoter with one variant, chr19:11089410 C>T (GRCh38). It weakens the promoter in the assay. "
            "Compare the measured effect with the predicted one.",
            examples.ldlr_variant,
        ),
    ),
    "pages/in_silico.py": About(
        "In-silico experiments",
        "What happens to the prediction if I change the open sequence in a controlled way?",
        (
            "Choose an experiment and press its button. Nothing is computed before that.",
            "Each row of a result can be opened in the Explorer as an edit.",
            "All values are predictions of one model. None of them was measured.",
        ),
        ("effect", "ablation", "epistasis", "motif", "s.d.", "reference"),
        Example(
            "The LDLR promoter, with *Guided substitutions*: which three changes raise its activity in HepG2 most?",
            examples.ldlr_promoter,
            {"silico_experiment": "Guided substitutions"},
        ),
    ),
    "pages/design.py": About(
        "Design",
        "Which sequences should I make to get this activity?",
        (
            "Say how active the sequence should be in each cell type. Start from nothing, or lock the parts of a "
            "sequence that must stay.",
            "A *guide* leads the search. Another model, the *judge*, ranks what comes out.",
            "All values are predictions. Only an experiment can tell whether a design works.",
        ),
        ("activity", "guide", "judge", "spread", "IG", "motif", "ensemble"),
        Example(
            "The LDLR promoter, its middle locked: make it active in HepG2. Press the button to start.",
            examples.locked_promoter,
            {"design_start": navigation.OPENED, "design_locked": "80-120", "design_method": "evolution"},
        ),
    ),
    "pages/variants.py": About(
        "Variants",
        "What do these variants do?",
        (
            "Give variants in any usual notation, or upload a VCF, and choose the genome that they belong to.",
            "The effect is the prediction for the new allele minus that for the reference allele, in the same "
            "window.",
            "Select a row to see what was measured, and which motifs the variant makes or breaks.",
        ),
        ("variant", "effect", "reference", "window", "log2 RNA/DNA", "spread"),
        Example(
            "Two variants of the LDLR promoter that were measured: one weakens it, one strengthens it.",
            None,
            {
                "variants_source": "Measured elements",
                "variants_element": examples.LDLR,
                "variants_build": "GRCh38",
                "variants_typed": "chr19:11089410 C>T\nchr19:11089390 A>T",
            },
        ),
    ),
    "pages/scan.py": About(
        "Scan",
        "Where along a long sequence do the models see activity?",
        (
            "The window of each model moves along the sequence. Each point is the prediction for one window.",
            "The numbers mark the peaks, which are listed below. Click a point, or select a peak, to open its window.",
        ),
        ("window", "activity", "log2 RNA/DNA"),
        Example(
            "The SORT1 enhancer with its flanks, 1,601 bases. Press the button below to scan it.",
            examples.sort1_enhancer,
            {"scan_source": "Open sequence"},
        ),
    ),
    "pages/your_library.py": About(
        "Your library",
        "How well do the models predict what you measured yourself?",
        (
            "Upload a table of sequences and activities. Each sequence is predicted and compared with your value.",
            "The scores stand beside simple baselines: a model should beat GC content.",
            "Sequences that a model saw in training are marked and scored apart.",
        ),
        ("Spearman", "Pearson", "interval", "held-out", "GC"),
        Example(
            f"{examples.TABLE_ROWS} held-out elements of the public library, as if they were your own table.",
            examples.measured_table,
        ),
    ),
    "pages/saturation.py": About(
        "Saturation mutagenesis",
        "Do the predicted effects agree with measured ones, base by base?",
        (
            "In these assays nearly every base of a promoter or enhancer was changed and each change measured "
            "(Kircher et al. 2019).",
            "Measured and predicted maps stand under each other on one scale: the same column is the same base.",
            "In the scatter plot each point is one variant. Select one to open it in the Explorer.",
        ),
        ("saturation mutagenesis", "effect", "Spearman", "confidence", "high confidence", "CAGI5", "s.d."),
        Example(
            "The LDLR promoter in HepG2 cells. The strongest measured losses lie in its SP1 and SRE sites.",
            None,
            {"sat_build": "GRCh38", "sat_element": examples.LDLR},
        ),
    ),
    "pages/benchmark.py": About(
        "Benchmark",
        "Which loss, network or curriculum predicts best, by how much, and is it more than chance?",
        (
            "Every model was trained on the same data and scored on the same held-out elements and variants.",
            "Differences are paired: both models are scored on the same rows. If the interval crosses 0, the "
            "difference may be chance.",
        ),
        ("loss", "curriculum", "held-out", "Spearman", "NDCG", "CAGI5", "high confidence", "interval",
         "zero-shot", "seed"),
        Example("The losses that were trained on HepG2.", None, {"bench_cell": "HepG2"}),
    ),
    "pages/side_by_side.py": About(
        "Losses side by side",
        "One network, different losses: what does each predict, where does it look, where is it right?",
        (
            "Choose two to six models and one sequence. All maps share one scale, so that letters compare.",
            "The difference row shows where two models disagree.",
        ),
        ("loss", "IG", "ISM", "s.d.", "held-out"),
        Example(
            "Four losses on the LDLR promoter, all trained on HepG2, where it was assayed.",
            None,
            {"losses_cell": "HepG2", "losses_source": "measured element", "losses_element": examples.LDLR,
             "losses_from": -1},
        ),
    ),
    "pages/representations.py": About(
        "Representations",
        "What do the models know about a sequence before they predict?",
        (
            "*Maps*: each point is one held-out element. Points that are close look alike to the model.",
            "*Similarity*: do two models arrange the elements in the same way?",
            "*Probes*: which properties can be read off the embedding?",
        ),
        ("embedding", "UMAP", "CKA", "probe", "held-out"),
        Example("How alike are the models inside?", None, {"representations_section": "Similarity"}),
    ),
    "pages/disentangle.py": About(
        "DISENTANGLE",
        "What do two experiments agree on, and what belongs to one of them alone?",
        (
            "Two experiments on the same sequences never agree fully. Here one network learns from both, with a "
            "norm of its own for each.",
            "*Recipes* of losses ask the network for more or less of what the experiments share.",
        ),
        ("norm", "loss", "held-out", "Spearman", "interval", "seed"),
        Example(
            "One sequence read through the norm of each experiment.", None, {"disentangle_section": "One sequence"}
        ),
    ),
    "pages/published_findings.py": About(
        "Published findings",
        "Which findings of the rank-order study hold for our models and data?",
        (
            "Each statement is put as one number with its 95% interval. The interval decides.",
            "In the figure, right of the dotted line speaks for the statement, left against it. "
            "Far out means: far from the line, measured by the width of the interval.",
            "A statement stays open where the interval crosses the line or two training seeds disagree.",
        ),
        ("finding", "interval", "seed", "p-value"),
        Example("What the study found when learning from several experiments.", None,
                {"findings_part": "Learning from several experiments"}),
    ),
    "pages/attributions.py": About(
        "Attributions",
        "Do the models agree on which bases matter?",
        (
            "All models explain the same held-out elements, half of them of high and half of low activity.",
            "Two seeds of one recipe set the mark: two models disagree in earnest only if they agree less than that.",
        ),
        ("IG", "ISM", "held-out", "s.d.", "Spearman", "seed"),
        Example("The models of HepG2, compared by mutagenesis.", None,
                {"attributions_cell": "HepG2", "attributions_method": "ism"}),
    ),
    "pages/motifs.py": About(
        "Motifs",
        "Which motifs go with activity, and which cause it?",
        (
            "*With measured activity*: elements with a motif against elements without it, in the data.",
            "*Effect on predictions*: the motif is written into backgrounds, and the prediction made again.",
            "*Found in the maps*: patterns that the models' maps hold, found without any list of motifs.",
        ),
        ("motif", "motif family", "JASPAR", "q-value", "probe", "embedding"),
        Example("What motifs do when written into backgrounds.", None, {"motifs_view": "Effect on predictions"}),
    ),
    "pages/reliability.py": About(
        "Reliability",
        "Can I trust this explanation?",
        (
            "Each check gives a number and its place among the same checks of held-out elements.",
            "A map can be sound and the model still wrong. The checks ask whether the map shows what the model does.",
        ),
        ("IG", "ISM", "percentile", "held-out", "ensemble", "s.d."),
        Example(
            "The map of the LDLR promoter in HepG2. Press *Check this map*: it takes a minute or so.",
            examples.checked_map,
        ),
    ),
}  # fmt: skip
