"""Home: the models with their scores, and the data files, each in a drawer."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.data import large_scale, sources
from engine.data.lentimpra import CELL_TYPES
from engine.errors import CisLensError
from engine.experiments import labels
from engine.experiments.description import read_metrics
from engine.experiments.names import trained
from pages.shared import ahead, downloads, glossary, models, show
from pages.shared.plain import plain

COLUMNS = (
    "model", "cell type", "held-out Spearman", "elements", "CAGI5 test, all", "CAGI5 test, high confidence",
    "name in commands",
)  # fmt: skip
NO_ELEMENT = "no matched element"


def of_models() -> None:
    rows, untrained, wrong, own_folds = _scores()
    count = len({row["name in commands"] for row in rows})
    with st.expander(f"Models: {count:,} trained", icon=":material/neurology:"):
        for problem in wrong:
            st.error(plain(problem))
        st.caption(
            "Scores with 95% intervals, on elements and variants that no model saw in training. K562's CAGI5 elements "
            "GP1BB, HBB and HBG1 were assayed in HEL 92.1.7, the closest cell type."
        )
        st.dataframe(
            pd.DataFrame(rows, columns=COLUMNS),
            hide_index=True,
            column_config={
                "model": st.column_config.TextColumn(width="large"),
                "held-out Spearman": st.column_config.TextColumn(
                    help=glossary.explained("Spearman", glossary.TERMS["held-out"])
                ),
                "elements": st.column_config.NumberColumn(help="How many held-out elements", format="%,d"),
                "CAGI5 test, all": st.column_config.TextColumn(
                    help=glossary.explained("CAGI5", "Mean Spearman over the elements assayed in this cell type.")
                ),
                "CAGI5 test, high confidence": st.column_config.TextColumn(help=glossary.explained("high confidence")),
            },
        )
        for line in own_folds:
            st.caption(plain(line))
        if untrained:
            st.markdown(f"{len(untrained)} more are declared and not trained. Train them with:")
            st.code("\n".join(f"python -m engine train {name}" for name in untrained), language="bash")


def _scores() -> tuple[list[dict], list[str], list[str], list[str]]:
    """A row for each output of each trained model; the names of those not trained; what is wrong with some; what models
    of a large-scale table score on the test fold of that table."""
    rows: list[dict] = []
    untrained, wrong, own_folds = [], [], []
    for name in models.of_activity():
        if name not in trained():
            untrained.append(name)
            continue
        called = {"model": labels.short(name), "name in commands": name}
        try:
            metrics = read_metrics(name)
        except CisLensError as error:
            wrong.append(str(error))
            metrics = {}
        if not metrics:
            remark = models.NOT_MEASURED if models.is_unmeasured(name) else "not scored"
            rows.append(called | {"held-out Spearman": f"{remark}: python -m engine evaluate {name}"})
        large = metrics.get("large_scale", {})
        for output, scores in large.get("scores", {}).get("both orientations", {}).items():
            own_folds.append(
                f"{labels.short(name)}: on the held-out elements of its own table ({large['file']}), mean of both "
                f"orientations, Spearman {show.interval(scores['spearman'])} for {output} "
                f"({scores['spearman']['n']:,} elements)."
            )
        means = metrics.get("cagi5", {}).get("matched_mean", {})
        own = metrics.get("own_table", {})
        for output, scores in (metrics.get("held_out") or own.get("held_out", {})).items():
            test = means.get(output, {}).get("test")
            rows.append(
                called
                | {
                    "cell type": output,
                    "held-out Spearman": show.interval(scores["spearman"]) + (f" on {own['file']}" if own else ""),
                    "elements": scores["spearman"]["n"],
                    "CAGI5 test, all": show.interval(test["all"]) if test else NO_ELEMENT,
                    "CAGI5 test, high confidence": show.interval(test["high"]) if test else NO_ELEMENT,
                }
            )
    return rows, untrained, wrong, own_folds


def of_data() -> None:
    public = [s for s in sources.SOURCES.values() if s.url]
    here = {s.name: sources.available(s.name) for s in public}
    with st.expander(f"Data: {sum(here.values())} of {len(public)} files are here", icon=":material/database:"):
        st.dataframe(
            pd.DataFrame(
                {
                    "file": s.file,
                    "what it holds": s.what,
                    "here": here[s.name],
                    "size": downloads.size(s.bytes),
                    "cite": s.cite,
                    "licence": s.licence,
                }
                for s in public
            ),
            hide_index=True,
        )
        if all(here.values()):
            st.caption(f"All files are here, in `{sources.location(sources.SOURCES['satmut']).parent}`.")
        else:
            downloads.offer_download(tuple(here), "Everything in CisLens together")
    missing = [cell for cell in CELL_TYPES if not large_scale.here(cell)]
    if missing:
        st.caption(
            f"The full large-scale tables of {plain(', '.join(missing))} are not here. You download them yourself: "
            "`python -m engine data list` says where from. Then, for example, "
            f"`python -m engine train {plain(missing[0])}_large` learns from one."
        )
    st.caption(f"Computing on: {plain(ahead.device_in_words())}. {glossary.TERMS['activity']}")
