"""Data: where files come from, and the tables that the engine reads out of them."""
