"""The statements of a published study, held against our numbers."""
