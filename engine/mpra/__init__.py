"""A user's own measurements: MPRA tables, barcode counts and variant effect maps, read and held against models."""
