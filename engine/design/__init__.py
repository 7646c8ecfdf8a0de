"""Designing sequences: towards an activity that is wanted."""
