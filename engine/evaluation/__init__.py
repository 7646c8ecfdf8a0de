"""Evaluation: metrics with intervals, the held-out fold, and CAGI5 variant effects."""
