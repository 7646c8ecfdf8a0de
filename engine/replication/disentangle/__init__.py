"""The study's findings about learning from several experiments (19 to 26), and what it does not ask.

`scores` has those that rest on scores, `analyses` those that rest on maps, features and weights, `terms` what both say.
"""
