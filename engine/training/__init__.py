"""From a declaration to a trained and scored model: the loop, its tasks, runs, and many runs at once."""
