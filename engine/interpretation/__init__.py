"""Interpretation: which bases a prediction rests on."""
