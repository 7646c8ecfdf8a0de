"""Variants as people and files write them, one notation a file.

Each notation has one convention for positions and for alleles, and is told from the others by its form alone. A text
that two notations read differently belongs to neither: it is refused with the reason. `typed` holds the table of all
that one line can be; `vcf` and `table` read files, `files` tells which a file is.
"""
