"""A user's own DNA: regions, variants in every notation, their effects, and profiles of long sequences."""
