"""Reliability: what the checks say of the models at large."""

import numpy as np
import pandas as pd
import streamlit as st

from engine.experiments import labels
from engine.interpretation.reliability import checks, uncertainty
from engine.interpretation.reliability.store import COMPANIONS
from engine.plots import reliability as plot
from engine.plots.parts import theme
from pages.panels.reliability import angles, coverage, retrained
from pages.shared import address, models, show
from pages.shared.choices import SEVERAL
from pages.shared.plain import plain

FAMILIES = {"K562": theme.COLOURS[0], "HepG2": theme.COLOURS[1], "WTC11": theme.COLOURS[2]}
CHECKS, PLANTED, MEASURED, REDRAWN, RETRAINED, SPREAD, INTERVALS, PATTERNS, WARNINGS = SECTIONS = (
    *("Checks", "Planted motifs", "Measured effects", "Weights drawn anew", "Trained again"),
    *("Disagreement and error", "Intervals", "Recurring patterns", "Unusual sequences"),
)


def of_models(known: dict[str, dict], wanted: str | None) -> None:
    """What is stored of every model: the first chosen one in a sentence, then one section of all chosen.

    The cell type is the `wanted` one, that of the map above, until another is chosen.
    """
    st.subheader("Can the models' maps be trusted in general?")
    cells = list(dict.fromkeys(o for content in known.values() for o in content["outputs"]))
    columns = st.columns([1, 3])
    with columns[0]:
        output = st.segmented_control(
            "Cell type of the models", cells, default=wanted if wanted in cells else cells[0], required=True,
            key=address.made("models_cell", f"reliability_cell_{wanted}"),
        )  # fmt: skip
    parts = {n: c["outputs"][output] for n, c in known.items() if "checks" in c["outputs"].get(output, {})}
    first = [models.DEFAULT_MODEL, *COMPANIONS.get(output, ())]
    likely = [n for n in first if n in parts] or list(parts)
    with columns[1]:
        chosen = models.choose_several(
            list(parts), address.made("models", f"reliability_models_{output}", SEVERAL), first=likely
        )
    parts = {n: parts[n] for n in chosen}
    if not parts:
        st.info("Choose at least one model.")
        return
    with st.container(border=True):
        st.markdown(plain(in_a_sentence(chosen[0], output, parts[chosen[0]])))
    section = st.segmented_control(
        "Details", SECTIONS, default=SECTIONS[0], required=True, key="reliability_section", persist_state="session"
    )
    if section == CHECKS:
        medians(parts)
    elif section == PLANTED:
        planted(parts)
    elif section == MEASURED:
        measured(parts)
    elif section == REDRAWN:
        redrawn(parts)
    elif section == RETRAINED:
        retrained.retrained(list(parts), output)
    elif section == SPREAD:
        spread_of_models()
    elif section == INTERVALS:
        coverage.intervals(list(parts), output)
    elif section == PATTERNS:
        angles.consistency(output)
    else:
        warnings(known, list(parts))


def in_a_sentence(name: str, output: str, part: dict) -> str:
    """What the stored checks say of one model's maps: a motif whose place is known, drawn weights, and the cell."""
    said = []
    if p := part.get("planted"):
        said.append(
            f"a planted {p['motif']} motif is found with AUROC {show.interval(p['ig']['auroc'])} by IG and "
            f"{show.interval(p['ism']['auroc'])} by mutagenesis"
        )
    if steps := part.get("randomised"):
        said.append(f"with all weights drawn anew |r| = {steps[-1]['ig']['value']:.2f} of the IG map is left")
    if elements := part.get("measured"):
        values = [m["ism"]["value"] for m in elements.values()]
        said.append(
            f"beside measured effects of {len(values)} elements, mutagenesis reaches Spearman {min(values):.2f} to "
            f"{max(values):.2f}"
        )
    if not said:
        return f"{labels.short(name)}, {output}: only the checks below are stored."
    return f"{labels.short(name)}, {output}: {'; '.join(said)}."


def medians(parts: dict[str, dict]) -> None:
    """Each check of every model."""
    asked = [c for c in checks.CHECKS if any(c in part["checks"] for part in parts.values())]
    table = {
        labels.short(n): [f"{np.nanmedian(part['checks'][c]):.3g}" if c in part["checks"] else "" for c in asked]
        for n, part in parts.items()
    }
    st.dataframe(
        pd.DataFrame({"check": [checks.CHECKS[c].words for c in asked]} | table), hide_index=True, height="content"
    )
    st.caption("The median over the model's held-out maps. Empty: this check was not made.")


def redrawn(parts: dict[str, dict]) -> None:
    """What is left of a map when the network forgets what it learned."""
    records = {n: part["randomised"] for n, part in parts.items() if "randomised" in part}
    if not records:
        st.info("This was not computed for the chosen models.")
        return
    st.plotly_chart(
        plot.randomised(records, "ig", "IG forgets when weights are drawn anew", models.in_figures(records)),
        key="reliability-randomised",
    )
    st.caption(
        "Parameter randomisation after Adebayo et al. 2018: a map that stays as it was would show the architecture and "
        "not what was learned."
    )


def spread_of_models() -> None:
    """Whether the models disagree where they are wrong."""
    spreads = uncertainty.read()
    if not spreads:
        st.info(f"The spread of models was not calibrated yet. Run: `{uncertainty.MEND}`")
        return
    bins = {
        f"{o}, {len(part.models)} models": [b.as_dict() for b in part.calibration.bins] for o, part in spreads.items()
    }
    colours = {label: FAMILIES.get(o, theme.MUTED) for label, o in zip(bins, spreads, strict=True)}
    st.plotly_chart(plot.spread(bins, colours, "Are models wrong where they disagree?"), key="reliability-spread")
    agreement = "; ".join(
        f"{o}: Spearman of spread and |error| {show.interval(part.calibration.spearman.as_dict())}, "
        f"{part.calibration.at_one_level:.3f} among elements of one predicted level"
        for o, part in spreads.items()
    )
    st.caption(f"Held-out elements in tenths by spread. {agreement}.")
    with st.expander("Under shift: libraries and ends of GC content"):
        rows = [
            {
                "cell type": o, "elements": g.group, "n": g.n, "spread": g.spread.value,
                "|error|": show.interval(g.error.as_dict()), "Spearman": show.interval(g.spearman.as_dict()),
            }
            for o, part in spreads.items() for g in part.groups
        ]  # fmt: skip
        st.dataframe(
            pd.DataFrame(rows), hide_index=True, column_config={"spread": st.column_config.NumberColumn(format="%.3f")}
        )


def planted(parts: dict[str, dict]) -> None:
    """Whether the bases are found that were written into shuffled backgrounds."""
    rows = [
        {
            "model": labels.short(n), "motif": p["motif"], "adds (log2 RNA/DNA)": p["importance"][p["motif"]]["value"],
            "IG AUROC": show.interval(p["ig"]["auroc"]), "ISM AUROC": show.interval(p["ism"]["auroc"]),
            "IG AUPRC": show.interval(p["ig"]["auprc"]), "ISM AUPRC": show.interval(p["ism"]["auprc"]),
            "AUPRC by chance": p["by_chance"],
        }
        for n, part in parts.items() if (p := part.get("planted"))
    ]  # fmt: skip
    if not rows:
        st.info("This was not computed for the chosen models.")
        return
    number = st.column_config.NumberColumn(format="%.2f")
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, column_config={"adds (log2 RNA/DNA)": number, "AUPRC by chance": number}
    )
    st.caption(
        "A motif is written into shuffled backgrounds: do its bases stand out in the map? Of eleven motifs the one to "
        "which the model responds most. AUROC 1: they stand above all others; 0.5: chance."
    )


def measured(parts: dict[str, dict]) -> None:
    """The maps beside saturation mutagenesis."""
    rows = [
        {"model": labels.short(n), "element": e, "positions": m["ism"]["n"],
         "ISM": show.interval(m["ism"]), "IG": show.interval(m["ig"])}
        for n, part in parts.items() for e, m in part.get("measured", {}).items()
    ]  # fmt: skip
    if not rows:
        st.info("No element was measured in this cell type, or this was not computed for the chosen models.")
        return
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(
        "Spearman, over positions, of the map with minus the mean measured effect of replacing the base (saturation "
        "mutagenesis, CAGI5 elements of the cell type)."
    )


def warnings(known: dict[str, dict], names: list[str]) -> None:
    """Which sequences each model calls unlike what it learned from."""
    kinds = pd.DataFrame(
        {labels.short(n): {k: 100 * v["warn"] for k, v in known[n]["familiar"].items()} for n in names}
    )
    st.dataframe(
        kinds.rename_axis("sequences").reset_index(),
        hide_index=True,
        column_config={n: st.column_config.NumberColumn(format="%.1f") for n in kinds.columns},
    )
    st.caption(
        "Percent of the sequences of each kind that get a warning as unlike the training set; set to 5% on other "
        "held-out elements. The warning sees unusual composition and representation: a shuffled element looks familiar "
        "by both."
    )
