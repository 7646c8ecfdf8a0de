"""Motifs found in attribution maps, with no list of motifs to begin with."""
