"""How each analysis is shown: its title, a sentence on what one sees, and the measures that come first."""

from __future__ import annotations

from dataclasses import dataclass

from engine.plots.disentangle import Panel


@dataclass(frozen=True)
class View:
    """How an analysis is shown.

    Attributes:
        title, sentence: what it is, and what one sees.
        panels: of the measures that are shown first.
        pairs: which published figure goes with a measure of two recipes, by how the measure begins.
    """

    title: str
    sentence: str = ""
    panels: tuple[Panel, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()


VIEWS: dict[str, View] = {
    "agreement": View(
        "Maps of two recipes",
        "Do two recipes rest on the same bases? Dark: alike. The diagonal has two seeds of one recipe: recipes rest on "
        "other bases only where they are paler than that.",
        (
            Panel("attribution/ig/between seeds/pooled/spearman", "IG of two seeds, pooled", "Spearman"),
            Panel("attribution/ism/between seeds/pooled/spearman", "ISM of two seeds, pooled", "Spearman"),
        ),
        (("attribution/ig/between recipes/pooled", "ig between recipes"),
         ("attribution/ism/between recipes/pooled", "ism between recipes")),
    ),
    "consistency": View(
        "Maps through two norms",
        "Does a network rest on the same bases, whichever experiment it speaks for? Right, at 1: the same.",
        (
            Panel("attribution/ig/consistency/pooled/spearman", "Integrated Gradients: both norms, pooled", "Spearman",
                  "ig between norms/pooled"),
            Panel("attribution/ig/consistency/per sequence/spearman", "Integrated Gradients: both norms, by sequence",
                  "mean Spearman", "ig between norms/per sequence"),
            Panel("attribution/ism/consistency/pooled/spearman", "In-silico mutagenesis: both norms", "Spearman"),
        ),
    ),
    "positions": View(
        "Positions",
        "Where in the sequence do the maps lie, and is it the same for sequences of high and of low activity?",
        (
            Panel("attribution/ig/positions/share centre", "In the middle 140 bases", "share (even: 0.70)"),
            Panel("attribution/ig/positions/top 1", "The strongest position", "position (bp, from 1)"),
            Panel("attribution/ig/positions/high with low/spearman", "High against low activity", "Spearman",
                  "positions/high-low correlation"),
            Panel("attribution/ig/positions/random with random/spearman", "Two random groups, for comparison",
                  "Spearman"),
        ),
    ),
    "magnitudes": View(
        "High and low activity",
        "How much larger are the maps of the most active sequences than those of the least active? At 1: as large.",
        (
            Panel("attribution/ig/high to low/ratio", "Integrated Gradients: high by low", "ratio (logarithmic)",
                  "attribution/high-low ratio", logarithmic=True),
            Panel("attribution/ism/high to low/ratio", "In-silico mutagenesis: high by low", "ratio (logarithmic)",
                  logarithmic=True),
            Panel("attribution/ig/completeness/ratio", "Do Integrated Gradients add up?", "ratio (1: they do)"),
        ),
    ),
    "mutations": View(
        "Mutations",
        "How far does a single substitution move the prediction, and in how few positions does the effect lie?",
        (
            Panel("mutations/mean effect", "Mean size of a substitution's effect", "s.d. of predictions"),
            Panel("mutations/share above 0.5 s.d.", "Effects above 0.5 s.d.", "share of substitutions"),
            Panel("mutations/share at the ten strongest positions", "At the ten strongest positions",
                  "share (even: 0.05)"),
        ),
    ),
    "geometry": View(
        "Geometry",
        "How far apart the cell types lie in the features, over how many directions these spread, and what a straight "
        "line reads off them.",
        (
            Panel("geometry/cell type separation", "Separation of the cell types", "distance by spread within"),
            Panel("geometry/effective dimension", "Effective dimension", "directions"),
            Panel("geometry/activity probe r2", "Activity, read off the features", "R²"),
            Panel("geometry/difference probe r2", "The measured difference, read off", "R²", zero=True),
        ),
    ),
    "norms": View(
        "Norms",
        "How alike are the norms of the two experiments? Right, at 1: the same. Grey: what permuted features have, and "
        "what untrained norms have.",
        (
            Panel("norms/gamma cosine", "Gamma", "cosine of the two norms"),
            Panel("norms/beta cosine", "Beta", "cosine of the two norms"),
            Panel("norms/gamma difference", "Difference of gamma", "mean absolute difference"),
        ),
    ),
    "cka": View(
        "CKA",
        "Do two recipes arrange the same sequences alike (centred kernel alignment)? Dark: alike. The diagonal has two "
        "seeds of one recipe.",
        (Panel("cka between seeds", "Two seeds of one recipe", "CKA"),),
        (("cka between recipes", "cka between recipes"),),
    ),
    "head": View(
        "Head",
        "Over how many of the 256 features is the prediction spread? A Gini coefficient of 0: evenly over all.",
        (
            Panel("head/gini", "Gini coefficient", "Gini coefficient (0 even, 1 one feature)"),
            Panel("head/significant dimensions", "Significant features", "of 256"),
        ),
    ),
    "composition": View(
        "GC content",
        "How much of the accuracy is left once GC content is held fixed?",
        (
            Panel("gc/consensus/spearman", "Denoised and the consensus", "Spearman"),
            Panel("gc/consensus/partial spearman", "The same with GC content held fixed", "partial Spearman"),
            Panel("gc/consensus/prediction with GC", "Prediction and GC content", "Spearman", zero=True),
        ),
    ),
    "noise": View(
        "Noise fraction",
        "How much of what is predicted differs between the experiments, and how much of that do the measurements bear "
        "out?",
        (
            Panel("noise/disagreement", "Differs between the experiments", "share of predicted variance"),
            Panel("noise/unexplained", "Not borne out by the measurements", "share of the difference"),
            Panel("noise/noise fraction", "Noise fraction", "share of predicted variance"),
        ),
    ),
    "dynamics": View(
        "Learning",
        "How fast does a network learn, epoch by epoch, on the validation fold?",
    ),
}  # fmt: skip


def view(name: str) -> View:
    """How an analysis is shown; by its name alone if nothing is said of it above."""
    return VIEWS.get(name, View(name.replace("_", " ").capitalize()))
