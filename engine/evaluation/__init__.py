"""Evaluation: scores on the held-out fold and on CAGI5 variants, calibration, comparison, the leaderboard."""
