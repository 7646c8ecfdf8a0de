"""How far an explanation can be trusted: checks of one map, of one model, of a sequence, and one verdict in words."""
