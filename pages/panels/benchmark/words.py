"""How the Benchmark page says what was measured."""

MEASURES = {
    "held_out spearman": "Spearman, held-out elements",
    "held_out pearson": "Pearson, held-out elements",
    "held_out pairwise_accuracy": "Pairwise accuracy, held-out elements",
    "held_out ndcg_at_10": "NDCG@10, held-out elements",
    "cagi5 matched all": "CAGI5 of this cell type, all SNVs",
    "cagi5 matched high": "CAGI5 of this cell type, high confidence",
    "cagi5 transfer all": "CAGI5 of the other cell type, all SNVs",
    "cagi5 transfer high": "CAGI5 of the other cell type, high confidence",
}
SCORES = {
    "spearman": "Spearman",
    "pearson": "Pearson",
    "pairwise_accuracy": "Pairwise accuracy",
    "ndcg_at_10": "NDCG@10",
    "cagi5_all": "CAGI5, all",
    "cagi5_high": "CAGI5, high conf.",
    "transfer_all": "Zero-shot, all",
    "transfer_high": "Zero-shot, high conf.",
}
CONFIDENCE = {"all": "all SNVs", "high": "high confidence (≥ 0.1)"}


def measure(name: str) -> str:
    """A measure of the comparison as it stands on screen."""
    return MEASURES.get(name, name.replace("_", " "))
