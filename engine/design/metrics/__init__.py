"""What is asked of a set of designs, a subject a file. Each is a number of arrays; `engine.design.metrics.table` names
them all and says which way is better."""
