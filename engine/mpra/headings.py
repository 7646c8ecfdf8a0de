"""The names of columns, as MPRA tables write them: which is a sequence, an activity, a count, and of which cell type.

Names are compared in lower case and in words: `K562 [log2(rna/dna)]` is k562, log2, rna, dna. The words are those of
the joint lentiMPRA table (Agarwal et al. 2025), of MPRAflow and MPRAsnakeflow (`name dna_counts rna_counts
dna_normalized rna_normalized ratio log2 n_obs_bc`), of MaveDB (`hgvs_nt score`) and of tables at GEO.
"""

from __future__ import annotations

import re

from engine.data.lentimpra import CELL_TYPES

SEQUENCE = {"sequence", "seq", "oligo", "insert", "element", "enhancer", "cre", "crs", "dna", "bases", "nt", "oligos"}
# the first of them that a table has
NAMES = (
    *("name", "oligo_name", "seq_id", "sequence_id", "element_id", "oligo_id", "insert_name", "id", "element", "oligo"),
    *("insert", "crs", "variant_id", "id_ref", "identifier", "probe", "row_name", "label"),
)
BARCODE = {"barcode", "bc", "barcodes", "tag", "tags"}
BARCODE_COUNTS = {"n_obs_bc", "n_bc", "n_barcodes", "barcode_count", "barcodes", "num_barcodes", "nbc", "n_barcode"}
HGVS = {"hgvs_nt", "hgvs_splice", "hgvs_pro"}
TARGET = {"target", "target_sequence", "wt_sequence", "wildtype_sequence"}
# words that say that a column holds an activity
_ACTIVITY = {
    *("activity", "activities", "log2", "log2fc", "lfc", "logfc", "log2foldchange", "log2ratio", "logratio", "ln"),
    *("log10", "expression", "fc", "foldchange", "ratio", "mpra"),
}
# words that say nothing of which cell type it is
_FILLING = _ACTIVITY | {
    *("rna", "dna", "fold", "change", "mean", "average", "avg", "median", "value", "normalized", "normalised", "norm"),
    *("log", "of", "the", "per", "and", "over", "by"),
}
# words of what is no activity, even beside one of these
_OTHER = {
    *("sd", "std", "se", "sem", "stderr", "stdev", "lfcse", "error", "var", "variance", "pval", "pvalue", "p", "padj"),
    *("adj", "fdr", "q", "qvalue", "z", "zscore", "n", "count", "counts", "low", "high", "ci", "lower", "upper", "bc"),
    *("barcode", "barcodes", "rank", "index", "gc", "length", "start", "end", "pos", "position", "strand", "chrom"),
    *("chr", "ref", "alt"),
}
REPLICATE = re.compile(r"(?:replicate|rep|r)([0-9]{1,3})", re.ASCII)
COUNTED = re.compile(r"(dna|rna|plasmid|cdna|pdna)", re.ASCII)


KNOWN = frozenset(SEQUENCE | set(NAMES) | BARCODE | BARCODE_COUNTS | HGVS | {"score", "log2", "activity", "mean_value"})


def words(column: str) -> list[str]:
    """A column's name in words, lower case; 'log2(RNA/DNA)' is log2, rna, dna."""
    return [w for w in re.split(r"[\W_]+", column.lower()) if w]


def key(column: str) -> str:
    """A column's name as it is compared: `Oligo name` and `oligo_name` are one."""
    return "_".join(words(column))


def activity_of(column: str) -> tuple[str, bool] | None:
    """`(cell type, whether it is a plain ratio)` if a column's name is that of an activity; '' for no cell type."""
    said = words(column)
    # a letter says so at either end alone: SK-N-SH is a cell line
    other = {w for i, w in enumerate(said) if w in _OTHER and (len(w) > 1 or i in (0, len(said) - 1))}
    if not said or other or key(column) in BARCODE_COUNTS:
        return None
    rest = [w for w in re.split(r"[\W_]+", column) if w and not _says_no_cell_type(w.lower())]
    label = cell_type("_".join(rest))
    marked = bool(_ACTIVITY & set(said)) or key(column) == "mean_value" or {"rna", "dna"} <= set(said)
    one_side = len({"rna", "dna"} & set(said)) == 1  # counts of RNA or of DNA, however they are called
    if not marked and (one_side or label not in CELL_TYPES):
        return None
    logarithm = any(w.startswith(("log", "lfc", "ln")) for w in said)
    plain = bool({"ratio", "fc", "foldchange"} & set(said)) and not logarithm
    return label, plain


def _says_no_cell_type(word: str) -> bool:
    is_replicate = REPLICATE.fullmatch(word) or word in ("rep", "replicate") or re.fullmatch("[0-9]{1,2}", word)
    return word in _FILLING or bool(is_replicate)


def cell_type(label: str) -> str:
    """A cell type as the models call it, if it is one of theirs; else as the table calls it."""
    plain = re.sub(r"[^0-9a-z]", "", label.lower())
    return next((c for c in CELL_TYPES if c.lower() == plain), label)


def replicate_of(column: str) -> str:
    """The number of a replicate in a column's name; '' for none."""
    said = words(column)
    for i, word in enumerate(said):
        if match := REPLICATE.fullmatch(word):
            return match.group(1)
        if word in ("rep", "replicate") and i + 1 < len(said) and said[i + 1].isdigit():
            return said[i + 1]
    return said[-1] if said and said[-1].isdigit() and len(said[-1]) < 3 else ""
