"""Motifs: where they match, what goes with them, what they cause, and what embeddings know of them."""
