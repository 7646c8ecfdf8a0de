"""What the embeddings of models hold: maps, similarity, linear probes."""
