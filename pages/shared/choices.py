"""The choices of every page that its address holds: by which word, where the session keeps them, and as what text.

A new widget of a page gets into its links by a line here. Its name is the widget's `key=`; one that is made while the
page runs (for one sequence, one set of models) is named where it is made, by `address.made`. Left out on purpose: paths
of files on the user's computer, which a link must not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from engine.data import expression, satmut
from engine.errors import InputError
from engine.plots import instrument
from engine.plots.parts.theme import BASE_COLOURS
from pages.shared import navigation, state
from pages.shared.state import Key

LONGEST = 2_000  # characters of one choice; a text that is longer stays out of the address
MOST = 60  # values of one choice
BETWEEN = "~"  # the values of a choice of several: a sign that an address shows as it is


@dataclass(frozen=True)
class Kind:
    """How a value stands in an address.

    Attributes:
        read: the value that a text says; raises ValueError.
        as_text: the text, or None for a value that is none of this kind.
    """

    read: Callable[[str], Any]
    as_text: Callable[[Any], str | None]


@dataclass(frozen=True)
class Choice:
    """One choice of a page.

    Attributes:
        word: its name in the address.
        within: the least and the greatest value, of a number or a stretch.
        among: the values that it may have; nothing: any, and the widget takes what it knows.
        longest: characters of its text; what is longer stays out of the address.
    """

    word: str
    name: str
    kind: Kind
    within: tuple[float, float] | None = None
    among: Collection[Any] = ()
    longest: int = LONGEST

    @property
    def key(self) -> Key[Any]:
        return Key(self.name, None)

    def read(self, text: str) -> Any:
        """The value that stands in an address; raises InputError for one that the page does not take."""
        if len(text) > self.longest:
            raise InputError(f"more than {self.longest:,} characters")
        try:
            value = self.kind.read(text)
        except ValueError as error:
            raise InputError(f"'{text[:40]}' is not what it holds") from error
        every = value if isinstance(value, list | tuple) else (value,)
        if self.within and not all(self.within[0] <= v <= self.within[1] for v in every):
            raise InputError(f"{text[:40]} is not within {self.within[0]:g} and {self.within[1]:g}")
        if self.among and not set(every) <= set(self.among):
            raise InputError(f"'{text[:40]}' is none of its values")
        return value

    def as_text(self, value: Any) -> str | None:
        """The value as text; None for one that no address holds."""
        text = self.kind.as_text(value)
        return text if text is not None and len(text) <= self.longest else None

    def is_too_long(self, value: Any) -> bool:
        """Whether no address holds the value for its length alone."""
        text = self.kind.as_text(value)
        return text is not None and len(text) > self.longest


def _several(text: str) -> list[str]:
    values = text.split(BETWEEN) if text else []
    if len(values) > MOST:
        raise ValueError(f"more than {MOST} values")
    return values


def _joined(values: Any) -> str | None:
    fine = isinstance(values, list | tuple) and all(isinstance(v, str) and v and BETWEEN not in v for v in values)
    return BETWEEN.join(values) if fine and len(values) <= MOST else None


def _flag(text: str) -> bool:
    return bool(("no", "yes").index(text))


def _stretch(text: str) -> tuple[int, int]:
    first, last = (int(part) for part in text.split("-"))
    if first > last:
        raise ValueError("the end comes first")
    return first, last


def _ends(value: Any) -> str | None:
    fine = isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(v, int) and v >= 0 for v in value)
    return f"{value[0]}-{value[1]}" if fine else None


TEXT = Kind(str, lambda v: v if isinstance(v, str) else None)
SEVERAL = Kind(_several, _joined)
FLAG = Kind(_flag, lambda v: ("no", "yes")[v] if isinstance(v, bool) else None)
WHOLE = Kind(int, lambda v: str(v) if isinstance(v, int) and not isinstance(v, bool) else None)
NUMBER = Kind(float, lambda v: f"{v:g}" if isinstance(v, float | int) and not isinstance(v, bool) else None)
STRETCH = Kind(_stretch, _ends)

# the Explorer's stand in its sessions, which its links hold with the sequence: see `pages.shared.sessions`
EXPLORER = (
    Choice("tracks", state.TRACKS.name, SEVERAL, among=instrument.OFFERED),
    Choice("track model", state.TRACK_MODEL.name, TEXT),
    Choice("track cell type", state.TRACK_OUTPUT.name, TEXT),
    Choice("measured", state.MEASURED_SET.name, TEXT),
    Choice("baseline", state.BASELINE.name, TEXT),
    Choice("standardised", state.STANDARDISED.name, FLAG),
    Choice("simplex", state.SIMPLEX.name, FLAG),
    Choice("q-value", state.LARGEST_Q.name, NUMBER, within=(0.0001, 1)),
    Choice("factors", "motifs_expressed", TEXT, among=tuple(expression.FILES)),
    Choice("colours", state.PALETTE.name, TEXT, among=BASE_COLOURS),
    Choice("image", "image_choice", TEXT, among=("svg", "png")),
)

# pages that work on the Explorer's sequence, which their address then holds: always, or when this choice is so
ON_SEQUENCE: dict[str, tuple[str, str] | None] = {
    "in_silico": None,
    "design": ("design_start", navigation.OPENED),
    "scan": ("scan_source", "Open sequence"),
    "reliability": (state.RELIABILITY_SOURCE.name, navigation.OPENED),
    "disentangle": ("disentangle_source", navigation.OPENED),
}

PAGES: dict[str, tuple[Choice, ...]] = {
    "in_silico": (
        Choice("model", "silico_model", TEXT),
        Choice("experiment", "silico_experiment", TEXT),
        Choice("block", "silico_blocks_width", WHOLE),
        Choice("block_every", "silico_blocks_stride", WHOLE),
        Choice("block_shuffles", "silico_blocks_shuffles", WHOLE),
        Choice("replaced_by", "silico_by", TEXT),
        Choice("bases", "silico_out_bases", TEXT),
        Choice("shuffles", "silico_out_shuffles", WHOLE),
        Choice("motif", "silico_in_motif", TEXT),
        Choice("motif_bases", "silico_in_bases", TEXT),
        Choice("motif_every", "silico_in_stride", WHOLE),
        Choice("motifs", "silico_embed_motifs", SEVERAL),
        Choice("motifs_bases", "silico_embed_bases", TEXT),
        Choice("backgrounds", "silico_embed_kind", TEXT),
        Choice("background_count", "silico_embed_count", WHOLE),
        Choice("way", "silico_walk_way", TEXT),
        Choice("edits", "silico_walk_edits", WHOLE),
        Choice("beam", "silico_walk_beam", WHOLE),
        Choice("protect", "silico_walk_protect", FLAG),
    ),
    "design": (
        Choice("section", "design_section", TEXT),
        Choice("flanks", "design_flanks", TEXT),
        Choice("judge", "design_bench_judge", TEXT),
        Choice("measure", "design_measure", TEXT),
        Choice("first", "design_first", TEXT),
        Choice("start", "design_start", TEXT),
        Choice("locked", "design_locked", TEXT),
        Choice("method", "design_method", TEXT),
        Choice("count", "design_count", WHOLE, within=(1, 1000)),
        Choice("edits", "design_edits", WHOLE, within=(1, 100_000)),
        Choice("seed", "design_seed", WHOLE, within=(0, 2**31 - 1)),
        Choice("guide", "design_guide", TEXT),
        Choice("ranked_by", "design_judge", TEXT),
    ),
    "variants": (
        Choice("models", state.MODELS.name, SEVERAL),
        Choice("reference", "variants_source", TEXT),
        Choice("element", "variants_element", TEXT),
        Choice("build", "variants_build", TEXT, among=satmut.BUILDS),
        Choice("variants", "variants_typed", TEXT),
        Choice("windows", "variants_windows", TEXT),
        Choice("alleles", "variants_both", FLAG),
    ),
    "scan": (
        Choice("models", state.MODELS.name, SEVERAL),
        Choice("source", "scan_source", TEXT),
        Choice("regions", "scan_regions", TEXT),
        Choice("summit", "scan_summit", WHOLE),
        Choice("stride", "scan_stride", WHOLE),
        Choice("peaks_of", "scan_peaks_model", TEXT),
    ),
    "your_library": (
        Choice("sequences", "library_sequence", TEXT),
        Choice("names", "library_name", TEXT),
        Choice("activity", "library_activity", SEVERAL),
        Choice("unit", "library_unit", TEXT),
        Choice("decimal", "library_decimal", TEXT),
        Choice("barcodes", "library_barcodes", WHOLE),
        Choice("adapters", "library_adapters", FLAG),
    ),
    "saturation": (
        Choice("models", state.MODELS.name, SEVERAL),
        Choice("element", "sat_element", TEXT, among=satmut.DATA_SETS),
        Choice("build", "sat_build", TEXT, among=satmut.BUILDS),
        Choice("variant", "lookup", TEXT),
        Choice("confidence", "least_confidence", NUMBER, within=(0, 0.5)),
        Choice("deletions", "sat_deletions", FLAG),
        Choice("disagreements", "sat_disagree_model", TEXT),
    ),
    "benchmark": (
        Choice("cell", "bench_cell", TEXT),
        Choice("loss", "bench_loss", SEVERAL),
        Choice("network", "bench_architecture", SEVERAL),
        Choice("curriculum", "bench_curriculum", SEVERAL),
        Choice("untrained", "bench_untrained", FLAG),
        Choice("published", "bench_published", FLAG),
        Choice("measure", "bench_measure", TEXT),
        Choice("details", "bench_section", TEXT),
        Choice("variants", "bench_confidence", TEXT),
        Choice("brings", "bench_ingredient_score", TEXT),
        Choice("model", "bench_model", TEXT),
    ),
    "representations": (
        Choice("section", "representations_section", TEXT),
        Choice("models", "maps_models", SEVERAL),
        Choice("colour", "maps_colour", TEXT),
        Choice("cell", "maps_cell", TEXT),
        Choice("motif", "maps_motif", TEXT),
        Choice("elements", "maps_elements", TEXT),
        Choice("neighbours", "maps_neighbours", WHOLE),
        Choice("distance", "maps_distance", NUMBER, within=(0, 1)),
        Choice("compared", "cka_view", TEXT),
        Choice("order", "cka_order", TEXT),
        Choice("read_off", "probe_what", TEXT),
        Choice("learned", "probe_cell", TEXT),
        Choice("predicted", "predictions_cell", TEXT),
    ),
    "disentangle": (
        Choice("section", "disentangle_section", TEXT),
        Choice("notion", "disentangle_notion", TEXT),
        Choice("analysis", "disentangle_analysis", TEXT),
        Choice("planted", "disentangle_planted", TEXT),
        Choice("planted_apart", "disentangle_planted_apart", FLAG),
        Choice("source", "disentangle_source", TEXT),
        Choice("bases", "disentangle_text", TEXT),
        Choice("standardised", "disentangle_standardised", FLAG),
        Choice("zoom", "disentangle_zoom", FLAG),
        Choice("opened", "disentangle_opened", TEXT),
    ),
    "published_findings": (
        Choice("about", "findings_part", TEXT),
        Choice("verdicts", "findings_verdicts", SEVERAL),
        Choice("ours", "findings_ours", FLAG),
    ),
    "attributions": (
        Choice("cell", "attributions_cell", TEXT),
        Choice("method", "attributions_method", TEXT),
        Choice("baseline", "attributions_baseline", TEXT),
        Choice("half", "attributions_half", TEXT),
        Choice("details", "attributions_section", TEXT),
    ),
    "motifs": (
        Choice("view", "motifs_view", TEXT),
        Choice("motif", "motifs_matrix", TEXT),
        Choice("cell", "motifs_cell", TEXT),
        Choice("r2", "motifs_r2", TEXT),
        Choice("probe", "motifs_probe", TEXT),
        Choice("probe_model", "motifs_probe_model", TEXT),
        Choice("loss_cell", "motifs_loss_cell", TEXT),
        Choice("model", "motifs_model", TEXT),
        Choice("kind", "motifs_kind", TEXT),
        Choice("standardised", "motifs_sd", FLAG),
        Choice("curve", "motifs_curve_what", TEXT),
        Choice("curve_model", "motifs_curve_model", TEXT),
        Choice("curve_kind", "motifs_curve_kind", TEXT),
        Choice("curve_count", "motifs_curve_count", WHOLE),
        Choice("most", "motifs_most", WHOLE),
        Choice("every", "motifs_step", WHOLE),
        Choice("gap_up_to", "motifs_furthest", WHOLE),
        Choice("gap_every", "motifs_every", WHOLE),
        Choice("pairs", "motifs_pair_names", SEVERAL),
        Choice("pair_gap", "motifs_pair_gap", WHOLE),
        Choice("found_model", "motifs_found_model", TEXT),
    ),
    "reliability": (
        Choice("model", state.RELIABILITY_MODEL.name, TEXT),
        Choice("cell", state.RELIABILITY_OUTPUT.name, TEXT),
        Choice("source", state.RELIABILITY_SOURCE.name, TEXT),
        Choice("element", state.RELIABILITY_ELEMENT.name, WHOLE, within=(0, 100_000)),
        Choice("details", "reliability_section", TEXT),
        Choice("angles", "reliability_angles_method", TEXT),
    ),
}


def of(page: str) -> tuple[Choice, ...]:
    """The choices of a page, by its path."""
    return PAGES.get(page, ())


def is_on_sequence(page: str) -> bool:
    """Whether what a page shows is about the sequence that is open in the Explorer."""
    if page not in ON_SEQUENCE:
        return False
    needed = ON_SEQUENCE[page]
    return needed is None or Key(needed[0], None).get() == needed[1]
