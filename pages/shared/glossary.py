"""The words of the field that pages use, each explained once: on hover, and under "What is this?" of a page."""

from __future__ import annotations

TERMS = {
    "ablation": "A stretch is shuffled or replaced, and the prediction is made again. What is lost is what it "
    "was worth.",
    "activity": "How strongly a sequence drives transcription in a reporter assay: log2 of RNA over DNA barcode "
    "counts.",
    "CAGI5": "A public challenge of 2018: predict the measured effect of every single-base change in promoters and "
    "enhancers. Its test variants score the models here.",
    "CKA": "Centred kernel alignment: how alike two models arrange the same sequences inside. 1 is the same, 0 "
    "nothing in common.",
    "confidence": "How sure the assay is of a measured effect, from 0 to 1.",
    "curriculum": "Training begins with easy examples and adds the hard ones later.",
    "effect": "The predicted or measured activity of the changed sequence minus that of the reference. Plus: more "
    "active. Minus: less.",
    "element": "A stretch of DNA, such as a promoter or an enhancer, that was tested in an assay.",
    "embedding": "The list of numbers into which a model turns a sequence before it predicts.",
    "ensemble": "Several models whose predictions are averaged. How far they differ shows how unsure they are.",
    "epistasis": "Two changes together do more or less than the sum of each alone.",
    "finding": "A published statement, tested here on our models and data.",
    "fold": "One of ten parts of the library. Similar sequences are kept in the same part.",
    "GC": "The share of G and C among the bases.",
    "guide": "The model whose predictions a search follows. What it likes by mistake, the search will find.",
    "held-out": "Not used in training: neither the sequence itself nor anything that resembles it. Scores on "
    "held-out data show what a model learned, not what it remembers.",
    "high confidence": "Measured effects with a confidence of 0.1 or more.",
    "IG": "Integrated Gradients: shares the prediction out among the bases. Tall letters carry the prediction; "
    "letters below the line speak against it.",
    "interval": "95% confidence interval: how far the number could move if other sequences or variants had been "
    "drawn.",
    "ISM": "In-silico mutagenesis: each base is changed to each of the other three, and the model is asked "
    "again. The map shows how the prediction changes.",
    "JASPAR": "A public collection of the DNA motifs that transcription factors bind.",
    "judge": "A model that had no part in making a design. Its word counts more than that of the guide.",
    "lentiMPRA": "A massively parallel reporter assay: thousands of DNA elements are put into cells by "
    "lentivirus, each in front of a reporter gene with a barcode that is counted in RNA and DNA.",
    "log2 RNA/DNA": "Log2 of RNA over DNA barcode counts. 0: as much RNA as DNA. +1: twice as much. −1: half.",
    "loss": "The rule by which training measures a model's error. Squared error asks for the right value; "
    "ranking losses ask for the right order.",
    "motif": "A short DNA pattern that a transcription factor binds.",
    "motif family": "Factors whose motifs look so alike that a sequence alone cannot tell them apart.",
    "NDCG": "Normalised discounted cumulative gain of the top ten: does the model put the most active elements "
    "first? 1 is perfect.",
    "norm": "The scale and offset that a network keeps for one experiment alone (batch normalisation).",
    "p-value": "How often a result at least this strong would come from chance alone.",
    "Pearson": "Correlation of values, from −1 to 1. 1: the points lie on a rising line.",
    "percentile": "The share of held-out elements that score lower. 90 means: higher than 90 of 100.",
    "probe": "A simple linear model that tries to read a property, such as GC content, off an embedding.",
    "q-value": "The expected share of false hits among all matches at least this good (false discovery rate). "
    "Smaller is safer.",
    "reference": "The sequence as it was opened, before your edits.",
    "s.d.": "Standard deviations of the model's own predictions for held-out elements. In this unit different "
    "models and cell types can be compared.",
    "saturation mutagenesis": "An assay in which nearly every base of an element is changed and each change "
    "measured.",
    "seed": "The number that starts the random choices of a training run. Two seeds give two models of one "
    "recipe; how far they differ is chance.",
    "Spearman": "Rank correlation, from −1 to 1: do predictions and measurements put things in the same order? "
    "1 is the same order, 0 no relation.",
    "spread": "Standard deviation over the networks behind a model, its members or those that it learned from: small "
    "where they agree.",
    "UMAP": "A flat map of embeddings. Points that are close are alike to the model; distances across the map "
    "mean little.",
    "variant": "A change of the reference: position, reference allele, new allele.",
    "window": "The stretch of 200 bases that a model reads at once.",
    "zero-shot": "Asked of something that the model was never trained for, such as another cell type.",
}  # fmt: skip


def explained(term: str, more: str = "") -> str:
    """The definition of a term for `help=`, with `more` of the page's own behind it."""
    return f"{TERMS[term]} {more}".strip()
