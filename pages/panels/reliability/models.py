"""Reliability: what the checks say of the models at large."""

import numpy as np
import pandas as pd
import streamlit as st

from engine.interpretation.reliability import checks, uncertainty
from engine.interpretation.reliability.store import COMPANIONS
from engine.plots import reliability as plot
from engine.plots.parts import theme
from pages.panels.reliability import angles, retrained
from pages.shared import models, show

FAMILIES = {"K562": "#4c6ef5", "HepG2": "#e8590c", "WTC11": "#0ca678"}


def of_models(known: dict[str, dict], wanted: str | None) -> None:
    """What is stored of every model: medians of the checks, redrawn weights, planted motifs, measured effects.

    The cell type is the `wanted` one, that of the map above, until another is chosen.
    """
    st.subheader("The models at large")
    cells = list(dict.fromkeys(o for content in known.values() for o in content["outputs"]))
    output = st.segmented_control(
        "Cell type of the models", cells, default=wanted if wanted in cells else cells[0], required=True,
        key=f"reliability_cell_{wanted}",
    )  # fmt: skip
    parts = {n: c["outputs"][output] for n, c in known.items() if "checks" in c["outputs"].get(output, {})}
    first = [models.DEFAULT_MODEL, *COMPANIONS.get(output, ())]
    likely = [n for n in first if n in parts] or list(parts)
    chosen = models.choose_several(list(parts), f"reliability_models_{output}", first=likely)
    parts = {n: parts[n] for n in chosen}
    if not parts:
        st.info("Choose at least one model.")
        return
    asked = [c for c in checks.CHECKS if any(c in part["checks"] for part in parts.values())]
    medians = {
        n: [np.nanmedian(part["checks"][c]) if c in part["checks"] else None for c in asked]
        for n, part in parts.items()
    }
    st.markdown("**Each check**, median over held-out maps")
    st.dataframe(
        pd.DataFrame({"check": [checks.CHECKS[c].words for c in asked]} | medians),
        hide_index=True,
        height="content",
        column_config={n: st.column_config.NumberColumn(format="%.3g") for n in parts},
    )
    left, right = st.columns(2)
    with left:
        redrawn = {n: part["randomised"] for n, part in parts.items() if "randomised" in part}
        if redrawn:
            colours = {n: theme.model_colour(n, models.all_models()) for n in redrawn}
            st.plotly_chart(
                plot.randomised(redrawn, colours, "ig", "IG forgets when weights are drawn anew"),
                key="reliability-randomised",
            )
            st.caption(
                "Parameter randomisation after Adebayo et al. 2018: a map that stays as it was would speak of the "
                "architecture and not of what was learned."
            )
    with right:
        spread_of_models()
    retrained.retrained(list(parts), output)
    angles.consistency(output)
    tables(known, parts)


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


def tables(known: dict[str, dict], parts: dict[str, dict]) -> None:
    """Planted motifs, measured effects, and which sequences warn."""
    planted = [
        {
            "model": n, "motif": p["motif"], "adds (log2 RNA/DNA)": p["importance"][p["motif"]]["value"],
            "IG AUROC": show.interval(p["ig"]["auroc"]), "ISM AUROC": show.interval(p["ism"]["auroc"]),
            "IG AUPRC": show.interval(p["ig"]["auprc"]), "ISM AUPRC": show.interval(p["ism"]["auprc"]),
            "AUPRC by chance": p["by_chance"],
        }
        for n, part in parts.items() if (p := part.get("planted"))
    ]  # fmt: skip
    number = st.column_config.NumberColumn(format="%.2f")
    if planted:
        st.markdown(
            "**Planted motifs**: are the bases found that were written into shuffled backgrounds? The motif is the "
            "one of eleven to which the model responds most."
        )
        st.dataframe(
            pd.DataFrame(planted),
            hide_index=True,
            column_config={"adds (log2 RNA/DNA)": number, "AUPRC by chance": number},
        )
    measured = [
        {"model": n, "element": e, "positions": m["ism"]["n"],
         "ISM": show.interval(m["ism"]), "IG": show.interval(m["ig"])}
        for n, part in parts.items() for e, m in part.get("measured", {}).items()
    ]  # fmt: skip
    if measured:
        st.markdown(
            "**Measured truth**: Spearman, over positions, with minus the mean measured effect of replacing the base "
            "(saturation mutagenesis, CAGI5 elements of the cell type)."
        )
        st.dataframe(pd.DataFrame(measured), hide_index=True)
    st.markdown("**Which sequences warn** as unlike the training set (%); calibrated on other held-out elements to 5%.")
    st.caption("The warning sees unusual composition and representation. A shuffled element looks familiar by both.")
    kinds = pd.DataFrame({n: {k: 100 * v["warn"] for k, v in known[n]["familiar"].items()} for n in parts})
    st.dataframe(
        kinds.rename_axis("sequences").reset_index(),
        hide_index=True,
        column_config={n: st.column_config.NumberColumn(format="%.1f") for n in kinds.columns},
    )
