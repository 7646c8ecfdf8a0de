"""One file a way of searching for a better sequence."""
