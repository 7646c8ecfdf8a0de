"""Interpretation: which bases a prediction rests on, what motifs do, what embeddings hold, and how far to trust that."""
