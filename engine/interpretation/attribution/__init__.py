"""Which bases a prediction rests on: Integrated Gradients, mutagenesis, and maps of a panel of elements."""
