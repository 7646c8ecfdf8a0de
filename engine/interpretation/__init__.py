"""Interpretation: which bases a prediction rests on, what motifs do, what embeddings hold, how far to trust it."""
