"""What a name leads to: elements, genes, motifs, models, variants and places, as somebody types them."""
