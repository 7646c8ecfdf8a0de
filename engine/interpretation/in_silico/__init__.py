"""Experiments on one sequence that a bench could do too: knock-outs, knock-ins, double mutants, shuffles."""
