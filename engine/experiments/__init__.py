"""What is declared to be trained, and what was trained: declarations, and models on disk."""
