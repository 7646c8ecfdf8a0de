"""DISENTANGLE: learning from several experiments at once what they agree on."""
